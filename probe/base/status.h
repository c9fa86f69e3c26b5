/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How functions of ccmprobe fail: one status, and one sentence for the person at the console.
 *
 * The sentence is written once, where the failure is understood (the edge of a library); callers
 * pass it on untouched. A failed observation of the network is evidence, not an error.
 */
#ifndef CCM_BASE_STATUS_H
#define CCM_BASE_STATUS_H

enum ccm_status {
    CCM_OK = 0,
    CCM_ERROR_USAGE,    /* the command line or a named setting is wrong: exit 64 */
    CCM_ERROR_INPUT,    /* a file was read, and its content is not what it should be: exit 74 */
    CCM_ERROR_IO,       /* a file cannot be read or written: exit 74 */
    CCM_ERROR_NOTHING,  /* there is nothing to examine: exit 3 */
    CCM_ERROR_INTERNAL, /* a library refused something that should always work: exit 70 */
};

#define CCM_MUST_CHECK __attribute__((warn_unused_result))

/* The text of the first failure; without a trailing newline. Zero-initialise. */
struct ccm_error {
    char text[512];
};

/* Writes the sentence (cut at the size of the text) and returns `status`, to be returned on. */
enum ccm_status ccm_fail(struct ccm_error *error, enum ccm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
