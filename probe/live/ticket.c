/* SPDX-License-Identifier: Apache-2.0 */
#include "live/ticket.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "decode/kerberos.h"
#include "evidence/shape.h"

enum {
    MESSAGES_MAX = 16, /* of one exchange: MIT follows at most 10 referrals */
    PREAUTH_REQUIRED = KRB5KDC_ERR_PREAUTH_REQUIRED - ERROR_TABLE_BASE_krb5,
    MORE_PREAUTH = KRB5KDC_ERR_MORE_PREAUTH_DATA_REQUIRED - ERROR_TABLE_BASE_krb5, /* SPAKE */
    SERVICE_UNKNOWN = KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN - ERROR_TABLE_BASE_krb5,
};

enum ccm_status ticket_session_open(struct ticket_session *session,
                                    const struct identity_settings *identity,
                                    const struct kdc_finder *finder, struct ccm_error *error)
{
    enum ccm_status status;

    memset(session, 0, sizeof(*session));
    status = kerberos_context_init(&session->context, error);
    if (status != CCM_OK) {
        return status;
    }
    pthread_mutex_init(&session->lock, NULL);
    session->finder = *finder;
    session->finder.krb = session->context.krb;
    session->finder.case_id = 1;
    status =
        identity_open(&session->context, identity, &session->evidence, &session->identity, error);
    if (status != CCM_OK) {
        ticket_session_close(session);
    }
    return status;
}

enum ccm_status ticket_session_share(struct ticket_session *session, struct ticket_session *parent,
                                     struct ccm_error *error)
{
    enum ccm_status status;

    memset(session, 0, sizeof(*session));
    status = kerberos_context_init(&session->context, error);
    if (status != CCM_OK) {
        return status;
    }
    session->finder = parent->finder;
    session->finder.krb = session->context.krb;
    pthread_mutex_init(&session->lock, NULL);
    session->parent = parent;
    status = identity_share(&session->context, &parent->identity, &session->identity, error);
    if (status != CCM_OK) {
        ticket_session_close(session);
    }
    return status;
}

const struct evidence_set *ticket_session_evidence(const struct ticket_session *session)
{
    return session->parent ? &session->parent->evidence : &session->evidence;
}

void ticket_session_close(struct ticket_session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        kdc_channel_close(session->channels[i]);
        session->channels[i] = NULL;
    }
    session->channel_count = 0;
    if (session->context.krb) {
        identity_close(&session->context, &session->identity);
        pthread_mutex_destroy(&session->lock);
    }
    kerberos_context_release(&session->context);
    evidence_release(&session->evidence);
}

static struct kdc_channel *known_channel(const struct ticket_session *session, const char *realm)
{
    for (size_t i = 0; session && i < session->channel_count; i++) {
        if (strcasecmp(session->channels[i]->list.realm, realm) == 0) {
            return session->channels[i];
        }
    }
    return NULL;
}

/* The channel to a realm; looked for on first use. NULL when there are too many realms. */
static struct kdc_channel *channel_of(struct ticket_session *session, const char *realm,
                                      uint32_t case_id, struct evidence_set *evidence)
{
    const struct kdc_channel *parents = known_channel(session->parent, realm);
    struct kdc_channel *channel = known_channel(session, realm);

    if (channel || session->channel_count == TICKET_REALMS_MAX) {
        return channel;
    }
    channel = arena_alloc(&evidence->arena, sizeof(*channel));
    kdc_channel_init(channel);
    if (parents) { /* the login is over, so nothing changes there any more */
        channel->list = parents->list;
        channel->current = parents->current;
    } else {
        struct kdc_finder finder = session->finder; /* which children may be copying */

        finder.case_id = case_id;
        kdc_list_find(&finder, realm, evidence, &channel->list);
    }
    session->channels[session->channel_count++] = channel;
    return channel;
}

