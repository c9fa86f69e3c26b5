/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of payloads with everything that they point to, each in one piece of memory: for readers
   that keep some of many observations for a while and must know what they cost. */
#ifndef CCM_EVIDENCE_COPY_H
#define CCM_EVIDENCE_COPY_H

#include <stddef.h>

#include "evidence/evidence.h"
#include "evidence/shape.h"

/* How many bytes a copy takes. */
size_t evidence_size(const struct shape *shape, const void *payload);

/* Copies into `memory`, which has evidence_size bytes and is aligned for any type. The copy begins
   at `memory` and shares nothing with what it was made from. */
void *evidence_copy(const struct shape *shape, const void *payload, void *memory);

/* Appends a record with a copy of the payload, which the set's arena holds. Returns the copy. */
void *evidence_add_copy(struct evidence_set *set, enum evidence_kind kind, uint32_t case_id,
                        int64_t at, const void *payload);

#endif
