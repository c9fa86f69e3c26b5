/* SPDX-License-Identifier: Apache-2.0 */
#include "hostile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"

enum { SEED_LIMIT = 1024 * 1024 };

struct buffer hostile_seed(const char *name)
{
    struct buffer path = {0};
    struct buffer content = {0};
    struct ccm_error error = {{0}};

    buffer_printf(&path, "%s/tests/fuzz/corpus/%s", CCM_SOURCE_DIR, name);
    if (file_read(path.data, SEED_LIMIT, &content, &error) != CCM_OK) {
        fail_msg("%s", error.text);
    }
    buffer_release(&path);
    return content;
}

static uint8_t *exact_copy(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

void hostile_cut(const void *bytes, size_t length, void (*decode)(const void *, size_t))
{
    for (size_t cut = 0; cut <= length; cut++) {
        uint8_t *copy = exact_copy(bytes, cut);

        decode(copy, cut);
        free(copy);
    }
}

void hostile_flip(const void *bytes, size_t length, void (*decode)(const void *, size_t))
{
    uint8_t *copy = exact_copy(bytes, length);

    for (size_t bit = 0; bit < 8 * length; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        decode(copy, length);
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    free(copy);
}
