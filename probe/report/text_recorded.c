/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder of a recorded case: a line for each message, between three lanes.
 *
 *  Frame       Time  Client DC/DNS  MP
 *      4    0.000 s  |-------------->| CCM_POST, anonymous
 *     13    0.020 s  |------->|      | TGS-REQ HTTP/mp.contoso.lab to CONTOSO.LAB
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codes/codes.h"
#include "report/events.h"
#include "report/reference.h"
#include "report/text.h"
#include "report/words.h"

enum {
    FRAME_END = 6,
    TIME_END = 17,
    LANES = 19,
    WORDS_COLUMN = 37,
    EVENT_LIMIT = 100, /* without -v */
};

/* Ends at `column`, or as soon after it as it can. */
static void put_right(struct layout *layout, int column, const char *text)
{
    layout_pad(layout, column - (int)strlen(text));
    layout_text(layout, column, text);
}

/* From the client to a KDC or DNS server, and to the MP: there, back, and nothing back. */
static const char *arrow_of(const struct event *event)
{
    const bool silent = event->reply && !event_answered(event->record);

    if (event->record->kind == EVIDENCE_HTTP) {
        return silent         ? "|  x            |"
               : event->reply ? "|<--------------|"
                              : "|-------------->|";
    }
    return silent ? "|  x     |      |" : event->reply ? "|<-------|      |" : "|------->|      |";
}

/* --- what the messages are --- */

static void say_kdc_request(const struct evidence_kdc *kdc, struct buffer *out)
{
    buffer_puts(out, kdc->purpose == KDC_AS    ? "AS-REQ"
                     : kdc->purpose == KDC_TGS ? "TGS-REQ"
                                               : "request");
    if (kdc->purpose != KDC_AS && kdc->service) {
        buffer_printf(out, " %s", kdc->service);
    }
    if (kdc->realm) {
        buffer_printf(out, " to %s", kdc->realm);
    }
    if (kdc->attempts != EVIDENCE_UNKNOWN && kdc->attempts > 1) {
        buffer_printf(out, ", sent %" PRId64 " times", kdc->attempts);
    }
}

static void say_kdc_reply(const struct kdc_reply *reply, struct buffer *out)
{
    char etype[WORDS_SIZE];

    if (reply->kind == KDC_REPLY_ERROR && reply->error) {
        say_krb_error(reply->error, out);
        return;
    }
    if (reply->kind != KDC_REPLY_AS && reply->kind != KDC_REPLY_TGS) {
        buffer_puts(out, "a reply that is no answer to the request");
        return;
    }
    buffer_puts(out, reply->kind == KDC_REPLY_AS ? "AS-REP" : "TGS-REP");
    if (reply->referral) {
        buffer_printf(out, ", referral to %s", reply->referral);
    } else if (reply->ticket && reply->ticket->etype != EVIDENCE_UNKNOWN) {
        buffer_printf(out, ", ticket (%s", say_etype(reply->ticket->etype, etype));
        if (reply->ticket->kvno != EVIDENCE_UNKNOWN) {
            buffer_printf(out, "," NBSP "kvno" NBSP "%" PRId64, reply->ticket->kvno);
        }
        buffer_puts(out, ")");
    }
}

static void say_sent(const struct negotiate_token *sent, struct buffer *out)
{
    if (!sent) {
        buffer_puts(out, ", anonymous");
    } else if (sent->ticket) {
        buffer_puts(out, ", ticket ");
        say_ticket(sent->ticket, out);
    } else if (sent->kind == NEGOTIATE_MALFORMED) {
        buffer_puts(out, ", a token that cannot be read");
    } else {
        buffer_printf(out, ", %s",
                      sent->content                  ? sent->content
                      : sent->kind == NEGOTIATE_NTLM ? "NTLM"
                                                     : "Negotiate");
    }
}

/* What all lines of a ladder have in common. */
struct ladder {
    const struct evidence_run *run;
    int64_t first;  /* the time of its first line; may be unknown */
    bool addresses; /* of the MP, several */
};

/* Without a method nothing was sent: the connection never stood. */
static void say_http_request(const struct evidence_http *http, const struct ladder *ladder,
                             struct buffer *out)
{
    const struct evidence_run *run = ladder->run;

