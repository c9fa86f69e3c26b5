/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the text report; each appends whole lines. */
#ifndef CCM_REPORT_TEXT_H
#define CCM_REPORT_TEXT_H

#include "report/layout.h"

/* The steps of one case in protocol order, each with the records that belong to it. */
void text_steps(struct layout *layout, const struct judged_case *judged);

/* The lines of one record. `expected` of text_kdc is the service that the step's headline names. */
void text_dns(struct layout *layout, const struct evidence_record *record);
void text_tls(struct layout *layout, const struct evidence_record *record);
void text_kdc(struct layout *layout, const struct evidence_record *record, const char *headline);
void text_http(struct layout *layout, const struct evidence_record *record);
void text_clock(struct layout *layout, const struct evidence_record *record);
void text_identity(struct layout *layout, const struct evidence_record *record);

/* The findings of one case, heaviest first, and its verdict. */
void text_findings(struct layout *layout, const struct judged_case *judged);
void text_verdict(struct layout *layout, const struct judged_case *judged);

#endif
