/* SPDX-License-Identifier: Apache-2.0 */
/* One request to the management point, and its reply. */
#include <string.h>
#include <strings.h>

#include "report/text.h"
#include "report/words.h"

enum { ARROW_INDENT = LAYOUT_INDENT + 4 };

static void put_line(struct layout *layout, const struct buffer *text)
{
    layout_pad(layout, ARROW_INDENT);
    layout_text(layout, ARROW_INDENT, buffer_text(text));
    layout_end(layout);
}

static void put_request(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_http *http = record->http;
    const bool whole = layout->options->verbosity > 0;
    char word[WORDS_SIZE];
    struct buffer text = {0};

    buffer_printf(&text, "--> %s", http->method ? http->method : "request");
    if (http->path && (whole || http->leg == LEG_MPLIST)) {
        buffer_printf(&text, " %s", http->path);
    }
    if (http->address) {
        buffer_puts(&text, " to ");
        say_address(http->address, http->port, EVIDENCE_UNKNOWN, &text);
    }
    if (http->token_bytes != EVIDENCE_UNKNOWN) {
        buffer_puts(&text, ", Negotiate");
        if (http->spn && whole) {
            buffer_printf(&text, " for %s", http->spn);
        }
        say_bytes(http->token_bytes, &text);
    }
    if (whole && http->connect_us != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", connected in %s", say_duration(http->connect_us, word));
    }
    if (whole && http->tls_us != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", TLS in %s", say_duration(http->tls_us, word));
    }
    if (whole && http->request_bytes != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", head of %lld" NBSP "bytes", (long long)http->request_bytes);
    }
    layout_record(layout, record);
    layout_text(layout, ARROW_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

/* The answers that an MP gives in the exchange; of others, who gave them matters. */
static bool is_plain(int64_t status)
{
    return status == 200 || status == 401;
}

/* The 401 that every client gets first: a challenge, not a refusal. */
static bool is_challenge(const struct evidence_http *http)
{
    if (http->leg != LEG_ANONYMOUS || http->reply->status != 401) {
        return false;
    }
    for (size_t i = 0; i < http->reply->scheme_count; i++) {
        if (strcasecmp(http->reply->schemes[i], "Negotiate") == 0) {
            return true;
        }
    }
    return false;
}

static void say_reply(const struct evidence_http *http, bool whole, struct buffer *text)
{
    const struct http_reply *reply = http->reply;

    if (!reply) {
        say_outcome(http->outcome, http->phase, text);
        return;
    }
    say_status(reply, text);
    if (is_challenge(http)) {
        buffer_puts(text, ", as expected");
    }
    if (!is_challenge(http) || whole) {
        say_status_meaning(reply, whole, text);
    }
    if (reply->is_mplist == TRI_YES) {
        buffer_puts(text, ", a list of management points");
    } else if (reply->is_mplist == TRI_NO && http->leg == LEG_MPLIST) {
        buffer_puts(text, ", no list of management points");
    }
    if (http->outcome != OUTCOME_REPLY) {
        buffer_puts(text, ", then ");
        say_outcome(http->outcome, http->phase, text);
    }
}

/* The fields of the head that tell who answered. */
static void put_head(struct layout *layout, const struct http_reply *reply)
{
    struct buffer text = {0};
    char word[WORDS_SIZE];

    for (size_t i = 0; i < reply->scheme_count; i++) {
        buffer_printf(&text, "%s%s", i == 0 ? "; offers " : ", ", reply->schemes[i]);
    }
    if (reply->server) {
        buffer_printf(&text, "; Server: %s", reply->server);
    }
    if (reply->date != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; Date:" NBSP "%s", say_time(reply->date, word));
    }
    if (reply->via) {
        buffer_printf(&text, "; Via: %s", reply->via);
    }
    if (reply->location) {
        buffer_printf(&text, "; Location: %s", reply->location);
    }
    if (reply->page && !is_plain(reply->status)) {
        buffer_printf(&text, "; page: %s", reply->page);
    }
    if (text.length > 0) {
        layout_pad(layout, ARROW_INDENT);
        layout_text(layout, ARROW_INDENT, buffer_text(&text) + 2);
        layout_end(layout);
    }
    buffer_release(&text);
}

/* With -v: the rest of the head. */
static void put_rest(struct layout *layout, const struct http_reply *reply)
{
    struct buffer text = {0};

    if (reply->version) {
        buffer_printf(&text, "; %s", reply->version);
    }
    if (reply->connection) {
        buffer_printf(&text, "; Connection: %s", reply->connection);
    }
    if (reply->content_type) {
        buffer_printf(&text, "; Content-Type: %s", reply->content_type);
    }
    if (reply->head_bytes != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; head of %lld bytes", (long long)reply->head_bytes);
    }
    if (reply->body_bytes != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; body of %lld bytes", (long long)reply->body_bytes);
    }
    if (reply->page && is_plain(reply->status)) {
        buffer_printf(&text, "; page: %s", reply->page);
    }
    if (text.length > 0) {
        layout_pad(layout, ARROW_INDENT);
        layout_text(layout, ARROW_INDENT, buffer_text(&text) + 2);
        layout_end(layout);
    }
    buffer_release(&text);
}

static const char *kind_word(enum negotiate_kind kind)
{
    switch (kind) {
    case NEGOTIATE_SPNEGO_INIT:
    case NEGOTIATE_SPNEGO_RESP:
        return "SPNEGO";
    case NEGOTIATE_KERBEROS:
        return "Kerberos";
    case NEGOTIATE_NTLM:
        return "NTLM";
    case NEGOTIATE_MALFORMED:
        return "a token that cannot be read";
    case NEGOTIATE_UNKNOWN:
        break;
    }
    return "a token";
}

static const char *state_word(enum spnego_state state)
{
    switch (state) {
    case SPNEGO_ACCEPT_COMPLETED:
        return "accept-completed";
    case SPNEGO_ACCEPT_INCOMPLETE:
        return "accept-incomplete";
    case SPNEGO_REJECT:
        return "reject";
    case SPNEGO_REQUEST_MIC:
        return "request-mic";
    case SPNEGO_UNKNOWN:
        break;
    }
    return NULL;
}

static void put_answer(struct layout *layout, const struct negotiate_token *answer)
{
    const bool whole = layout->options->verbosity > 0;
    const char *state = state_word(answer->state);
    struct buffer text = {0};

    buffer_printf(&text, "The MP answers with %s", kind_word(answer->kind));
    if (state) {
        buffer_printf(&text, " %s", state);
    }
    if (answer->mech) {
        buffer_printf(&text, ", %s", answer->mech);
    }
    if (answer->error) {
        buffer_puts(&text, ", ");
        say_krb_error(answer->error, &text);
        say_krb_meaning(answer->error, whole, &text);
    } else if (answer->content) {
        buffer_printf(&text, ", %s", answer->content);
    }
    if (answer->error && answer->error->service) {
        buffer_printf(&text, " (its server name: %s%s%s)", answer->error->service,
                      answer->error->realm ? "@" : "",
                      answer->error->realm ? answer->error->realm : "");
    }
    if (answer->ntlm_target) {
        buffer_printf(&text, ", of %s", answer->ntlm_target);
    }
    if (whole && answer->bytes != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", %lld bytes", (long long)answer->bytes);
    }
    put_line(layout, &text);
    buffer_release(&text);
}

