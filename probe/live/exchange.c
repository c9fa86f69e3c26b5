/* SPDX-License-Identifier: Apache-2.0 */
#include "live/exchange.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/gss_token.h"
#include "live/names.h"
#include "live/task.h"

/* Errors in the MP's token that say "the ticket is for another key" (RFC 4120 7.5.9): what
   IIS answers (MODIFIED) and what MIT's library does (measured: BAD_INTEGRITY, NOT_US, NOKEY). */
static const int64_t WRONG_KEY_ERRORS[] = {
    KRB5KRB_AP_ERR_BAD_INTEGRITY - ERROR_TABLE_BASE_krb5,
    KRB5KRB_AP_ERR_NOT_US - ERROR_TABLE_BASE_krb5,
    KRB5KRB_AP_ERR_MODIFIED - ERROR_TABLE_BASE_krb5,
    KRB5KRB_AP_ERR_BADKEYVER - ERROR_TABLE_BASE_krb5,
    KRB5KRB_AP_ERR_NOKEY - ERROR_TABLE_BASE_krb5,
};

/* One MP being examined. */
struct exchange {
    const struct live_settings *settings;
    const struct stopper *stopper;
    struct ticket_session *session;
    const struct live_target *target;
    uint32_t case_id;
    bool ask_realm; /* the SRV records of the client's realm are still to be asked for */
    struct mp_target mp;
    struct name_addresses addresses;
    struct service_ticket http_ticket;
    struct service_ticket host_ticket;
    struct task services; /* SRV records beside the main line */
    struct task reverse;  /* PTR records */
    struct task tickets;  /* AS and TGS exchanges */
};

/* The connection to one address, and what the anonymous request brought. */
struct attempt {
    struct mp_link link;
    bool open;
    enum evidence_outcome outcome;
    bool challenged; /* 401 with Negotiate: the client goes on to ask for a ticket */
};

static void add_skip(const struct exchange *exchange, struct evidence_set *evidence,
                     enum evidence_step step, enum skip_reason reason, enum evidence_step after)
{
    struct evidence_skip *skip =
        evidence_add(evidence, EVIDENCE_SKIP, exchange->case_id, clock_wall_us());

    /* Whatever else stood in the way: once the time is up, that is the reason. */
    if (stopper_interrupted(exchange->stopper)) {
        reason = SKIP_INTERRUPTED;
    } else if (stopper_left(exchange->stopper) == 0) {
        reason = SKIP_DEADLINE;
    }
    skip->step = step;
    skip->reason = reason;
    skip->after = reason == SKIP_STEP_FAILED ? after : STEP_UNKNOWN;
}

static void add_run(const struct exchange *exchange, struct evidence_set *evidence)
{
    struct evidence_run *run =
        evidence_add(evidence, EVIDENCE_RUN, exchange->case_id, clock_wall_us());
    struct arena *arena = &evidence->arena;
    void *known_good = NULL;
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    run->program = "ccmprobe " CCMPROBE_VERSION;
    run->target = arena_strdup(arena, exchange->target->name);
    run->scheme = arena_strdup(arena, exchange->target->scheme);
    run->port = exchange->target->port;
    run->path = arena_strdup(arena, exchange->settings->path);
    run->spn = arena_printf(arena, "HTTP/%s", exchange->target->name);
    run->client_host = host[0] ? evidence_text(arena, host, strlen(host), 255) : NULL;
    run->deadline_us = exchange->settings->deadline_us;
    for (size_t i = 0; i < exchange->settings->known_good_count; i++) {
        const char *text = exchange->settings->known_good[i];
        const char **slot =
            arena_push(arena, &known_good, &run->known_good_count, sizeof(const char *));

        *slot = evidence_text(arena, text, strlen(text), 1024);
    }
    run->known_good = known_good;
}

/* The part of the MP's name behind its first dot; NULL for an address or a short name. */
static const char *domain_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot && dot[1] && !names_is_address(name) ? dot + 1 : NULL;
}