/* A record that says that no KDC of the realm is known. */
static void add_no_kdc(const struct ticket_session *session, struct evidence_set *evidence,
                       uint32_t case_id, const struct kdc_request *request, const char *realm)
{
    struct evidence_kdc *record = evidence_add(evidence, EVIDENCE_KDC, case_id, clock_wall_us());

    kerberos_decode_request(&evidence->arena, request->bytes, request->length, record);
    record->step = request->step;
    record->client = request->client;
    record->realm = arena_strdup(&evidence->arena, realm);
    /* When the run's end cut the search short, nothing is known of them. */
    record->outcome =
        stopper_left(session->finder.stopper) > 0 ? OUTCOME_UNREACHABLE : OUTCOME_UNKNOWN;
    record->attempts = 0;
}

/* One message to a realm and its reply; NULL when none came. */
static const struct evidence_kdc *ask(struct ticket_session *session, const krb5_data *realm,
                                      const struct kdc_request *request, uint32_t case_id,
                                      struct evidence_set *evidence, struct buffer *reply)
{
    const char *name = arena_strndup(&evidence->arena, realm->data, realm->length);
    struct kdc_channel *channel = channel_of(session, name, case_id, evidence);

    if (!channel || channel->list.count == 0) {
        add_no_kdc(session, evidence, case_id, request, name);
        return NULL;
    }
    return kdc_send(channel, session->finder.stopper, case_id, request, evidence, reply);
}

/* The time in a ticket just issued is the KDC's own, cut to whole seconds. */
static void add_ticket_clock(const struct evidence_kdc *record, krb5_timestamp issued,
                             uint32_t case_id, struct evidence_set *evidence)
{
    const int64_t half_second = CLOCK_US_PER_SECOND / 2;
    const int64_t local = clock_wall_us() - record->rtt_us / 2;
    struct evidence_clock *seen;

    if (issued == 0) {
        return;
    }
    seen = evidence_add(evidence, EVIDENCE_CLOCK, case_id, local);
    seen->source = CLOCK_KDC;
    seen->method = CLOCK_TICKET_TIME;
    seen->name = record->realm;
    seen->address = record->address;
    seen->remote_at = (int64_t)(uint32_t)issued * CLOCK_US_PER_SECOND + half_second;
    seen->local_at = local;
    seen->offset_us = seen->remote_at - local;
    seen->uncertainty_us = half_second + record->rtt_us / 2;
}

/* The library would not go on: its reason belongs to the reply it was given, or to the identity. */
static void note_problem(struct ticket_session *session, const struct evidence_kdc *reply,
                         krb5_error_code code, struct evidence_set *evidence)
{
    const char *words = kerberos_message(session->context.krb, code, &evidence->arena);

    if (reply) {
        struct evidence_kdc *record = (struct evidence_kdc *)reply;

        record->problem = words;
        record->problem_code = code;
        return;
    }
    for (size_t i = 0; i < session->evidence.count; i++) {
        if (session->evidence.records[i].kind == EVIDENCE_IDENTITY) {
            session->evidence.records[i].identity->problem = words;
        }
    }
}

/* Steps through the AS exchange; the record of the last reply, or NULL when there is no TGT. */
static const struct evidence_kdc *as_exchange(struct ticket_session *session,
                                              krb5_init_creds_context exchange)
{
    krb5_context krb = session->context.krb;
    const struct evidence_kdc *answer = NULL;
    struct buffer reply = {0};
    bool complete = false;

    for (int i = 0; i < MESSAGES_MAX; i++) {
        krb5_data in = {.length = (unsigned)reply.length, .data = reply.data};
        krb5_data out = {0};
        krb5_data realm = {0};
        unsigned flags = 0;
        krb5_error_code code = krb5_init_creds_step(krb, exchange, &in, &out, &realm, &flags);

        complete = code == 0 && !(flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE);
        if (code != 0) {
            note_problem(session, answer, code, &session->evidence);
        } else if (!complete) {
            /* The first request proves nothing; each later one proves that we know the key. */
            const struct kdc_request request = {out.data, out.length, STEP_IDENTITY,
                                                session->identity.principal, i > 0};

            answer = ask(session, &realm, &request, 1, &session->evidence, &reply);
        }
        krb5_free_data_contents(krb, &out);
        krb5_free_data_contents(krb, &realm);
        if (code != 0 || complete || !answer) {
            break;
        }
        if (answer->reply->error && answer->reply->error->code != MORE_PREAUTH &&
            !(i == 0 && answer->reply->error->code == PREAUTH_REQUIRED)) {
            break; /* the KDC's last word; the library would try the password in other ways */
        }
    }
    buffer_release(&reply);
    return complete ? answer : NULL;
}

