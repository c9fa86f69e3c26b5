/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of clients, in all formats. */
#ifndef CCM_REPORT_WORDS_CLIENTS_H
#define CCM_REPORT_WORDS_CLIENTS_H

#include "base/buffer.h"
#include "rules/client_rows.h"

/* "yes", "no", "pending", "not-needed"; "" when it is not known. */
const char *say_answer(enum client_answer answer);

/* "fqdn", "account", ..., "address". */
const char *say_key_kind(enum client_key_kind kind);

/* Appends where it stands: "iis.log:13", "client.cap frame 10"; nothing when that is unknown. */
void say_place(const struct evidence_place *place, struct buffer *out);

/* Where the cause of the row shows; nothing without a cause. */
void say_cause_place(const struct client_row *row, struct buffer *out);

#endif
