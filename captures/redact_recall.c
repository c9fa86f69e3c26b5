/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/redact_recall.h"

static bool overlaps(const struct gather_span *a, const struct gather_span *b)
{
    const uint32_t ahead = b->sequence - a->sequence;
    const uint32_t behind = a->sequence - b->sequence;

    return a->length > 0 && b->length > 0 && (ahead < a->length || behind < b->length);
}

void recall_note(struct recall_side *side, const struct recall_sink *sink,
                 const struct gather_span *span)
{
    side->spans[side->next++ % RECALLED_SPANS] = *span;
    for (size_t i = 0; side->awaits && i < AWAITED_SPANS; i++) {
        if (side->awaited[i].frame != span->frame && overlaps(&side->awaited[i], span)) {
            sink->alias(sink->context, span->frame, side->awaited[i].frame);
        }
    }
}

void recall_repeat(struct recall_side *side, const struct recall_sink *sink,
                   const struct gather_span *span)
{
    for (size_t i = 0; i < RECALLED_SPANS; i++) {
        if (side->spans[i].frame != span->frame && overlaps(&side->spans[i], span)) {
            sink->alias(sink->context, side->spans[i].frame, span->frame);
        }
    }
    side->awaited[side->awaited_next++ % AWAITED_SPANS] = *span;
    side->awaits = true;
}
