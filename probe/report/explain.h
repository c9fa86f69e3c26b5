/* SPDX-License-Identifier: Apache-2.0 */
/* What `ccmprobe explain` prints: a row of the catalogue of findings, a row of the code tables. */
#ifndef CCM_REPORT_EXPLAIN_H
#define CCM_REPORT_EXPLAIN_H

#include "base/buffer.h"
#include "codes/codes.h"
#include "rules/finding.h"

/* Id, level, title, why it matters and what to do; {argument} places are written as <argument>. */
void explain_finding(const struct finding_type *type, struct buffer *out);

/* Space, value in every spelling that logs use, symbol and meaning. */
void explain_code(const struct code *code, struct buffer *out);

/* docs/how-to-capture.md. */
extern const char TOPIC_CAPTURE[];

#endif
