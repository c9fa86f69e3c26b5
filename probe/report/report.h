/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: a judgement and the evidence that it rests on, as text for people and as JSON for
 * programs. A report decides nothing and reads nothing else: neither clock nor locale nor the size
 * of the terminal. The same evidence gives the same bytes, today and in years.
 */
#ifndef CCM_REPORT_REPORT_H
#define CCM_REPORT_REPORT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/file.h"
#include "evidence/evidence.h"
#include "rules/verdict.h"

struct report_options {
    bool color;               /* ANSI colours on the markers and the verdict */
    int verbosity;            /* 0: what matters; 1: every field that was observed (-v) */
    bool checklist;           /* of a residue: also what is done at the parent site */
    enum finding_level least; /* findings below this level are left out of the text */
};

/* Appends the report as text: printable ASCII (and colours), lines of at most 78 columns, which
   leaves room for a mail program's "> ". Other characters are written as \xHH and \u{HHHH}. */
void report_text(const struct evidence_set *set, const struct judgement *judgement,
                 const struct report_options *options, struct buffer *out);

/* Appends the report as one JSON value (docs/report.schema.json): all findings and all evidence,
   whatever the text was asked to leave out. UTF-8, indented by 2, with a newline at the end.
   `sink`, if there is one, empties `out` meanwhile: then the report takes no memory, however many
   clients there are. */
void report_json(const struct evidence_set *set, const struct judgement *judgement,
                 struct buffer *out, struct file_sink *sink);

/* Appends the clients of recordings for a spreadsheet (RFC 4180, with a header line): one record
   each, the worst first. */
void report_csv(const struct judgement *judgement, struct buffer *out);

/* Appends every search of a directory as text, in 78 columns: server, base, scope, filter,
   attributes, and what came of it. One that several cases share stands once. */
void report_queries(const struct evidence_set *set, struct buffer *out);

#endif
