/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: which frames the last bytes of a connection stand in, so that those that are
   sent again get the same stand-ins. */
#ifndef CCM_CAPTURES_REDACT_RECALL_H
#define CCM_CAPTURES_REDACT_RECALL_H

#include "captures/redact_gather.h"

/* A window of 64 KiB has 45 segments of 1,460 bytes. Longer ago than so many nothing is found. */
enum { RECALLED_SPANS = 48, AWAITED_SPANS = 8 };

struct recall_side {
    struct gather_span spans[RECALLED_SPANS]; /* a ring */
    size_t next;
    struct gather_span awaited[AWAITED_SPANS]; /* repeated ones whose first has not come; a ring */
    size_t awaited_next;
    bool awaits;
};

struct recall {
    struct recall_side sides[2];
};

struct recall_sink {
    redact_alias_fn *alias;
    void *context;
};

/* Bytes of a frame that are told for the first time. */
void recall_note(struct recall_side *side, const struct recall_sink *sink,
                 const struct gather_span *span);

/* Bytes that stand in this frame again. */
void recall_repeat(struct recall_side *side, const struct recall_sink *sink,
                   const struct gather_span *span);

#endif
