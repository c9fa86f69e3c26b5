/* SPDX-License-Identifier: Apache-2.0 */
/* What the operating system's word on a connection is as evidence. */
#ifndef CCM_DECODE_OUTCOME_H
#define CCM_DECODE_OUTCOME_H

#include "evidence/evidence.h"

/* Of an errno that a socket reported. */
enum evidence_outcome outcome_of_errno(long code);

#endif
