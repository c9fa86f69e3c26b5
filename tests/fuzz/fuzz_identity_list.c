/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/identity_list.h"
#include "tests/fuzz/fuzz.h"

static void ignore(void *context, const uint8_t guid[16], const struct seen_machine *machines,
                   size_t count, bool more)
{
    (void)context;
    (void)guid;
    (void)machines;
    (void)count;
    (void)more;
}

/* The first byte says how long the pieces of the text are: about a line or a few. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct duplicates *duplicates = duplicates_new();
    struct identity_list *list = identity_list_new(duplicates, 0, length);
    const struct text_worker worker = identity_list_worker(list);
    const size_t piece = 32 + (length > 0 ? bytes[0] : 0U);

    identity_list_recognise(bytes, length);
    text_work_memory(bytes, length, piece, &worker);
    identity_list_end(list);
    duplicates_each(duplicates, ignore, NULL);
    identity_list_free(list);
    duplicates_free(duplicates);
    return 0;
}
