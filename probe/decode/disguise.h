/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-ins for names and secrets, of the same length: equal stays equal and different stays
 * different within one disguise, and nobody without its random key can tell what was there.
 */
#ifndef CCM_DECODE_DISGUISE_H
#define CCM_DECODE_DISGUISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disguise;

/* With a new random key, which lives in memory only; NULL when the system gives none. */
struct disguise *disguise_new(void);
void disguise_free(struct disguise *disguise);

/* Fills `out` with bytes that depend on all of `bytes`. */
void disguise_bytes(const struct disguise *disguise, const uint8_t *bytes, size_t length,
                    uint8_t *out);

/*
 * Text that holds names: "HTTP/mp.contoso.lab", "WK01$@CONTOSO.LAB", a URL, a DN. Each label, a run
 * of letters, digits, '-', '_' and bytes above 127, gets its stand-in: letters for letters in the
 * same case, digits for digits. Kept are what lies between labels, labels without a letter, of one
 * letter, or that begin with '_', and the words of the protocols (krbtgt, HTTP, in-addr, ...): so
 * addresses stay. Labels that differ only in case are one label.
 *
 * Two labels never get the same stand-in, up to a limit on how many are remembered, and unless
 * there are more labels of a form than stand-ins.
 */
void disguise_text(struct disguise *disguise, const uint8_t *text, size_t length, uint8_t *out);

/* The same for UTF-16 (little-endian); other characters than ASCII become 'x'. `length` in bytes.
 */
void disguise_utf16(struct disguise *disguise, const uint8_t *text, size_t length, uint8_t *out);

/* Text of which nothing is known: letters and digits become 'x'. */
void disguise_blot(const uint8_t *text, size_t length, uint8_t *out);

#endif
