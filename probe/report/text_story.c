/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded case in sentences: a request and what came of it in each, with their frames. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "codes/codes.h"
#include "report/events.h"
#include "report/reference.h"
#include "report/steps.h"
#include "report/text.h"
#include "report/words.h"
#include "rules/rule.h"

enum { SENTENCE_LIMIT = 40 }; /* without -v */

struct story {
    const struct case_view *view;
    struct buffer *out;
    bool named;          /* frames are named with their file where that is another one */
    const char *source;  /* that was named last */
    bool addresses;      /* of the MP, several */
    bool posted;         /* a CCM_POST was told */
    const char *service; /* that was asked for last */
    size_t sentences;
};

static void say_where(struct story *story, const struct evidence_record *record, int64_t frame)
{
    const char *source = record->place ? record->place->source : NULL;
    const bool other = source && (!story->source || strcmp(story->source, source) != 0);

    if (frame != EVIDENCE_UNKNOWN) {
        buffer_puts(story->out, " in ");
        say_frame(record->place, frame, story->named && other, story->out);
        story->source = source;
    }
}

static const char *silence_words(const struct evidence_record *record)
{
    switch (event_outcome(record)) {
    case OUTCOME_TIMEOUT:
        return "no answer comes";
    case OUTCOME_REFUSED:
        return record->kind == EVIDENCE_KDC && record->kdc->transport == TRANSPORT_UDP
                   ? "the datagram is refused"
                   : "the connection is refused";
    case OUTCOME_UNREACHABLE:
        return record->kind == EVIDENCE_DNS ? "the server cannot be reached"
                                            : "the address cannot be reached";
    case OUTCOME_CLOSED:
        return "the connection is closed without an answer";
    case OUTCOME_MALFORMED:
        return "what comes back cannot be read";
    case OUTCOME_TLS_FAILED:
        return "TLS fails";
    case OUTCOME_UNKNOWN:
    case OUTCOME_REPLY:
        break;
    }
    return "the answer is not in the recording";
}

/* --- requests: "The client ..." --- */

static void tell_kdc_request(struct story *story, const struct evidence_kdc *kdc)
{
    const bool again = story->service && kdc->service && strcmp(story->service, kdc->service) == 0;

    if (again) {
        buffer_puts(story->out, "makes the same request to");
    } else if (kdc->purpose == KDC_AS) {
        buffer_puts(story->out, "requests a ticket-granting ticket from");
    } else {
        buffer_printf(story->out, "requests a ticket for %s from",
                      kdc->service ? kdc->service : "a service");
    }
    buffer_printf(story->out, kdc->realm ? " the KDC of %s" : " a KDC",
                  kdc->realm ? kdc->realm : "");
    if (again && kdc->transport == TRANSPORT_TCP) {
        buffer_puts(story->out, " over TCP");
    }
    if (kdc->attempts != EVIDENCE_UNKNOWN && kdc->attempts > 1) {
        buffer_printf(story->out, ", %" PRId64 " times,", kdc->attempts);
    }
    story->service = kdc->service;
}

static void tell_http_request(struct story *story, const struct evidence_http *http)
{
    const struct evidence_run *run = story->view->run;
    const bool usual = http->path && run && run->path && strcmp(run->path, http->path) == 0;

    if (!http->method) {
        buffer_puts(story->out, "connects to ");
        say_address(http->address ? http->address : "the MP", http->port, 80, story->out);
        return;
    }
    buffer_printf(story->out, "%sissues the %s", story->posted && http->sent ? "re" : "",
                  http->method);
    if (http->path && !usual) {
        buffer_printf(story->out, " to %s", http->path);
    }
    if (!http->sent) {
        buffer_puts(story->out, " with no security information");
    } else if (http->sent->ticket) {
        buffer_printf(story->out, " with the ticket for %s",
                      http->sent->ticket->service ? http->sent->ticket->service : "a service");
    } else if (http->sent->kind == NEGOTIATE_NTLM) {
        buffer_printf(story->out, " with %s", http->sent->content ? http->sent->content : "NTLM");
    } else {
        buffer_puts(story->out, " with a token");
    }
    if (story->addresses && http->address) {
        buffer_printf(story->out, " to %s", http->address);
    }
    story->posted = story->posted || http->leg != LEG_MPLIST;
}

static void tell_request(struct story *story, const struct evidence_record *record)
{
    buffer_puts(story->out, "The client ");
    if (record->kind == EVIDENCE_DNS) {
        buffer_printf(story->out, "asks DNS for %s (%s)", record->dns->name, record->dns->type);
    } else if (record->kind == EVIDENCE_KDC) {
        tell_kdc_request(story, record->kdc);
    } else {
        tell_http_request(story, record->http);
    }
    say_where(story, record, record->place ? record->place->frame : EVIDENCE_UNKNOWN);
}

/* --- replies --- */

static void tell_kdc_reply(const struct story *story, const struct evidence_kdc *kdc)
{
    const struct kdc_reply *reply = kdc->reply;
    char etype[WORDS_SIZE];

    if (reply->kind == KDC_REPLY_ERROR && reply->error) {
        if (reply->error->code == KRB_CODE_PREAUTH_REQUIRED && kdc->purpose == KDC_AS) {
            buffer_puts(story->out, "the KDC asks for pre-authentication");
        } else if (reply->error->code == KRB_CODE_RESPONSE_TOO_BIG) {
            buffer_puts(story->out, "the KDC asks for TCP");
        } else {
            buffer_puts(story->out, "the KDC responds with ");
            say_krb_error(reply->error, story->out);
        }
    } else if (reply->referral) {
        buffer_printf(story->out, "the KDC refers it to %s", reply->referral);
    } else if (reply->kind == KDC_REPLY_AS || reply->kind == KDC_REPLY_TGS) {
        buffer_puts(story->out, "the KDC responds with the ticket");
        if (reply->ticket && reply->ticket->etype != EVIDENCE_UNKNOWN) {
            buffer_printf(story->out, " (%s)", say_etype(reply->ticket->etype, etype));
        }
    } else {
        buffer_puts(story->out, "the KDC responds with something else");
    }
}