/* The client's realm as text in the arena; NULL without an identity. */
static char *client_realm(const struct exchange *exchange, struct arena *arena)
{
    const krb5_principal client = exchange->session->identity.client;

    return client ? arena_strndup(arena, client->realm.data, client->realm.length) : NULL;
}

static void services_work(struct evidence_set *evidence, void *context)
{
    const struct exchange *exchange = context;
    const char *domain = domain_of(exchange->target->name);
    const char *realm = client_realm(exchange, &evidence->arena);

    if (realm && exchange->ask_realm) {
        names_ask_services(&exchange->settings->dns, exchange->stopper, exchange->case_id, realm,
                           evidence);
    }
    if (domain && !(realm && strcasecmp(domain, realm) == 0)) {
        names_ask_services(&exchange->settings->dns, exchange->stopper, exchange->case_id, domain,
                           evidence);
    }
}

static void reverse_work(struct evidence_set *evidence, void *context)
{
    const struct exchange *exchange = context;

    names_ask_reverse(&exchange->settings->dns, exchange->stopper, exchange->case_id,
                      &exchange->addresses, evidence);
}

/* The ticket for HTTP/; and where the KDC does not know it, for HOST/, to tell a missing SPN from
   one that is there twice. */
static void tickets_work(struct evidence_set *evidence, void *context)
{
    struct exchange *exchange = context;

    if (!ticket_session_login(exchange->session)) {
        return;
    }
    ticket_get(exchange->session, "HTTP", exchange->target->name, STEP_TICKET, exchange->case_id,
               evidence, &exchange->http_ticket);
    if (exchange->http_ticket.unknown) {
        ticket_get(exchange->session, "HOST", exchange->target->name, STEP_HOST_TICKET,
                   exchange->case_id, evidence, &exchange->host_ticket);
    }
}

static bool offers_negotiate(const struct http_reply *reply)
{
    for (size_t i = 0; i < reply->scheme_count; i++) {
        if (strcasecmp(reply->schemes[i], "Negotiate") == 0) {
            return true;
        }
    }
    return false;
}

/* The anonymous request to one address. When the answer is not the challenge of an MP, MPLIST tells
   whether an MP is there at all. */
static void ask_anonymously(const struct exchange *exchange, const char *address,
                            struct evidence_set *evidence, struct attempt *attempt)
{
    struct evidence_http *record;

    memset(attempt, 0, sizeof(*attempt));
    attempt->open =
        mp_link_open(&attempt->link, &exchange->mp, address, exchange->stopper, exchange->case_id);
    if (!attempt->open) {
        return;
    }
    attempt->link.evidence = evidence;
    record = mp_add_record(&attempt->link, LEG_ANONYMOUS, NULL);
    mp_send(&attempt->link, record, NULL, NULL);
    attempt->outcome = record->outcome;
    if (record->outcome == OUTCOME_UNKNOWN) {
        add_skip(exchange, evidence, STEP_ANONYMOUS, SKIP_DEADLINE, STEP_UNKNOWN);
    }
    attempt->challenged =
        record->reply && record->reply->status == 401 && offers_negotiate(record->reply);
    if (record->reply && record->reply->status != 401 && stopper_left(exchange->stopper) > 0) {
        mp_send(&attempt->link, mp_add_record(&attempt->link, LEG_MPLIST, NULL), NULL, NULL);
    }
}

/* Tries the addresses in order until one replies, as a client does, or all if the user wants. */
static size_t anonymous_step(const struct exchange *exchange, struct evidence_set *evidence,
                             struct attempt *attempts)
{
    size_t count = 0;

    for (size_t i = 0; i < exchange->addresses.count; i++) {
        if (stopper_left(exchange->stopper) == 0) {
            add_skip(exchange, evidence, STEP_ANONYMOUS, SKIP_DEADLINE, STEP_UNKNOWN);
            break;
        }
        ask_anonymously(exchange, exchange->addresses.items[i], evidence, &attempts[count]);
        count++;
        if (attempts[count - 1].outcome == OUTCOME_REPLY && !exchange->settings->all_addresses) {
            break;
        }
    }
    if (exchange->addresses.count == 0) {
        add_skip(exchange, evidence, STEP_ANONYMOUS, SKIP_STEP_FAILED, STEP_NAME);
    }
    return count;
}

