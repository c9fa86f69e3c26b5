/* SPDX-License-Identifier: Apache-2.0 */
/* SMSCFG.ini, and the GUID in it. */
#include <stdlib.h>
#include <string.h>

#include "captures/identity.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena = {0};
    struct identity_file file;
    char guid[IDENTITY_GUID_SIZE];

    if (length <= IDENTITY_FILE_LIMIT && identity_read(&arena, bytes, length, &file) &&
        identity_guid(file.guid, guid) && strlen(guid) != IDENTITY_GUID_SIZE - 1) {
        abort();
    }
    arena_release(&arena);
    return 0;
}
