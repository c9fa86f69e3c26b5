/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"

enum {
    /* http.sys: MaxFieldLength and MaxRequestBytes are 16384 by default (Microsoft KB 820129). */
    HTTP_HEAD_LIMIT = 16384,
    /* A web server's own limit may be lower; Apache's is 8190. Nothing of this size is usual. */
    HTTP_HEAD_LARGE = 8000,
};

static bool same_address(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static struct endpoint *find_endpoint(struct endpoint *endpoints, size_t *count,
                                      const char *address)
{
    for (size_t i = 0; i < *count; i++) {
        if (same_address(endpoints[i].address, address)) {
            return &endpoints[i];
        }
    }
    if (*count == ENDPOINT_LIMIT) {
        return NULL;
    }
    endpoints[*count] = (struct endpoint){.address = address};
    return &endpoints[(*count)++];
}

size_t fact_endpoints(const struct case_view *view, struct endpoint endpoints[ENDPOINT_LIMIT])
{
    size_t count = 0;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        struct endpoint *endpoint = NULL;

        if (record->kind == EVIDENCE_HTTP && !fact_is_fallback(view, record->http)) {
            endpoint = find_endpoint(endpoints, &count, record->http->address);
        }
        if (!endpoint) {
            continue;
        }
        switch (record->http->leg) {
        case LEG_MPLIST:
            endpoint->mplist = record;
            break;
        case LEG_ANONYMOUS:
            endpoint->anonymous = record;
            break;
        case LEG_NEGOTIATE:
            *(fact_sent_ntlm(record) ? &endpoint->ntlm : &endpoint->negotiate) = record;
            break;
        case LEG_HOST:
            endpoint->host = record;
            break;
        case LEG_UNKNOWN:
            break;
        }
    }
    return count;
}

int64_t fact_status(const struct evidence_record *record)
{
    return record && record->http->outcome == OUTCOME_REPLY && record->http->reply
               ? record->http->reply->status
               : 0;
}

bool fact_reached(const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_HTTP && fact_status(view->records[i])) {
            return true;
        }
    }
    return false;
}

bool krb_code_is_key(int64_t code)
{
    return code == KRB_CODE_BAD_INTEGRITY || code == KRB_CODE_NOT_US || code == KRB_CODE_MODIFIED ||
           code == KRB_CODE_BADKEYVER || code == KRB_CODE_NOKEY;
}

/* Bytes of the token as it stands in the request: base64 makes 4 of 3. */
static int64_t token_field_bytes(const struct evidence_http *http)
{
    return http->token_bytes == EVIDENCE_UNKNOWN ? 0 : (http->token_bytes + 2) / 3 * 4;
}

/*
 * http.sys answers such a request itself: "Bad Request - Request Too Long", with Server:
 * Microsoft-HTTPAPI/2.0, where IIS names itself Microsoft-IIS/10.0.
 */
static bool is_too_large(const struct evidence_http *http)
{
    const struct http_reply *reply = http->reply;
    int64_t bytes = token_field_bytes(http);

    if (reply->status == HTTP_CODE_REQUEST_HEADER_FIELDS_TOO_LARGE) {
        return true;
    }
    if (reply->status != HTTP_CODE_BAD_REQUEST) {
        return false;
    }
    if (reply->page && (strstr(reply->page, "Too Long") || strstr(reply->page, "too long"))) {
        return true;
    }
    if (reply->server) {
        return bytes >= HTTP_HEAD_LARGE && !strstr(reply->server, "Microsoft-IIS");
    }
    return bytes >= HTTP_HEAD_LIMIT;
}

static enum ticket_answer unauthorized(const struct evidence_http *http)
{
    const struct krb_error *error = http->answer ? http->answer->error : NULL;

    if (!error) {
        return ANSWER_BARE;
    }
    if (error->ntstatus == (int64_t)NTSTATUS_CODE_STATUS_AUTHENTICATION_FIREWALL_FAILED) {
        return ANSWER_SELECTIVE;
    }
    if (krb_code_is_key(error->code)) {
        return ANSWER_KEY;
    }
    if (error->code == KRB_CODE_SKEW) {
        return ANSWER_SKEW;
    }
    return error->code == KRB_CODE_ETYPE_NOSUPP ? ANSWER_ETYPE : ANSWER_ERROR;
}

enum ticket_answer fact_answer(const struct evidence_record *leg,
                               const struct evidence_record *anonymous)
{
    int64_t first = fact_status(anonymous);
    int64_t status = fact_status(leg);

    if (!leg || (leg->http->outcome == OUTCOME_UNKNOWN && !leg->http->reply)) {
        return ANSWER_NONE;
    }
    if (status == 0) {
        return ANSWER_LOST;
    }
    if (is_too_large(leg->http)) {
        return ANSWER_TOO_LARGE;
    }
    if (status == HTTP_CODE_UNAUTHORIZED) {
        return unauthorized(leg->http);
    }
    if (leg->http->mutual == MUTUAL_PROVEN) {
        return ANSWER_ACCEPTED;
    }
    if (leg->http->mutual == MUTUAL_FAILED || (first != 0 && first != HTTP_CODE_UNAUTHORIZED) ||
        status < 200 || (status >= 300 && status < 400) || status == HTTP_CODE_FORBIDDEN ||
        status == HTTP_CODE_PROXY_AUTHENTICATION_REQUIRED || (status >= 502 && status <= 504)) {
        return ANSWER_OTHER;
    }
    return ANSWER_ACCEPTED;
}

bool fact_accepted(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) == ANSWER_ACCEPTED) {
            return true;
        }
    }
    return false;
}

const struct evidence_record *fact_last_leg(const struct endpoint *endpoint)
{
    if (!endpoint->negotiate || !endpoint->ntlm) {
        return endpoint->ntlm ? endpoint->ntlm : endpoint->negotiate;
    }
    return endpoint->ntlm->id > endpoint->negotiate->id ? endpoint->ntlm : endpoint->negotiate;
}

bool fact_endpoint_signed_in(const struct endpoint *endpoint)
{
    return fact_answer(endpoint->negotiate, endpoint->anonymous) == ANSWER_ACCEPTED ||
           fact_answer(endpoint->ntlm, endpoint->anonymous) == ANSWER_ACCEPTED;
}

bool fact_signed_in(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_endpoint_signed_in(&endpoints[i])) {
            return true;
        }
    }
    return false;
}

bool fact_had_ticket(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) != ANSWER_NONE) {
            return true;
        }
    }
    return fact_ladder(view, STEP_TICKET).issued != NULL;
}

bool fact_presented(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) > ANSWER_LOST) {
            return true;
        }
    }
    return false;
}