/* Presents a ticket: makes the token, sends it, lets GSSAPI check the answer. */
static const struct evidence_http *present(const struct exchange *exchange, struct mp_link *link,
                                           enum http_leg leg, const struct service_ticket *ticket)
{
    struct evidence_http *record = mp_add_record(link, leg, ticket->spn);
    struct arena *arena = &link->evidence->arena;
    struct buffer bindings = {0};
    struct buffer token = {0};
    struct buffer answer = {0};
    struct gss_token gss;
    char *cache = NULL;

    krb5_cc_get_full_name(exchange->session->context.krb, exchange->session->identity.cache,
                          &cache);
    mp_bindings(link, &bindings);
    if (gss_token_start(&gss, cache, ticket->principal, bindings.length > 0 ? &bindings : NULL,
                        arena, record, &token)) {
        mp_send(link, record, &token, &answer);
        if (record->reply && (answer.length > 0 || record->reply->status < 300)) {
            gss_token_finish(&gss, &answer, arena, record);
        }
    }
    gss_token_release(&gss);
    krb5_free_string(exchange->session->context.krb, cache);
    buffer_release(&bindings);
    buffer_release_secret(&token);
    buffer_release_secret(&answer);
    return record;
}

/* Whether the MP turned the ticket down, and no other reason than its key is known. */
static bool is_key_rejection(const struct evidence_http *record)
{
    const struct krb_error *error = record->answer ? record->answer->error : NULL;

    if (!record->reply || record->reply->status != 401) {
        return false;
    }
    for (size_t i = 0; error && i < sizeof(WRONG_KEY_ERRORS) / sizeof(WRONG_KEY_ERRORS[0]); i++) {
        if (error->code == WRONG_KEY_ERRORS[i]) {
            return true;
        }
    }
    return !error;
}

/* The counter-test: does the MP accept a ticket for HOST/, which only its computer account has? */
static void present_host(struct exchange *exchange, struct attempt *attempt,
                         struct evidence_set *evidence)
{
    if (!exchange->host_ticket.issued && !exchange->http_ticket.unknown) {
        ticket_get(exchange->session, "HOST", exchange->target->name, STEP_HOST_TICKET,
                   exchange->case_id, evidence, &exchange->host_ticket);
    }
    if (exchange->host_ticket.issued && stopper_left(exchange->stopper) > 0) {
        attempt->link.fresh = true;
        present(exchange, &attempt->link, LEG_HOST, &exchange->host_ticket);
    }
}

/* The authenticated request to one address. */
static void authenticate(struct exchange *exchange, struct attempt *attempt,
                         struct evidence_set *evidence)
{
    attempt->link.evidence = evidence;
    if (!attempt->challenged) {
        add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_STEP_FAILED, STEP_ANONYMOUS);
    } else if (stopper_left(exchange->stopper) == 0) {
        add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_DEADLINE, STEP_UNKNOWN);
    } else if (exchange->http_ticket.issued) {
        const struct evidence_http *record =
            present(exchange, &attempt->link, LEG_NEGOTIATE, &exchange->http_ticket);

        if (record->outcome == OUTCOME_UNKNOWN && stopper_left(exchange->stopper) == 0) {
            add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_DEADLINE, STEP_UNKNOWN);
        } else if (is_key_rejection(record)) {
            present_host(exchange, attempt, evidence);
        }
    } else if (exchange->host_ticket.issued) {
        add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_STEP_FAILED, STEP_TICKET);
        present_host(exchange, attempt, evidence);
    } else {
        add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_STEP_FAILED, STEP_TICKET);
    }
}

/* The session's records belong to every case. */
static void add_session_evidence(struct exchange *exchange, struct evidence_set *evidence)
{
    const struct evidence_set *session = ticket_session_evidence(exchange->session);

    for (size_t i = 0; i < session->count; i++) {
        evidence_share(evidence, &session->records[i], exchange->case_id);
    }
}