static krb5_error_code begin_as(struct ticket_session *session, krb5_init_creds_context *exchange)
{
    krb5_context krb = session->context.krb;
    const struct identity *identity = &session->identity;
    krb5_error_code code;

    code = krb5_init_creds_init(krb, identity->client, NULL, NULL, 0, NULL, exchange);
    if (code == 0 && identity->keytab) {
        code = krb5_init_creds_set_keytab(krb, *exchange, identity->keytab);
    } else if (code == 0) {
        code = krb5_init_creds_set_password(krb, *exchange, buffer_text(identity->password));
    }
    return code;
}

/* Puts the new TGT into the MEMORY cache and notes what time it tells. */
static krb5_error_code keep_tgt(struct ticket_session *session, krb5_init_creds_context exchange,
                                const struct evidence_kdc *answer)
{
    krb5_context krb = session->context.krb;
    krb5_creds creds = {0};
    krb5_error_code code = krb5_init_creds_get_creds(krb, exchange, &creds);

    if (code == 0) {
        add_ticket_clock(answer, creds.times.authtime, 1, &session->evidence);
        code = krb5_cc_store_cred(krb, session->identity.cache, &creds);
        krb5_free_cred_contents(krb, &creds);
    }
    return code;
}

/* Shares the parent's login. Where the TGT came from a cache, the realm's KDCs are looked for all
   the same, once for all children. */
static bool join_login(struct ticket_session *session)
{
    struct ticket_session *parent = session->parent;

    if (session->logged_in || !session->identity.client) {
        return session->identity.has_tgt;
    }
    session->logged_in = true;
    pthread_mutex_lock(&parent->lock);
    if (ticket_session_login(parent)) {
        const krb5_data *realm = &parent->identity.client->realm;

        channel_of(parent, arena_strndup(&parent->evidence.arena, realm->data, realm->length), 1,
                   &parent->evidence);
        identity_take_tickets(&session->context, &parent->identity, &session->identity);
    }
    pthread_mutex_unlock(&parent->lock);
    return session->identity.has_tgt;
}

bool ticket_session_login(struct ticket_session *session)
{
    krb5_init_creds_context exchange = NULL;
    const struct evidence_kdc *answer;
    krb5_error_code code;

    if (session->parent) {
        return join_login(session);
    }
    if (session->logged_in || session->identity.has_tgt || !session->identity.client) {
        return session->identity.has_tgt;
    }
    session->logged_in = true;
    code = begin_as(session, &exchange);
    if (code == 0) {
        answer = as_exchange(session, exchange);
        code = answer ? keep_tgt(session, exchange, answer) : 0;
        session->identity.has_tgt = answer && code == 0;
    }
    if (code != 0) {
        note_problem(session, NULL, code, &session->evidence);
    }
    if (exchange) {
        krb5_init_creds_free(session->context.krb, exchange);
    }
    return session->identity.has_tgt;
}

/* HTTP/<name as given> in the realm that the KDCs find (RFC 6806): no canonicalisation. */
static krb5_error_code build_service(krb5_context krb, const char *service, const char *host,
                                     krb5_principal *principal)
{
    krb5_error_code code = krb5_build_principal_ext(
        krb, principal, 0, "", (unsigned)strlen(service), service, (unsigned)strlen(host), host, 0);

    if (code == 0) {
        (*principal)->type = KRB5_NT_SRV_INST;
    }
    return code;
}

/* Whether the request asks for a krbtgt although the user wants a service: the KDC has said that it
   cannot refer, and the library would now guess a path that no Windows client takes. */
