/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/disk.h"

static const struct disk_item_row ITEMS[] = {
    [DISK_ITEM_NONE] = {"none", DISK_SOURCE_UNKNOWN, DISK_KIND_KEY, ""},
#define DISK_ITEM(symbol, word, source, kind, place)                                               \
    [DISK_ITEM_##symbol] = {word, DISK_##source, DISK_KIND_##kind, place},
#include "evidence/disk.def"
};

const struct disk_step_row DISK_STEPS[] = {
#define DISK_STEP(procedure, number, nature, first, last, text)                                    \
    {DISK_##procedure, number, DISK_NATURE_##nature, DISK_ITEM_##first, DISK_ITEM_##last, text},
#include "evidence/disk.def"
};

const size_t DISK_STEP_COUNT = sizeof(DISK_STEPS) / sizeof(DISK_STEPS[0]);

const struct disk_item_row *disk_item_row(enum disk_item item)
{
    return item > DISK_ITEM_NONE && item < DISK_ITEM_COUNT ? &ITEMS[item] : NULL;
}
