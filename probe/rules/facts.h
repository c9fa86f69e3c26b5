/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several rules ask the evidence: who answered what in the end. Pure functions over one case;
 * none of them judges. A record or text that is returned belongs to the evidence, NULL means that
 * nothing of the kind was observed.
 */
#ifndef CCM_RULES_FACTS_H
#define CCM_RULES_FACTS_H

#include <stdbool.h>

#include "rules/verdict.h"

/* --- names --- */

/* DNS names and realms: without regard to ASCII case and a dot at the end. NULL equals nothing. */
bool same_name(const char *a, const char *b);

/* True for the name itself and for every name below it: mp.contoso.lab is within CONTOSO.LAB. */
bool name_is_within(const char *name, const char *domain);

/* Does the text begin so, without regard to ASCII case? */
bool name_starts(const char *text, const char *prefix);

/* An IPv4 or IPv6 address, also in brackets. */
bool name_is_address(const char *name);

/* The MP as the run names it, NULL when the case has no run. */
const char *fact_target(const struct case_view *view);

/* The account that asked, with its realm; and its realm. */
const char *fact_principal(const struct case_view *view);
const char *fact_client_realm(const struct case_view *view);

/* DNS does not know the MP's name: a server said so, none found an address, and the MP was not
   reached in another way (a hosts file). */
bool fact_name_unknown(const struct case_view *view);

/* The name at the end of the target's CNAME chain, NULL when it is no alias. The record is the
   answer that shows it. */
const char *fact_canonical(const struct case_view *view, const struct evidence_record **record_out);

/* Is this the MP's name, or its short name completed by a search list? */
bool fact_names_mp(const struct case_view *view, const char *name);

/* Is this a question for the MP's address? */
bool fact_asks_for_mp(const struct case_view *view, const struct evidence_dns *dns);

/* The realm that a question for KDC service records is about ("_kerberos._tcp.CONTOSO.LAB"), NULL
   for other questions. */
const char *fact_srv_realm(const struct evidence_dns *dns);

/* The MP's DNS domain when it has KDC records of its own and belongs to another tree than `realm`.
   The longest domain above the MP's name counts. Parent and child domains are one forest, whose
   KDCs find an SPN wherever it is: they give NULL. */
const char *fact_other_domain(const struct case_view *view, const char *realm,
                              const struct evidence_record **record_out);

/* --- tickets --- */

/* How the requests of one step ended: with a ticket, with an error, or open. */
struct ladder {
    bool asked;                           /* a request went out */
    const struct evidence_record *issued; /* the reply with the ticket that was wanted */
    const struct evidence_record *error;  /* else the KRB-ERROR that ended it */
    const struct evidence_record *stuck; /* else the reply that the client library would not take */
    int64_t code;                        /* of `error`, else unknown */
    int64_t ntstatus;
    const char *realm; /* whose KDC issued or refused it */
};

struct ladder fact_ladder(const struct case_view *view, enum evidence_step step);

/* The realms that the step's requests went through, in order: "CONTOSO.LAB -> FABRIKAM.LAB". */
const char *fact_ladder_text(const struct case_view *view, struct arena *arena,
                             enum evidence_step step);

/* The realm of the step's first request. */
const char *fact_first_realm(const struct case_view *view, enum evidence_step step);

/* Did a KDC of the realm answer, other than to ask for TCP? */
bool fact_kdc_answered(const struct case_view *view, const char *realm);

/* Was the step taken at all, at any address? */
bool fact_step_taken(const struct case_view *view, enum evidence_step step);

/* The KRB-ERROR code that a com_err number of the library stands for, else unknown. */
int64_t krb_code_of_problem(int64_t problem_code);

/* Does the case use the realm: the account's, or one that a request or a referral went to? */
bool fact_realm_in_use(const struct case_view *view, const char *realm);

/* --- clocks --- */

/* Does some clock differ by more than Kerberos' warning limit (rules_clock.c)? */
bool fact_clock_differs(const struct case_view *view);

/* --- the MP --- */

/* What one address of the MP answered; the last request of each kind counts. */
struct endpoint {
    const char *address;
    const struct evidence_record *mplist;
    const struct evidence_record *anonymous;
    const struct evidence_record *negotiate; /* with the ticket of the HTTP SPN */
    const struct evidence_record *ntlm;      /* with NTLM, which only a recording shows */
    const struct evidence_record *host;
};

