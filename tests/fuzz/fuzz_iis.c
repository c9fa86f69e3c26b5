/* SPDX-License-Identifier: Apache-2.0 */
/* applicationHost.config and MetaBase.xml. */
#include <stdlib.h>

#include "captures/iis_config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena = {0};
    struct iis_config config;

    iis_config_read(&arena, bytes, length, &config);
    for (size_t i = 0; i < config.count; i++) {
        if (!config.items[i].name || !config.items[i].place) {
            abort();
        }
    }
    arena_release(&arena);
    return 0;
}
