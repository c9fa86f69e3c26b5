/* SPDX-License-Identifier: Apache-2.0 */
/* A registry hive as a disk's are read: hivex under our limits, from a file in memory. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "captures/hive.h"
#include "fuzz.h"

static void look(struct hive *hive, const char *path)
{
    struct arena arena = {0};
    struct hive_matches matches;

    hive_keys(hive, &arena, path, &matches);
    if (matches.count > HIVE_MATCH_LIMIT) {
        abort();
    }
    hive_values(hive, &arena, path, &matches);
    for (size_t i = 0; i < matches.count; i++) {
        if (matches.items[i].length > HIVE_VALUE_LIMIT) {
            abort();
        }
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const int fd = memfd_create("hive", MFD_CLOEXEC);
    struct hive_state state;
    struct hive *hive;

    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length) {
        abort();
    }
    hive = hive_open(fd, &state);
    if ((hive != NULL) != (state.state == SOURCE_READ)) {
        abort();
    }
    if (hive) {
        look(hive, "*");
        look(hive, "Select\\Current");
        look(hive, "Microsoft\\SMS\\Client\\*");
        look(hive, "Microsoft\\SystemCertificates\\SMS\\Certificates\\*");
    }
    hive_close(hive);
    close(fd);
    return 0;
}
