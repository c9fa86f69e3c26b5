/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What statuses other than 2xx and 401 mean, as an answer to the first request and to the list of
 * management points. Behind an accepted ticket 404, 405 and 500 are normal, since the request has
 * no content; only what keeps a ticket from being looked at counts there.
 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

static bool names_certificate(const struct http_reply *reply)
{
    return reply->page && (strstr(reply->page, "ertificate") || strstr(reply->page, "CERTIFICATE"));
}

/* 403 over HTTPS is mostly the client certificate; IIS tells the substatus to local users only. */
static enum finding_id forbidden(const struct case_view *view, const struct http_reply *reply,
                                 enum finding_confidence *confidence)
{
    switch (reply->substatus) {
    case IIS_CODE_403_4:
        return FINDING_HTTP_SSL_REQUIRED;
    case IIS_CODE_403_7:
    case IIS_CODE_403_12:
    case IIS_CODE_403_13:
    case IIS_CODE_403_16:
    case IIS_CODE_403_17:
        return FINDING_HTTP_CLIENT_CERTIFICATE;
    case EVIDENCE_UNKNOWN:
        break;
    default:
        return FINDING_HTTP_FORBIDDEN;
    }
    if (!view->run || !view->run->scheme || strcmp(view->run->scheme, "https") != 0) {
        return FINDING_HTTP_FORBIDDEN;
    }
    *confidence = names_certificate(reply) ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY;
    return FINDING_HTTP_CLIENT_CERTIFICATE;
}

static enum finding_id not_found(const struct endpoint *endpoint, const struct http_reply *reply,
                                 enum finding_confidence *confidence)
{
    int64_t list = fact_status(endpoint->mplist);
    bool is_mp = list >= 200 && list < 300 && endpoint->mplist->http->reply->is_mplist == TRI_YES;

    if (reply->substatus == IIS_CODE_404_6) {
        return FINDING_HTTP_VERB;
    }
    if (list == HTTP_CODE_NOT_FOUND || (list >= 200 && list < 300 && !is_mp)) {
        return FINDING_NONE; /* http.not-an-mp tells it */
    }
    *confidence = is_mp ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY;
    return FINDING_HTTP_NOT_FOUND;
}

/* The first request's status. 401 is what it should be; 2xx and 407 are told elsewhere. */
static enum finding_id first_status(const struct case_view *view, const struct endpoint *endpoint,
                                    enum finding_confidence *confidence)
{
    const struct http_reply *reply = endpoint->anonymous->http->reply;
    int64_t status = reply->status;

    if (status == HTTP_CODE_UNAUTHORIZED || status < 300 ||
        status == HTTP_CODE_PROXY_AUTHENTICATION_REQUIRED) {
        return FINDING_NONE;
    }
    if (status < 400) {
        return FINDING_HTTP_REDIRECT;
    }
    if (status == HTTP_CODE_FORBIDDEN) {
        return forbidden(view, reply, confidence);
    }
    if (status == HTTP_CODE_NOT_FOUND) {
        return not_found(endpoint, reply, confidence);
    }
    if (status == HTTP_CODE_METHOD_NOT_ALLOWED || status == HTTP_CODE_NOT_IMPLEMENTED) {
        return FINDING_HTTP_VERB;
    }
    if (reply->substatus == IIS_CODE_500_19) {
        return FINDING_HTTP_CONFIG_ERROR;
    }
    return status < 500 ? FINDING_HTTP_BAD_REQUEST : FINDING_HTTP_UNAVAILABLE;
}

/* The status behind a 401, with a ticket: only what keeps the ticket from being looked at. */
static enum finding_id ticket_status(const struct case_view *view, const struct http_reply *reply,
                                     enum finding_confidence *confidence)
{
    if (reply->status >= 300 && reply->status < 400) {
        return FINDING_HTTP_REDIRECT;
    }
    if (reply->status == HTTP_CODE_FORBIDDEN) {
        return forbidden(view, reply, confidence);
    }
    return reply->status >= HTTP_CODE_BAD_GATEWAY && reply->status <= HTTP_CODE_GATEWAY_TIMEOUT
               ? FINDING_HTTP_UNAVAILABLE
               : FINDING_NONE;
}

/* The list of management points is served by another handler of the same web site. */
static enum finding_id list_status(const struct case_view *view, const struct http_reply *reply,
                                   enum finding_confidence *confidence)
{
    enum finding_id id;

    if (reply->status == HTTP_CODE_FORBIDDEN) {
        id = forbidden(view, reply, confidence);
        return id == FINDING_HTTP_FORBIDDEN ? FINDING_NONE : id;
    }
    if (reply->substatus == IIS_CODE_500_19) {
        return FINDING_HTTP_CONFIG_ERROR;
    }
    return reply->status >= HTTP_CODE_INTERNAL_SERVER_ERROR ? FINDING_HTTP_UNAVAILABLE
                                                            : FINDING_NONE;
}

/* One finding an id: further records of the same kind only add evidence. */
static void emit(struct rule_output *out, enum finding_id id, enum finding_level level,
                 enum finding_confidence confidence, const struct evidence_record *record)
{
    const struct http_reply *reply = record->http->reply;
    struct draft *draft = id == FINDING_NONE ? NULL : draft_find(out, id);

    if (id == FINDING_NONE) {
        return;
    }
    if (!draft) {
        draft = draft_new(out, id, level, confidence);
        draft_status(draft, reply);
        draft_argument(draft, "page", reply->page ? reply->page : phrase(PHRASE_UNKNOWN));
        draft_argument(draft, "location", reply->location);
        draft_argument(draft, "failed_path", record->http->path);
    }
    draft_evidence(draft, record);
    draft_item(draft, "address", record->http->address);
}

static void statuses(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        const struct endpoint *endpoint = &endpoints[i];
        const struct evidence_record *last = fact_last_leg(endpoint);
        enum finding_confidence confidence = CONFIDENCE_PROVEN;
        bool asked = fact_status(endpoint->anonymous) == HTTP_CODE_UNAUTHORIZED;
        enum finding_id id;

        if (fact_status(endpoint->anonymous)) {
            id = first_status(view, endpoint, &confidence);
            emit(out, id, LEVEL_NONE, confidence, endpoint->anonymous);
        }
        if (fact_status(last) && (asked || !endpoint->anonymous)) {
            confidence = CONFIDENCE_PROVEN;
            id = ticket_status(view, last->http->reply, &confidence);
            emit(out, id, LEVEL_NONE, confidence, last);
        }
        if (fact_status(endpoint->mplist)) {
            confidence = CONFIDENCE_PROVEN;
            id = list_status(view, endpoint->mplist->http->reply, &confidence);
            emit(out, id, asked && id == FINDING_HTTP_UNAVAILABLE ? LEVEL_WARN : LEVEL_NONE,
                 confidence, endpoint->mplist);
        }
    }
}

rule_fn *const RULES_STATUS[] = {statuses, NULL};
