/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the text report; each appends whole lines. */
#ifndef CCM_REPORT_TEXT_H
#define CCM_REPORT_TEXT_H

#include "report/layout.h"

/* Who and what a case is about: the MP, or the recorded client. */
void text_head(struct layout *layout, const struct judgement *judgement, size_t index);

/* The steps of one case in protocol order, each with the records that belong to it. With `several`
   cases, what is the same for all of them is left to the summary. */
void text_steps(struct layout *layout, const struct judged_case *judged, bool several);

/* The lines of one record. `expected` of text_kdc is the service that the step's headline names. */
void text_dns(struct layout *layout, const struct evidence_record *record);
void text_tls(struct layout *layout, const struct evidence_record *record);
void text_kdc(struct layout *layout, const struct evidence_record *record, const char *headline);
void text_http(struct layout *layout, const struct evidence_record *record);
void text_clock(struct layout *layout, const struct evidence_record *record);
void text_identity(struct layout *layout, const struct evidence_record *record);

/* Appends what DNS answered: "10.0.0.20", "no such name (NXDOMAIN)". */
void say_dns_answer(const struct evidence_dns *dns, struct buffer *out);

/* All records of the directory: servers, searches, and the tables below. */
void text_directory(struct layout *layout, const struct case_view *view, bool several);

/* Who holds which SPN, and the accounts, each once. */
void text_accounts(struct layout *layout, const struct case_view *view);

/* The trusts; with -v also the domains of the forest. */
void text_trusts(struct layout *layout, const struct case_view *view);

/* The MPs that the forest publishes; with `only` none but the one of this name. */
void text_published(struct layout *layout, const struct evidence_record *const *records,
                    size_t count, const char *target, bool only);

/* What was read, a paragraph for each file; false when nothing was. */
bool text_recordings(struct layout *layout, const struct case_view *common);

/* In place of cases: what the recordings lack, and how to capture it. */
void text_nothing_recorded(struct layout *layout, const struct case_view *common);

/* Of a recorded case: its messages between client, DC and DNS, and MP, each with frame and time;
   the same in sentences, with what is missing; and the registration that went along. */
void text_recorded_ladder(struct layout *layout, const struct case_view *view);
void text_story(struct layout *layout, const struct case_view *view);
void text_registrations(struct layout *layout, const struct case_view *view);

/* What logs and lists tell of a client: entries, and who shares its GUID. */
void text_log_events(struct layout *layout, const struct case_view *view);

/* The requests that a web server's log has of a client, and what it cannot tell. */
void text_web_client(struct layout *layout, const struct evidence_web_client *client);

/* The findings of one case, heaviest first, and its verdict. */
void text_findings(struct layout *layout, const struct judged_case *judged);
void text_verdict(struct layout *layout, const struct judged_case *judged);

/* A whole case about a disk: head, steps, what is to be done, findings, verdict. */
void text_disk(struct layout *layout, const struct judgement *judgement, size_t index);

/* Are the recordings' clients joined across sources, and not one capture's told? Then text_clients
   has a row for each, and what they have in common. */
bool text_wants_clients(const struct judgement *judgement);
void text_clients(struct layout *layout, const struct judgement *judgement);

/* Is it one client alone that several sources tell of? Then text_one_story has its row, its
   timeline and what was found. */
bool text_is_one_story(const struct judgement *judgement);
void text_one_story(struct layout *layout, const struct judgement *judgement);

/* Is a case of other sources than captures among them? */
bool text_has_logs(const struct judgement *judgement);

/* How far apart the clocks of the sources are; without `all`, of those that differ. */
void text_clocks(struct layout *layout, const struct judgement *judgement, bool all);

/* The causes that cases share, each once. */
struct groups;
void text_groups(struct layout *layout, const struct judgement *judgement,
                 const struct groups *groups);

/* "WK01" of "WK01.contoso.lab"; the details have the whole name. */
int text_client_length(const char *client);

/* Of several cases: the MPs, disks, or clients of recordings, the worst first; what was found, each
   cause once. */
void text_summary(struct layout *layout, const struct judgement *judgement);

/* The MP's name, or words in place of it. */
const char *text_target(const struct judged_case *judged);

/* The recorded client's name, else its address. */
const char *text_client(const struct judged_case *judged);

/* Is the case what a client did in a capture? */
bool text_is_recorded(const struct judged_case *judged);

/* Are all cases of this kind? False without any. */
bool text_only_clients(const struct judgement *judgement);

#endif