static void tell_http_reply(const struct story *story, const struct evidence_http *http)
{
    buffer_puts(story->out, "the MP responds with ");
    say_status(http->reply, story->out);
    if (http->answer && http->answer->error) {
        buffer_puts(story->out, " and ");
        say_krb_error(http->answer->error, story->out);
    } else if (http->answer && http->answer->content) {
        buffer_printf(story->out, " and %s", http->answer->content);
    }
}

static void tell_reply(struct story *story, const struct evidence_record *record)
{
    if (!event_answered(record)) {
        buffer_puts(story->out, silence_words(record));
    } else if (record->kind == EVIDENCE_DNS) {
        buffer_puts(story->out, "DNS answers with ");
        say_dns_answer(record->dns, story->out);
    } else if (record->kind == EVIDENCE_KDC) {
        tell_kdc_reply(story, record->kdc);
    } else {
        tell_http_reply(story, record->http);
    }
    say_where(story, record, record->place ? record->place->reply_frame : EVIDENCE_UNKNOWN);
}

/* --- the whole --- */

/* Of the questions to DNS those for the MP's name, unless it only lacks a second address; the
   ladder has them all. */
static bool is_told(const struct case_view *view, const struct evidence_record *record)
{
    return record->kind != EVIDENCE_DNS ||
           (view->run && view->run->target &&
            !(record->dns->outcome == DNS_NODATA && strcmp(record->dns->type, "AAAA") == 0) &&
            strcasecmp(view->run->target, record->dns->name) == 0);
}

/* How many of the events belong to the story: with a sign-in seen, what is asked of DNS and
   KDC after the last request to the MP is for something else. */
static size_t story_length(const struct event *events, size_t count)
{
    size_t length = 0;
    bool signed_in = false;

    for (size_t i = 0; i < count; i++) {
        if (events[i].record->kind == EVIDENCE_HTTP) {
            length = i + 1;
            signed_in = signed_in || events[i].record->http->sent;
        }
    }
    return signed_in ? length : count;
}

static void tell(struct story *story, const struct evidence_record *record)
{
    const struct evidence_place *place = record->place;
    const bool reply_only =
        place && place->frame == EVIDENCE_UNKNOWN && place->reply_frame != EVIDENCE_UNKNOWN;

    buffer_puts(story->out, story->sentences++ > 0 ? " " : "");
    if (reply_only) {
        buffer_puts(story->out, "Of a request that is not in the recording, ");
    } else {
        tell_request(story, record);
        buffer_puts(story->out, event_answered(record) ? ", and " : ", but ");
    }
    tell_reply(story, record);
    buffer_puts(story->out, ".");
}

static void tell_precedent(struct story *story, const struct evidence_record *record)
{
    const struct evidence_precedent *precedent = record->precedent;

    buffer_printf(story->out, "%sFor comparison: %s presents ", story->sentences++ > 0 ? " " : "",
                  precedent->client_address ? precedent->client_address : "another client");
    say_ticket(precedent->ticket, story->out);
    say_where(story, record, record->place ? record->place->frame : EVIDENCE_UNKNOWN);
    if (precedent->status != EVIDENCE_UNKNOWN) {
        buffer_printf(story->out, ", and the MP responds with %" PRId64, precedent->status);
        say_where(story, record, record->place ? record->place->reply_frame : EVIDENCE_UNKNOWN);
    }
    buffer_puts(story->out, ".");
}

/* "Not in the recording: the MP's name in DNS, the ticket." */
static void tell_missing(struct story *story, enum skip_reason reason, const char *words)
{
    bool any = false;

    for (size_t i = 0; i < story->view->record_count; i++) {
        const struct evidence_record *record = story->view->records[i];

        if (record->kind == EVIDENCE_SKIP && record->skip->reason == reason) {
            buffer_printf(story->out, "%s%s",
                          any                      ? ", "
                          : story->sentences++ > 0 ? " "
                                                   : "",
                          any ? "" : words);
            buffer_puts(story->out, phrase_step(record->skip->step));
            any = true;
        }
    }
    buffer_puts(story->out, any ? "." : "");
}

void text_story(struct layout *layout, const struct case_view *view)
{
    struct buffer text = {0};
    struct arena arena = {0};
    struct story story = {.view = view, .out = &text, .named = layout->name_sources};
    struct event *events;
    const size_t all = events_of(&arena, view, &events);
    const size_t count = story_length(events, all);
    const bool whole = layout->options->verbosity > 0;

    story.addresses = events_have_addresses(events, all);
    for (size_t i = 0; i < count && (whole || story.sentences < SENTENCE_LIMIT); i++) {
        const struct evidence_place *place = events[i].record->place;
        const bool first = !events[i].reply || (place && place->frame == EVIDENCE_UNKNOWN &&
                                                place->reply_frame != EVIDENCE_UNKNOWN);

        if (first && is_told(view, events[i].record)) {
            tell(&story, events[i].record);
        }
    }
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_PRECEDENT) {
            tell_precedent(&story, view->records[i]);
        }
    }
    tell_missing(&story, SKIP_NOT_RECORDED, "Not in the recording: ");
    tell_missing(&story, SKIP_ENCRYPTED, "In the recording, but unreadable (TLS or HTTP/2): ");
    if (text.length > 0) {
        layout_text(layout, 0, buffer_text(&text));
        layout_end(layout);
    }
    arena_release(&arena);
    buffer_release(&text);
}
