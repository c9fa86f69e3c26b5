/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of DNS servers (RFC 1035, SRV: RFC 2782, AAAA: RFC 3596). */
#ifndef CCM_DECODE_DNS_H
#define CCM_DECODE_DNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/*
 * Reads one reply, without the two length octets of TCP: fills outcome, answers and additional;
 * name and type too when they are NULL (from the question section).
 *
 * The outcome of a NOERROR reply is DNS_ANSWER when the answer section holds a record of
 * `dns->type`, else DNS_NODATA: an alias alone is no address. A truncated reply (TC) without such a
 * record leaves the outcome unknown. Records of other types have no value; OPT is no record.
 *
 * False, with DNS_MALFORMED, when the message is no reply or cannot be read to its end; the records
 * before that place are kept.
 */
bool dns_decode(struct arena *arena, const void *message, size_t length, struct evidence_dns *dns);

/* What ties a reply to its question. */
struct dns_question_head {
    unsigned id;
    bool is_reply;
};

/* Reads the beginning of a question or reply: fills `*head_out`, and name and type when they are
   NULL. False when the message is neither, no standard query, or cannot be read so far. */
bool dns_decode_question(struct arena *arena, const void *message, size_t length,
                         struct dns_question_head *head_out, struct evidence_dns *dns);

#endif