/* More addresses than these are not looked at. */
enum { ENDPOINT_LIMIT = 16 };

size_t fact_endpoints(const struct case_view *view, struct endpoint endpoints[ENDPOINT_LIMIT]);

/* The reply's status of an HTTP record; 0 when there is no record or no reply. */
int64_t fact_status(const struct evidence_record *record);

/* Did the MP give any HTTP reply? */
bool fact_reached(const struct case_view *view);

/* What the MP said to a ticket. */
enum ticket_answer {
    ANSWER_NONE = 0,  /* none was presented */
    ANSWER_LOST,      /* presented, no reply */
    ANSWER_ACCEPTED,  /* any reply that comes after a successful sign-in, 404 and 500 included */
    ANSWER_KEY,       /* KRB-ERROR: sealed with a key that the MP does not have */
    ANSWER_SKEW,      /* KRB-ERROR 37 */
    ANSWER_ETYPE,     /* KRB-ERROR 14 */
    ANSWER_SELECTIVE, /* NTSTATUS C0000413: selective authentication */
    ANSWER_ERROR,     /* another KRB-ERROR */
    ANSWER_BARE,      /* 401 without a reason */
    ANSWER_TOO_LARGE, /* refused for the size of the request's head */
    ANSWER_OTHER,     /* a reply that says nothing about the ticket: 403, 503, ... */
};

/* `anonymous` is the first request to the same address, NULL when unknown: a server that asked for
   no sign-in then accepts nothing by answering now. */
enum ticket_answer fact_answer(const struct evidence_record *leg,
                               const struct evidence_record *anonymous);

/* Did some address of the MP accept the ticket of the HTTP SPN? Was it presented at all? */
bool fact_accepted(const struct case_view *view);
bool fact_presented(const struct case_view *view);

/* Did the client have a ticket for the MP, whatever came of it? Then no KDC and no account stood in
   its way. */
bool fact_had_ticket(const struct case_view *view);

/* Is it the name of a computer account (WK01$), or of a computer in another system's keytab
   (host/wk01)? */
bool fact_names_computer(const char *principal);

/* Did the client sign in at some address, with the ticket or, after whatever came of that, with
   NTLM? Then nothing that went wrong before kept it from its approval. */
bool fact_signed_in(const struct case_view *view);

/* Of one address: the last request with an identity, and whether it was accepted. */
const struct evidence_record *fact_last_leg(const struct endpoint *endpoint);
bool fact_endpoint_signed_in(const struct endpoint *endpoint);

/* --- recordings --- */

/* Is the case what a client did in a capture, and not the live probe? */
bool fact_is_recorded(const struct case_view *view);

/* A client answers a 401 within the second; so long a silence is not the recording's end. */
enum { FACT_WAIT_S = 10 };

/* Are parts missing, so that what is not in it may have happened all the same? */
bool fact_is_incomplete(const struct evidence_recording *recording);

/* A recorded request to the folder for anonymous messages, /ccm_system/: where a client registers
   when it cannot sign in, and where all registered clients send their later messages. It is no part
   of the sign-in. The live probe may be told to test this folder. */
bool fact_is_fallback(const struct case_view *view, const struct evidence_http *http);

/* Did the request carry NTLM? NULL and the live probe's requests carry none. */
bool fact_sent_ntlm(const struct evidence_record *leg);

/* Is it the HTTP service of another host than the MP as the client calls it? False for NULL. */
bool fact_is_other_name(const struct case_view *view, const char *service);

/* The last registration whose answer was recorded, in a capture or a log; or NULL. */
const struct evidence_record *fact_registration(const struct case_view *view);

/* Of a web server's log: a request to the folder in which clients sign in; one there that passed
   the sign-in, which is every answer with a user but 401 and 403; the name of a computer's account.
 */
bool web_is_sign_in(const struct web_request *request);
bool web_is_accepted(const struct web_request *request);
bool web_is_computer(const char *user);

/* Does the client's log end within ten seconds of its first 401, or of NTLM's second, before it can
   have been expected to come back? False where it was refused before, or went on without a sign-in.
 */
bool fact_log_ends(const struct case_view *view, const struct evidence_web_client *client);

/* KRB-ERROR codes that say: the server has another key. IIS says KRB_AP_ERR_MODIFIED, MIT's
   library 31 or 35 (measured). */
bool krb_code_is_key(int64_t code);

#endif