static const char *mutual_words(enum mutual_outcome mutual)
{
    switch (mutual) {
    case MUTUAL_PROVEN:
        return "Mutual authentication: the MP proved that it holds the service's key";
    case MUTUAL_MISSING:
        return "Mutual authentication: missing, the MP sent no AP-REP";
    case MUTUAL_FAILED:
        return "Mutual authentication: failed, the session key does not open the AP-REP";
    case MUTUAL_UNKNOWN:
        break;
    }
    return NULL;
}

static void put_security(struct layout *layout, const struct evidence_http *http)
{
    struct buffer text = {0};

    if (http->answer) {
        put_answer(layout, http->answer);
    }
    if (mutual_words(http->mutual)) {
        buffer_puts(&text, mutual_words(http->mutual));
        if (http->channel_bindings == TRI_YES) {
            buffer_puts(&text, "; channel bindings were sent");
        }
        put_line(layout, &text);
    }
    if (http->gss_text) {
        buffer_release(&text);
        buffer_printf(&text, "GSSAPI: %s", http->gss_text);
        put_line(layout, &text);
    }
    buffer_release(&text);
}

void text_http(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_http *http = record->http;
    const bool whole = layout->options->verbosity > 0;
    char duration[WORDS_SIZE];
    struct buffer text = {0};

    put_request(layout, record);
    buffer_puts(&text, "<-- ");
    say_reply(http, whole, &text);
    layout_margin(layout, say_duration(http->rtt_us, duration));
    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, ARROW_INDENT, buffer_text(&text));
    layout_end(layout);
    if (http->reply && (whole || http->leg == LEG_ANONYMOUS || !is_plain(http->reply->status))) {
        put_head(layout, http->reply);
    }
    if (http->reply && whole) {
        put_rest(layout, http->reply);
    }
    put_security(layout, http);
    buffer_release(&text);
}
