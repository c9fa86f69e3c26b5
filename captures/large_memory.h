/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of many megabytes for tables that are used all over: where the system has huge pages for
 * who asks for them (x86: 2 MiB), it is given in those. The system then gives it in a hundredth of
 * the calls, and the processor finds its places without a look at the page table.
 */
#ifndef CCM_CAPTURES_LARGE_MEMORY_H
#define CCM_CAPTURES_LARGE_MEMORY_H

#include <stddef.h>

/* Sizes are multiples of it. */
enum { LARGE_MEMORY_PAGE = 2 * 1024 * 1024 };

/* Zeroed, and resident only where it was used, in huge pages. Never NULL: exhausted memory ends
   the program, as in base/arena.h. */
void *large_memory_new(size_t size);
void large_memory_free(void *memory, size_t size);

#endif