    if (!http->method) {
        buffer_puts(out, "connection to ");
        say_address(http->address ? http->address : "the MP", http->port, 80, out);
        return;
    }
    buffer_puts(out, http->method);
    if (http->path && !(run && run->path && strcmp(run->path, http->path) == 0)) {
        buffer_printf(out, " %s", http->path);
    }
    say_sent(http->sent, out);
    if (ladder->addresses && http->address) {
        buffer_printf(out, ", to %s", http->address);
    }
}

static void say_http_reply(const struct evidence_http *http, struct buffer *out)
{
    say_status(http->reply, out);
    for (size_t i = 0; !http->sent && i < http->reply->scheme_count; i++) {
        buffer_printf(out, "%s%s", i == 0 ? ", offers " : ", ", http->reply->schemes[i]);
    }
    if (http->answer && http->answer->error) {
        buffer_puts(out, ", ");
        say_krb_error(http->answer->error, out);
    } else if (http->answer && http->answer->content) {
        buffer_printf(out, ", %s", http->answer->content);
    }
}

static void say_event(const struct event *event, const struct ladder *ladder, struct buffer *out)
{
    const struct evidence_record *record = event->record;

    if (event->reply && !event_answered(record)) {
        say_outcome(event_outcome(record), PHASE_UNKNOWN, out);
    } else if (record->kind == EVIDENCE_DNS) {
        if (event->reply) {
            say_dns_answer(record->dns, out);
        } else {
            buffer_printf(out, "DNS %s %s", record->dns->type, record->dns->name);
        }
    } else if (record->kind == EVIDENCE_KDC) {
        if (event->reply) {
            say_kdc_reply(record->kdc->reply, out);
        } else {
            say_kdc_request(record->kdc, out);
        }
    } else if (event->reply) {
        say_http_reply(record->http, out);
    } else {
        say_http_request(record->http, ladder, out);
    }
}

/* --- the lines --- */

static void put_event(struct layout *layout, const struct event *event, const struct ladder *ladder)
{
    struct buffer text = {0};
    char word[WORDS_SIZE];

    if (event->frame != EVIDENCE_UNKNOWN) {
        snprintf(word, sizeof(word), "%" PRId64, event->frame);
        put_right(layout, FRAME_END, word);
    }
    if (event->at != EVIDENCE_UNKNOWN && ladder->first != EVIDENCE_UNKNOWN) {
        put_right(layout, TIME_END, say_elapsed(event->at - ladder->first, word));
    }
    layout_pad(layout, LANES);
    layout_text(layout, LANES, arrow_of(event));
    say_event(event, ladder, &text);
    layout_pad(layout, WORDS_COLUMN);
    layout_text(layout, WORDS_COLUMN, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

/* The file's name stands over its frames where there are several. */
static const char *put_source(struct layout *layout, const struct event *event, const char *last)
{
    const struct evidence_place *place = event->record->place;
    const char *source = place ? place->source : NULL;

    if (!layout->name_sources || !source || (last && strcmp(source, last) == 0)) {
        return last;
    }
    layout_printf(layout, 0, "%s:", source);
    layout_end(layout);
    return source;
}

static void put_lanes(struct layout *layout)
{
    put_right(layout, FRAME_END, "Frame");
    put_right(layout, TIME_END, "Time");
    layout_pad(layout, LANES);
    layout_text(layout, LANES, "Client DC/DNS  MP");
    layout_end(layout);
}

void text_recorded_ladder(struct layout *layout, const struct case_view *view)
{
    struct arena arena = {0};
    struct event *events;
    const size_t count = events_of(&arena, view, &events);
    const size_t shown =
        layout->options->verbosity > 0 || count <= EVENT_LIMIT ? count : EVENT_LIMIT;
    struct ladder ladder = {view->run, EVIDENCE_UNKNOWN, events_have_addresses(events, count)};
    const char *source = NULL;
    int64_t last;

    events_span(events, count, &ladder.first, &last);
    if (count > 0) {
        put_lanes(layout);
    }
    for (size_t i = 0; i < shown; i++) {
        source = put_source(layout, &events[i], source);
        put_event(layout, &events[i], &ladder);
    }
    if (shown < count) {
        layout_pad(layout, LANES);
        layout_printf(layout, LANES, "and %zu more messages: -v shows them", count - shown);
        layout_end(layout);
    }
    arena_release(&arena);
}
