/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answer belongs to which question on a TCP connection where answers come in the order of the
 * questions (HTTP/1.1, Kerberos).
 *
 * With every byte recorded that is sure. Where bytes are missing it may be not, and then nothing is
 * paired any more: no answer is ever given to a question that it may not belong to. The same where
 * an answer was recorded before its question, as some recorders do that have several queues.
 */
#ifndef CCM_CAPTURES_PAIRING_H
#define CCM_CAPTURES_PAIRING_H

#include "captures/exchange.h"

struct pairing {
    struct exchange *first, *last; /* asked and not answered */
    size_t count;
    bool is_begun;     /* no answer can be to a question from before the recording */
    bool lost_answers; /* some answers may have been in a gap */
    bool is_unsure;    /* questions may have been in a gap: those after it stay without an answer */
    bool gave_up;      /* as are those which wait now */
};

/* Puts the question last. False when it cannot be paired: the caller keeps it. */
bool pairing_ask(struct messages *messages, struct pairing *pairing, struct exchange *exchange);

/* The question that the answer which begins at `mark` belongs to, taken out; NULL when that is
   not known. */
struct exchange *pairing_answer(struct pairing *pairing, const struct mark *mark);

/* The place in the stream of questions, or of answers, was lost. */
void pairing_lost_questions(struct pairing *pairing);
void pairing_lost_answers(struct pairing *pairing);

/* Tells of all that wait as unanswered: with `outcome`, or with none where an answer may have been
   lost. */
void pairing_end(struct messages *messages, struct pairing *pairing, enum evidence_outcome outcome);

/* Frees all that wait, without a word. */
void pairing_release(struct messages *messages, struct pairing *pairing);

#endif
