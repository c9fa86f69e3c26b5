/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/large_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void *large_memory_new(size_t size)
{
    const size_t spare = LARGE_MEMORY_PAGE; /* for the alignment */
    char *memory =
        mmap(NULL, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before;

    if (memory == MAP_FAILED) {
        abort();
    }
    before = (spare - (uintptr_t)memory % spare) % spare;
    if (before > 0) {
        munmap(memory, before);
    }
    memory += before;
    if (before < spare) {
        munmap(memory + size, spare - before);
    }
    madvise(memory, size, MADV_HUGEPAGE); /* it works without, too */
    return memory;
}

void large_memory_free(void *memory, size_t size)
{
    if (memory) {
        munmap(memory, size);
    }
}
