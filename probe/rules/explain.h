/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings follow from which cause, and the verdict that comes of it. */
#ifndef CCM_RULES_EXPLAIN_H
#define CCM_RULES_EXPLAIN_H

#include "rules/verdict.h"

/* Does the second finding follow when the first is the cause? */
bool finding_explains(enum finding_id cause, enum finding_id effect);

/* The verdict of a case from its findings, which stand in the order of the catalogue. With
   `exchange` the case is about an exchange with an MP, which must have been seen to work. */
struct verdict verdict_of(const struct finding_list *findings, bool exchange, struct arena *arena);

#endif