/* What was not asked for the lack of an identity or of an earlier step. */
static void add_identity_skips(const struct exchange *exchange, struct evidence_set *evidence)
{
    if (!exchange->session->identity.client) {
        add_skip(exchange, evidence, STEP_IDENTITY, SKIP_NO_IDENTITY, STEP_UNKNOWN);
        add_skip(exchange, evidence, STEP_TICKET, SKIP_NO_IDENTITY, STEP_UNKNOWN);
        add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_NO_IDENTITY, STEP_UNKNOWN);
    } else if (!exchange->session->identity.has_tgt) {
        add_skip(exchange, evidence, STEP_TICKET, SKIP_STEP_FAILED, STEP_IDENTITY);
        add_skip(exchange, evidence, STEP_AUTHENTICATED, SKIP_STEP_FAILED, STEP_IDENTITY);
    }
}

/* The name of an MP without a dot is looked for in the client's own domain, as Windows does;
   without a client, in this machine's. */
static const char *client_domain(const struct exchange *exchange, struct arena *arena)
{
    char *domain = client_realm(exchange, arena);

    if (!domain) {
        return dns_search_domain(arena);
    }
    for (char *c = domain; c && *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
    }
    return domain;
}

/* Whether the realm has its records in DNS, by which Windows finds KDCs, is a question of its own
   when nobody else asks: krb5.conf names the KDCs, or the login is over. A login that is shared
   asks for all; --kdc says that DNS shall not count. */
static bool must_ask_realm(const struct exchange *exchange, struct arena *arena)
{
    const struct ticket_session *session = exchange->session;
    const char *realm = client_realm(exchange, arena);
    const enum kdc_source source =
        realm ? kdc_list_source(&session->finder, realm) : KDC_SOURCE_OVERRIDE;

    return source == KDC_SOURCE_CONFIGURED || (source == KDC_SOURCE_DNS && !session->parent &&
                                               (session->logged_in || session->identity.has_tgt));
}

/* The main line: name and anonymous request, while the tickets are fetched; then both together. */
static void run_steps(struct exchange *exchange, struct evidence_set *evidence)
{
    const char *suffix = client_domain(exchange, &evidence->arena);
    struct attempt attempts[ADDRESSES_MAX] = {0};
    struct evidence_set anonymous = {0};
    size_t count;

    exchange->ask_realm = must_ask_realm(exchange, &evidence->arena);
    task_start(&exchange->services, services_work, exchange);
    if (exchange->session->identity.client) {
        task_start(&exchange->tickets, tickets_work, exchange);
    }
    names_find_addresses(&exchange->settings->dns, exchange->stopper, exchange->case_id,
                         exchange->target->name, suffix, evidence, &exchange->addresses);
    task_start(&exchange->reverse, reverse_work, exchange);
    count = anonymous_step(exchange, &anonymous, attempts);
    task_join(&exchange->reverse, evidence);
    task_join(&exchange->services, evidence);
    evidence_append(evidence, &anonymous, 0);
    task_wait(&exchange->tickets);
    add_session_evidence(exchange, evidence);
    task_join(&exchange->tickets, evidence);

    add_identity_skips(exchange, evidence);
    for (size_t i = 0; i < count && exchange->session->identity.has_tgt; i++) {
        if (attempts[i].open) {
            authenticate(exchange, &attempts[i], evidence);
        }
    }
    for (size_t i = 0; i < count; i++) {
        mp_link_close(&attempts[i].link);
    }
}

void exchange_run(const struct live_settings *settings, const struct live_target *target,
                  const struct stopper *stopper, struct ticket_session *session, uint32_t case_id,
                  struct evidence_set *evidence)
{
    struct exchange exchange = {
        .settings = settings,
        .stopper = stopper,
        .session = session,
        .target = target,
        .case_id = case_id,
        .mp = {.name = target->name,
               .scheme = target->scheme,
               .port = target->port,
               .path = settings->path,
               .ca_file = settings->ca_file,
               .insecure = settings->insecure},
    };

    add_run(&exchange, evidence);
    run_steps(&exchange, evidence);
}
