/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search that a Configuration Manager log of many gigabytes is read with: most of its entries
 * tell nothing, and are passed over without being divided.
 *
 * What is looked for are words, one of which stands in every entry that can tell something. Of each
 * word four bytes are looked for, those that are rarest in the log; letters of both cases are the
 * same. What is found need not be the word: the entry is divided and judged then. Also found is
 * every entry without an end.
 */
#ifndef CCM_CAPTURES_CCM_SCAN_H
#define CCM_CAPTURES_CCM_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum { CCM_SCAN_WORD = 4 }; /* bytes that a word has at least */

/* A place that may tell something. */
struct ccm_hit {
    uint32_t place;    /* within the text */
    uint32_t newlines; /* before it */
};

/* Zero-initialise; free `list`. */
struct ccm_hits {
    struct ccm_hit *list; /* in the order of their places */
    size_t count;
    size_t room;
    uint32_t newlines; /* in all of the text */
};

struct ccm_scan;

struct ccm_scan *ccm_scan_new(void);
void ccm_scan_free(struct ccm_scan *scan);

/* One more word; borrowed. */
void ccm_scan_add(struct ccm_scan *scan, const char *word, size_t length);

/* Behind the last word: chooses what is looked for by the first bytes of the log. */
void ccm_scan_ready(struct ccm_scan *scan, const char *log, size_t length);

/* The hits among the first `length` bytes, of at most 4 GiB; `there` bytes can be read. */
void ccm_scan_find(const struct ccm_scan *scan, const char *text, size_t length, size_t there,
                   struct ccm_hits *hits_out);

/* The same without vector instructions. */
void ccm_scan_find_portable(const struct ccm_scan *scan, const char *text, size_t length,
                            size_t there, struct ccm_hits *hits_out);

#endif
