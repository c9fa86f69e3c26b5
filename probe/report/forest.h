/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a forest's HTTP SPNs, for people, programs and spreadsheets. The same list gives the
   same bytes. */
#ifndef CCM_REPORT_FOREST_H
#define CCM_REPORT_FOREST_H

#include "report/report.h"
#include "rules/forest.h"

/* Printable ASCII within 78 columns; each SPN stands once, under the heaviest that it has. */
void forest_text(const struct forest_list *list, const struct report_options *options,
                 struct buffer *out);

/* One JSON value (docs/spn.schema.json): an object for each SPN, account and problem. */
void forest_json(const struct forest_list *list, struct buffer *out);

/* RFC 4180 with a header line: a record for each SPN, account and problem. */
void forest_csv(const struct forest_list *list, struct buffer *out);

/* Appends a field as RFC 4180 has it. One that a spreadsheet would take for a formula (it begins
   with = + - @, a tab or a carriage return) gets an apostrophe before it. */
void csv_field(const char *text, struct buffer *out);

/* The commands that take the SPN from the account and give it back. A name that is not plain enough
   for a console is left to the reader to fill in: see report/remedy.h. */
const char *forest_fix(struct arena *arena, const struct forest_holding *holding);
const char *forest_undo(struct arena *arena, const struct forest_holding *holding);

#endif