static bool is_guess(struct arena *arena, const krb5_data *request)
{
    struct evidence_kdc seen = {0};

    return kerberos_decode_request(arena, request->data, request->length, &seen) && seen.service &&
           strncmp(seen.service, "krbtgt/", strlen("krbtgt/")) == 0;
}

/* Steps through the TGS exchange; the record of the reply with the ticket, or NULL. */
static const struct evidence_kdc *tgs_exchange(struct ticket_session *session,
                                               krb5_tkt_creds_context exchange,
                                               enum evidence_step step, uint32_t case_id,
                                               struct evidence_set *evidence,
                                               struct service_ticket *ticket)
{
    krb5_context krb = session->context.krb;
    const struct evidence_kdc *answer = NULL;
    struct buffer reply = {0};
    bool complete = false;

    for (int i = 0; i < MESSAGES_MAX; i++) {
        krb5_data in = {.length = (unsigned)reply.length, .data = reply.data};
        krb5_data out = {0};
        krb5_data realm = {0};
        unsigned flags = 0;
        krb5_error_code code = krb5_tkt_creds_step(krb, exchange, &in, &out, &realm, &flags);
        bool stop = code != 0;

        complete = code == 0 && !(flags & KRB5_TKT_CREDS_STEP_FLAG_CONTINUE);
        if (code != 0 && answer) {
            note_problem(session, answer, code, evidence);
        } else if (code == 0 && !complete) {
            const struct kdc_request request = {out.data, out.length, step,
                                                session->identity.principal, false};

            stop = is_guess(&evidence->arena, &out);
            answer = stop ? NULL : ask(session, &realm, &request, case_id, evidence, &reply);
        }
        krb5_free_data_contents(krb, &out);
        krb5_free_data_contents(krb, &realm);
        if (stop || complete || !answer) {
            break;
        }
        if (answer->reply->error) {
            ticket->unknown = answer->reply->error->code == SERVICE_UNKNOWN;
            break;
        }
    }
    buffer_release(&reply);
    return complete ? answer : NULL;
}

/* Reads name and time of the ticket that the exchange put into the MEMORY cache. */
static void take_ticket(struct ticket_session *session, krb5_tkt_creds_context exchange,
                        const struct evidence_kdc *answer, uint32_t case_id,
                        struct evidence_set *evidence, struct service_ticket *ticket)
{
    krb5_context krb = session->context.krb;
    krb5_creds creds = {0};

    if (krb5_tkt_creds_get_creds(krb, exchange, &creds) != 0) {
        return;
    }
    ticket->principal = kerberos_unparse(krb, creds.server, &evidence->arena);
    ticket->issued = ticket->principal != NULL;
    add_ticket_clock(answer, creds.times.starttime, case_id, evidence);
    krb5_free_cred_contents(krb, &creds);
}

void ticket_get(struct ticket_session *session, const char *service, const char *host,
                enum evidence_step step, uint32_t case_id, struct evidence_set *evidence,
                struct service_ticket *ticket_out)
{
    krb5_context krb = session->context.krb;
    krb5_creds wanted = {.client = session->identity.client};
    krb5_tkt_creds_context exchange = NULL;
    const struct evidence_kdc *answer;

    memset(ticket_out, 0, sizeof(*ticket_out));
    ticket_out->spn = arena_printf(&evidence->arena, "%s/%s", service, host);
    if (build_service(krb, service, host, &wanted.server) != 0) {
        return;
    }
    /* Each case asks for its own, also when an earlier one was about the same service. */
    krb5_cc_remove_cred(krb, session->identity.cache, KRB5_TC_MATCH_SRV_NAMEONLY, &wanted);
    if (krb5_tkt_creds_init(krb, session->identity.cache, &wanted, KRB5_GC_CANONICALIZE,
                            &exchange) == 0) {
        answer = tgs_exchange(session, exchange, step, case_id, evidence, ticket_out);
        if (answer) {
            take_ticket(session, exchange, answer, case_id, evidence, ticket_out);
        }
        krb5_tkt_creds_free(krb, exchange);
    }
    krb5_free_principal(krb, wanted.server);
}
