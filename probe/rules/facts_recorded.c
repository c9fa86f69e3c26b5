/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"

bool fact_is_recorded(const struct case_view *view)
{
    return view->run && view->run->origin == ORIGIN_CAPTURE;
}

bool fact_is_incomplete(const struct evidence_recording *recording)
{
    return recording->problem || recording->limit_count > 0 ||
           (recording->cut_frames != EVIDENCE_UNKNOWN && recording->cut_frames > 0) ||
           (recording->one_sided_connections != EVIDENCE_UNKNOWN &&
            recording->one_sided_connections > 0) ||
           (recording->lost_segments != EVIDENCE_UNKNOWN && recording->lost_segments > 0);
}

bool fact_is_fallback(const struct case_view *view, const struct evidence_http *http)
{
    return fact_is_recorded(view) && http->path && name_starts(http->path, "/ccm_system/");
}

bool fact_sent_ntlm(const struct evidence_record *leg)
{
    return leg && leg->http->sent && leg->http->sent->kind == NEGOTIATE_NTLM;
}

bool fact_is_other_name(const struct case_view *view, const char *service)
{
    const char *host = service && name_starts(service, "HTTP/") ? service + strlen("HTTP/") : NULL;
    char name[256];
    size_t length = host ? strcspn(host, ":/@") : 0;

    /* The colons of an IPv6 address are no port; it is compared as a whole. */
    if (host && name_is_address(host)) {
        length = strlen(host);
    }
    if (length == 0 || length >= sizeof(name) || !fact_target(view)) {
        return false;
    }
    memcpy(name, host, length);
    name[length] = '\0';
    return !fact_names_mp(view, name);
}

const struct evidence_record *fact_registration(const struct case_view *view)
{
    const struct evidence_record *found = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_registration *registration = record->registration;

        if (record->kind == EVIDENCE_REGISTRATION && (registration->status != EVIDENCE_UNKNOWN ||
                                                      registration->approval != EVIDENCE_UNKNOWN)) {
            found = record;
        }
    }
    return found;
}

bool web_is_sign_in(const struct web_request *request)
{
    return request->path && name_starts(request->path, "/ccm_system_windowsauth");
}

bool web_is_accepted(const struct web_request *request)
{
    return web_is_sign_in(request) && request->user && request->status != EVIDENCE_UNKNOWN &&
           request->status != HTTP_CODE_UNAUTHORIZED && request->status != HTTP_CODE_FORBIDDEN;
}

bool web_is_computer(const char *user)
{
    const size_t length = user ? strcspn(user, "@") : 0;

    return length > 0 && user[length - 1] == '$';
}

/* A first 401, which asks for an identity. */
static bool is_challenge(const struct web_request *request)
{
    return request->status == HTTP_CODE_UNAUTHORIZED &&
           (request->substatus == EVIDENCE_UNKNOWN || request->substatus == 2);
}

/* The 401 in the middle of NTLM, by which the server sends its challenge. */
static bool is_ntlm_challenge(const struct web_request *request)
{
    static const int64_t no_credentials = 0x8009030E; /* SEC_E_NO_CREDENTIALS */

    return request->status == HTTP_CODE_UNAUTHORIZED && request->substatus == 1 &&
           request->win32 == no_credentials;
}

/* The last request of a sign-in of which nothing but its challenges is known; else NULL. */
static const struct web_request *last_challenge(const struct evidence_web_client *client)
{
    const struct web_request *found = NULL;
    const struct web_request *ntlm = NULL;

    for (size_t i = 0; i < client->request_count; i++) {
        const struct web_request *request = &client->requests[i];

        if (!web_is_sign_in(request)) {
            continue;
        }
        if (request->count != 1) {
            return NULL;
        }
        if (!found && is_challenge(request)) {
            found = request;
        } else if (!ntlm && is_ntlm_challenge(request)) {
            ntlm = request;
        } else {
            return NULL;
        }
    }
    return ntlm ? ntlm : found;
}

static bool went_on(const struct evidence_web_client *client, const struct web_request *challenge)
{
    for (size_t i = 0; i < client->request_count; i++) {
        const struct web_request *request = &client->requests[i];

        if (request != challenge && request->last_at >= challenge->at &&
            (request->last_at > challenge->at || request->last_line > challenge->line)) {
            return true;
        }
    }
    return false;
}

bool fact_log_ends(const struct case_view *view, const struct evidence_web_client *client)
{
    static const int64_t wait = FACT_WAIT_S * (int64_t)1000000;
    const struct web_request *challenge = last_challenge(client);

    /* Who cuts lines out of a log cuts those that are worth a look. */
    if (!challenge || challenge->at == EVIDENCE_UNKNOWN || client->guessed == TRI_YES ||
        went_on(client, challenge)) {
        return false;
    }
    for (size_t i = 0; i < view->common_count; i++) {
        const struct evidence_recording *log = view->common[i]->recording;

        if (view->common[i]->kind == EVIDENCE_RECORDING && log->name && challenge->source &&
            strcmp(log->name, challenge->source) == 0 && log->last_at != EVIDENCE_UNKNOWN) {
            return log->last_at - challenge->at < wait;
        }
    }
    return false;
}
