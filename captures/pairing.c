/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/pairing.h"

bool pairing_ask(struct messages *messages, struct pairing *pairing, struct exchange *exchange)
{
    if (pairing->count >= messages->limits.conversation_exchanges) {
        messages->hits[HIT_CONVERSATION_EXCHANGES]++;
        pairing->is_unsure = true;
    }
    if (pairing->is_unsure || pairing->gave_up) {
        return false;
    }
    exchange->next = NULL;
    *(pairing->last ? &pairing->last->next : &pairing->first) = exchange;
    pairing->last = exchange;
    pairing->count++;
    return true;
}

static struct exchange *take_first(struct pairing *pairing)
{
    struct exchange *exchange = pairing->first;

    pairing->first = exchange->next;
    pairing->last = pairing->first ? pairing->last : NULL;
    pairing->count--;
    pairing->is_begun = true;
    exchange->next = NULL;
    return exchange;
}

/* After a gap among the answers the next one is sure only if a single question waits for it. An
   answer without a question is that to one from before the recording, or comes before its own, and
   then the next answer belongs not to the next question. */
struct exchange *pairing_answer(struct pairing *pairing, const struct mark *mark)
{
    if (pairing->lost_answers && pairing->count > 1) {
        pairing->gave_up = true;
    }
    pairing->lost_answers = false;
    if (!pairing->first || pairing->gave_up || pairing->first->asked.frame > mark->frame) {
        pairing->gave_up |= pairing->is_begun;
        return NULL;
    }
    return take_first(pairing);
}

void pairing_lost_questions(struct pairing *pairing)
{
    pairing->is_unsure = true;
}

void pairing_lost_answers(struct pairing *pairing)
{
    pairing->lost_answers = true;
}

void pairing_end(struct messages *messages, struct pairing *pairing, enum evidence_outcome outcome)
{
    const bool is_sure = !pairing->gave_up && !pairing->lost_answers;

    while (pairing->first) {
        exchange_tell_unanswered(messages, take_first(pairing),
                                 is_sure ? outcome : OUTCOME_UNKNOWN);
    }
}

void pairing_release(struct messages *messages, struct pairing *pairing)
{
    while (pairing->first) {
        exchange_free(messages, take_first(pairing));
    }
}
