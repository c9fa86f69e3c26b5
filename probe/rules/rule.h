/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a rule is written: a small pure function that looks at one case and emits drafts of
 * findings. A rule sees evidence only, never what other rules found; what several rules need to
 * know is a function of facts.h.
 */
#ifndef CCM_RULES_RULE_H
#define CCM_RULES_RULE_H

#include "rules/finding.h"
#include "rules/verdict.h"

/* What the words of arguments are: phrases.def. */
enum phrase {
#define PHRASE(symbol, text) PHRASE_##symbol,
#include "rules/phrases.def"
#undef PHRASE
};

const char *phrase(enum phrase phrase);
const char *phrase_step(enum evidence_step step);
const char *phrase_outcome(enum evidence_outcome outcome);
const char *phrase_phase(enum evidence_phase phase);
const char *phrase_dns(enum dns_outcome outcome);
const char *phrase_account(enum account_kind kind);

/* A finding in the making. */
struct draft;

struct rule_output {
    struct arena *arena;
    const struct case_view *view;
    struct draft **drafts;
    size_t count;
};

typedef void rule_fn(const struct case_view *view, struct rule_output *out);

/* The rules of each area; every table ends in NULL. */
extern rule_fn *const RULES_RUN[];
extern rule_fn *const RULES_NAME[];
extern rule_fn *const RULES_DNS[];
extern rule_fn *const RULES_CLOCK[];
extern rule_fn *const RULES_HTTP[];
extern rule_fn *const RULES_STATUS[];
extern rule_fn *const RULES_KDC[];
extern rule_fn *const RULES_TICKET[];
extern rule_fn *const RULES_ANSWER[];
extern rule_fn *const RULES_TRUST[];
extern rule_fn *const RULES_SPN[];
extern rule_fn *const RULES_ACCOUNT[];
extern rule_fn *const RULES_DIRECTORY[];
extern rule_fn *const RULES_RECORDED[];
extern rule_fn *const RULES_SIGN_IN[];
extern rule_fn *const RULES_DISK[]; /* of cases about a disk, and no others */
extern rule_fn *const RULES_REGISTRATION[];
extern rule_fn *const RULES_GUID[];
extern rule_fn *const RULES_LOGS[];

/* A new finding. LEVEL_NONE takes the level of the catalogue. */
struct draft *draft_new(struct rule_output *out, enum finding_id id, enum finding_level level,
                        enum finding_confidence confidence);

/* The level of what stands between the client and its sign-in: LEVEL_NONE, or LEVEL_WARN when it
   signed in all the same, unless the MP's answer says that it is not approved. */
enum finding_level level_of_obstacle(const struct case_view *view);

/* The first finding of this id so far, NULL when there is none: for rules that gather. */
struct draft *draft_find(const struct rule_output *out, enum finding_id id);

/* Another level or confidence than the one that it was made with. */
void draft_level(struct draft *draft, enum finding_level level);
void draft_confidence(struct draft *draft, enum finding_confidence confidence);

/* A record that the finding rests on. NULL and a record named before change nothing. */
void draft_evidence(struct draft *draft, const struct evidence_record *record);

/* The same of one of the requests that the record of a web server's log tells of: of the first
   few, in the order of the log, the report names the lines. */
void draft_request(struct draft *draft, const struct evidence_record *record,
                   const struct web_request *request);

/* An argument; a later value replaces an earlier one. A NULL value leaves it unknown. Names are
   string literals; values are copied. */
void draft_argument(struct draft *draft, const char *name, const char *value);
void draft_number(struct draft *draft, const char *name, int64_t value);

/* The same, unless the argument has a value. */
void draft_default(struct draft *draft, const char *name, const char *value);

/* Adds to an argument that is a list: "a, b". A value that stands there already is left out. */
void draft_item(struct draft *draft, const char *name, const char *value);

/* The symbol and number of a Kerberos error: "KDC_ERR_POLICY (12)"; {symbol} gets what
   `ccmprobe explain` takes. */
void draft_krb_code(struct draft *draft, const char *name, int64_t code);

/* The encryption types of a request: "aes256-cts-hmac-sha1-96, ...", argument {etypes}. */
void draft_etypes(struct draft *draft, const struct evidence_kdc *kdc);

/* What was accepted: {credential}, {spn} and {shown}, "the ticket for HTTP/mp.contoso.lab". */
void draft_ticket_shown(struct draft *draft, const char *spn);

/* "404", or "404.6" when the substatus is known. */
void draft_status(struct draft *draft, const struct http_reply *reply);

/* What is known of an SPN that nobody holds: argument {basis}. */
struct spn_absence;
const char *absence_text(const struct case_view *view, struct rule_output *out,
                         const struct spn_absence *absence);

/* All drafts as findings in the order of the catalogue, with the arguments that their texts name
   and the run knows ({target}, {spn}, ...) added. */
struct finding_list drafts_finish(struct rule_output *out);

#endif
