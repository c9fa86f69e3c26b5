/* SPDX-License-Identifier: Apache-2.0 */
/* What a web server's log has of one client: its requests, those that are alike once. */
#include <inttypes.h>
#include <string.h>

#include "report/text.h"
#include "report/words.h"

enum { REQUEST_INDENT = LAYOUT_INDENT + 2, MOST_REQUESTS = 16 };

static bool is_of_one_file(const struct evidence_web_client *client)
{
    const char *first = client->request_count > 0 ? client->requests[0].source : NULL;

    for (size_t i = 0; i < client->request_count; i++) {
        const struct web_request *request = &client->requests[i];

        if (!first || !request->source || strcmp(request->source, first) != 0 ||
            !request->last_source || strcmp(request->last_source, first) != 0) {
            return false;
        }
    }
    return true;
}

static void add_part(struct buffer *out)
{
    buffer_puts(out, out->length > 0 ? "; " : "");
}

/* "ex.log; as CONTOSO\WK01$, by ccmhttp". HTTPERR has neither: http.sys looks at no sign-in. */
static void say_who(const struct web_request *request, bool name_source, bool users,
                    struct buffer *out)
{
    if (name_source && request->source) {
        buffer_puts(out, request->source);
    }
    if (request->reason) {
        return;
    }
    add_part(out);
    if (request->user) {
        buffer_printf(out, "as %s", request->user);
    } else {
        buffer_puts(out, users ? "no user" : "user not logged");
    }
    if (request->user_agent) {
        buffer_printf(out, ", by %s", request->user_agent);
    }
}

/* "401.2 Unauthorized: why; Win32 status 5 ERROR_ACCESS_DENIED: why". */
static void say_answer(const struct web_request *request, struct buffer *out)
{
    struct http_reply reply = {.status = request->status, .substatus = EVIDENCE_UNKNOWN};

    if (request->substatus != EVIDENCE_UNKNOWN && request->status != EVIDENCE_UNKNOWN) {
        reply.substatus = request->status * 1000 + request->substatus;
    }
    if (request->status != EVIDENCE_UNKNOWN) {
        add_part(out);
        say_status(&reply, out);
    }
    if (request->reason) {
        buffer_printf(out, ", %s", request->reason);
        say_httpsys(request->reason, out);
    } else if (request->status != EVIDENCE_UNKNOWN) {
        say_status_meaning(&reply, false, out);
    }
    if (request->win32 != EVIDENCE_UNKNOWN && request->win32 != 0) {
        buffer_puts(out, "; Win32 status ");
        say_win32(request->win32, out);
    }
}

/* "3 times, the last in line 17, 2026-11-20T09:00:01Z". */
static void put_count(struct layout *layout, const struct web_request *request)
{
    char when[WORDS_SIZE];

    if (request->count < 2) {
        return;
    }
    layout_pad(layout, REQUEST_INDENT);
    layout_printf(layout, REQUEST_INDENT, "%" PRId64 " times, the last in line %" PRId64,
                  request->count, request->last_line);
    if (layout->name_sources && request->last_source) {
        layout_printf(layout, REQUEST_INDENT, " of %s", request->last_source);
    }
    if (request->last_at != EVIDENCE_UNKNOWN) {
        layout_printf(layout, REQUEST_INDENT, ", %s", say_time(request->last_at, when));
    }
    layout_end(layout);
}

static void put_request(struct layout *layout, const struct web_request *request, bool users)
{
    struct evidence_place place = {.frame = EVIDENCE_UNKNOWN,
                                   .reply_frame = EVIDENCE_UNKNOWN,
                                   .line = request->line,
                                   .source = request->source};
    const struct evidence_record record = {.place = &place};
    const bool name_source = layout->name_sources;
    struct buffer text = {0};
    char when[WORDS_SIZE];

    layout->name_sources = false;
    layout_record(layout, &record);
    layout->name_sources = name_source;
    layout_pad(layout, REQUEST_INDENT);
    layout_text(layout, REQUEST_INDENT,
                request->at != EVIDENCE_UNKNOWN ? say_time(request->at, when) : "at no known time");
    layout_printf(layout, REQUEST_INDENT, "  %s %s", request->method ? request->method : "(method)",
                  request->path ? request->path : "(path)");
    layout_end(layout);
    layout_pad(layout, REQUEST_INDENT);
    say_who(request, name_source, users, &text);
    say_answer(request, &text);
    layout_text(layout, REQUEST_INDENT, buffer_text(&text));
    layout_end(layout);
    put_count(layout, request);
    buffer_release(&text);
}

/* Does the log say who signed in? HTTPERR does not, as http.sys does not look at sign-ins. */
static bool has_users(const struct evidence_web_client *client)
{
    for (size_t i = 0; i < client->missing_count; i++) {
        if (strcmp(client->missing[i], "cs-username") == 0) {
            return false;
        }
    }
    return true;
}

void text_web_client(struct layout *layout, const struct evidence_web_client *client)
{
    const bool name_sources = layout->name_sources;
    const size_t shown = layout->options->verbosity > 0 || client->request_count < MOST_REQUESTS
                             ? client->request_count
                             : MOST_REQUESTS;
    bool signed_in = false;

    layout->name_sources = !is_of_one_file(client);
    for (size_t i = 0; i < shown; i++) {
        put_request(layout, &client->requests[i], has_users(client));
    }
    layout->name_sources = name_sources;
    for (size_t i = 0; i < client->request_count; i++) {
        signed_in = signed_in || client->requests[i].user;
    }
    if (shown < client->request_count) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, LAYOUT_INDENT, "and %zu more that are unlike these: -v",
                      client->request_count - shown);
        layout_end(layout);
    }
    if (client->dropped > 0) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, LAYOUT_INDENT, "and %" PRId64 " that were too many to be kept",
                      client->dropped);
        layout_end(layout);
    }
    if (signed_in) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_text(layout, LAYOUT_INDENT,
                    "The log tells who signed in, but not whether with Kerberos or NTLM.");
        layout_end(layout);
    }
}
