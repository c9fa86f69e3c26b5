/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_request.h"

#include "captures/story_names.h"

uint64_t request_frame(const struct mark *asked, const struct mark *answered)
{
    return asked->frame ? asked->frame : answered->frame;
}

uint64_t kept_frame(const struct kept *kept)
{
    return request_frame(&kept->asked, &kept->answered);
}

int64_t kept_began(const struct kept *kept)
{
    return kept->asked.frame ? kept->asked.at : kept->answered.at;
}

int64_t request_status(const struct evidence_http *http)
{
    return http->reply ? http->reply->status : 0;
}

bool request_accepted(const struct evidence_http *http)
{
    const int64_t status = request_status(http);

    if (http->leg == LEG_ANONYMOUS) {
        return status >= 200 && status < 300;
    }
    return status >= 200 && !(status >= 300 && status < 400) && status != 401 && status != 403 &&
           status != 407 && !(status >= 502 && status <= 504);
}

bool request_is_ntlm(const struct evidence_http *http)
{
    return http->sent && http->sent->kind == NEGOTIATE_NTLM;
}

bool request_is_challenge(const struct evidence_http *http)
{
    const struct negotiate_token *answer = http->answer;

    return request_status(http) == 401 && answer && !answer->error &&
           (answer->kind == NEGOTIATE_NTLM || answer->state == SPNEGO_ACCEPT_INCOMPLETE ||
            answer->state == SPNEGO_REQUEST_MIC);
}

bool request_is_unsent(const struct evidence_http *http)
{
    return !http->method && http->phase == PHASE_CONNECT;
}

/* A HOST ticket is what a client presents that wants to know whose key the MP has; Windows never
   does. */
void request_find_leg(struct evidence_http *http)
{
    const char *service = http->sent && http->sent->ticket ? http->sent->ticket->service : NULL;

    if (!http->sent && http->token_bytes == EVIDENCE_UNKNOWN) {
        http->leg = LEG_ANONYMOUS;
        http->step = STEP_ANONYMOUS;
    } else if (service && story_starts(service, "HOST/")) {
        http->leg = LEG_HOST;
        http->step = STEP_HOST_AUTHENTICATED;
    } else {
        http->leg = LEG_NEGOTIATE;
        http->step = STEP_AUTHENTICATED;
    }
    http->spn = http->spn ? http->spn : service;
    if (http->sent && http->token_bytes == EVIDENCE_UNKNOWN) {
        http->token_bytes = http->sent->bytes;
    }
}

/* Was the connection of the client's request before used again? */
void request_find_reuse(struct story_client *client, struct kept *kept)
{
    if (kept->http->reused == TRI_UNKNOWN && kept->connection != 0) {
        kept->http->reused = kept->http->connect_us == EVIDENCE_UNKNOWN &&
                                     kept->connection == client->last_connection
                                 ? TRI_YES
                                 : TRI_NO;
    }
    client->last_connection = kept->connection;
}
