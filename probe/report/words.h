/* SPDX-License-Identifier: Apache-2.0 */
/* Observed values in words: durations, clocks, codes, outcomes. Nothing here judges. */
#ifndef CCM_REPORT_WORDS_H
#define CCM_REPORT_WORDS_H

#include "base/buffer.h"
#include "evidence/evidence.h"

enum { WORDS_SIZE = 48 };

/* "0.4 ms", "1.35 s"; "" when unknown. Returns `text`. */
const char *say_duration(int64_t us, char text[WORDS_SIZE]);

/* "2026-11-21"; "-" when unknown. */
const char *say_date(int64_t at, char text[WORDS_SIZE]);

/* "+0.412 s", "-6 min 52 s", "+2 h 03 min": one clock against another. */
const char *say_offset(int64_t us, char text[WORDS_SIZE]);

/* The same for what an offset may be off by: without a sign and rounded up. */
const char *say_uncertainty(int64_t us, char text[WORDS_SIZE]);

/* "0.012 s", "12 min 03 s": the time from one event to another, rounded down. */
const char *say_elapsed(int64_t us, char text[WORDS_SIZE]);

/* "2026-11-21T00:56:57Z"; "" when unknown. */
const char *say_time(int64_t at, char text[WORDS_SIZE]);

/* "aes256", "rc4-hmac", or "etype 99" for one without a name. */
const char *say_etype(int64_t etype, char text[WORDS_SIZE]);

/* Appends ", 1301 bytes"; nothing when unknown. */
void say_bytes(int64_t bytes, struct buffer *out);

/* Appends "HTTP/mp.contoso.lab (aes256, kvno 3)". */
void say_ticket(const struct krb_ticket *ticket, struct buffer *out);

/* Appends "KRB-ERROR 7 KDC_ERR_S_PRINCIPAL_UNKNOWN", with the NTSTATUS that the KDC added. */
void say_krb_error(const struct krb_error *error, struct buffer *out);

/* Appends what the codes of the error mean: the first sentence, or with `whole` everything. */
void say_krb_meaning(const struct krb_error *error, bool whole, struct buffer *out);

/* Appends "401.2 Unauthorized" and the meaning of its substatus, as above. */
void say_status(const struct http_reply *reply, struct buffer *out);
void say_status_meaning(const struct http_reply *reply, bool whole, struct buffer *out);

/* Appends "5 ERROR_ACCESS_DENIED: meaning" of a sc-win32-status; the meaning's first sentence. */
void say_win32(int64_t status, struct buffer *out);

/* Appends ": meaning" of a reason in an HTTPERR log; nothing of one that is not known. */
void say_httpsys(const char *reason, struct buffer *out);

/* Appends what happened in place of a reply: "no answer", "connection refused", ... */
void say_outcome(enum evidence_outcome outcome, enum evidence_phase phase, struct buffer *out);

/* Appends "[2001:db8::1]:88", without the port when it is `usual` or unknown. */
void say_address(const char *address, int64_t port, int64_t usual, struct buffer *out);

/* "no identity was given", ... */
void say_skip(const struct evidence_skip *skip, struct buffer *out);

/* "Name", "Anonymous", ...: a step's name in the text. */
const char *say_step(enum evidence_step step);

/* What follows is of Active Directory (words_directory.c). */

/* "computer", "user", "gMSA", "sMSA", "other"; "-" when unknown. */
const char *say_account_kind(enum account_kind kind);

/* Appends "AES, RC4" for bits of msDS-SupportedEncryptionTypes; "-" when unknown. */
void say_etype_bits(int64_t bits, struct buffer *out);

/* "sealed", "TLS", "not bound"; NULL when unknown. */
const char *say_protection(enum directory_protection protection);

/* Appends "49 invalidCredentials, data 52e: The logon failed: ..." for an LDAP result and the
   diagnostic that came with it; with `whole` the diagnostic follows as it was. */
void say_ldap_result(int64_t result, const char *diagnostic, bool whole, struct buffer *out);

/* "forest", "external", "in the forest", "Kerberos realm", ... */
const char *say_trust_kind(const struct evidence_trust *trust);

/* Appends "both directions", or who trusts whom. */
void say_trust_direction(const struct evidence_trust *trust, struct buffer *out);

/* Appends ", selective authentication" and the like; with `whole` also what is usual. */
void say_trust_attributes(const struct evidence_trust *trust, bool whole, struct buffer *out);

/* Appends " (disabled by an administrator)" for a suffix that does not count. */
void say_trust_name_state(const struct trust_name *name, struct buffer *out);

/* "Windows Server 2016" for a functional level; NULL for one without a name. */
const char *say_functional_level(int64_t level);

#endif
