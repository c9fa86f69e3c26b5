/* SPDX-License-Identifier: Apache-2.0 */
/* The rungs of the Kerberos ladder: one request to one KDC, and what came back. */
#include <string.h>

#include "codes/codes.h"
#include "report/text.h"
#include "report/words.h"

enum { ARROW_INDENT = LAYOUT_INDENT + 4 };

static const char *request_word(enum kdc_purpose purpose)
{
    return purpose == KDC_AS ? "AS-REQ" : purpose == KDC_TGS ? "TGS-REQ" : "request";
}

static void put_request(struct layout *layout, const struct evidence_record *record,
                        const char *headline)
{
    const struct evidence_kdc *kdc = record->kdc;
    struct buffer text = {0};

    buffer_printf(&text, "--> %s", request_word(kdc->purpose));
    if (kdc->service && (!headline || strcmp(kdc->service, headline) != 0)) {
        buffer_printf(&text, " %s", kdc->service);
    }
    buffer_printf(&text, " to %s", kdc->realm);
    if (kdc->address) {
        buffer_puts(&text, " at ");
        say_address(kdc->address, kdc->port, 88, &text);
    }
    if (kdc->kdc && (!kdc->address || strcmp(kdc->kdc, kdc->address) != 0)) {
        buffer_printf(&text, kdc->address ? " (%s)" : " at %s", kdc->kdc);
    }
    if (kdc->transport != TRANSPORT_UNKNOWN) {
        buffer_puts(&text, kdc->transport == TRANSPORT_UDP ? ", UDP" : ", TCP");
    }
    if (kdc->attempts != EVIDENCE_UNKNOWN && kdc->attempts > 1) {
        buffer_printf(&text, ", sent %lld times", (long long)kdc->attempts);
    }
    say_bytes(kdc->request_bytes, &text);
    layout_record(layout, record);
    layout_text(layout, ARROW_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

/* An error that is a part of the protocol and no failure. */
static const char *calm_words(const struct evidence_kdc *kdc)
{
    const struct krb_error *error = kdc->reply->error;

    if (error->code == KRB_CODE_PREAUTH_REQUIRED && kdc->purpose == KDC_AS) {
        return ", as expected";
    }
    if (error->code == KRB_CODE_RESPONSE_TOO_BIG && kdc->transport == TRANSPORT_UDP) {
        return ", as expected: again over TCP";
    }
    return NULL;
}

static void say_error_reply(const struct evidence_kdc *kdc, bool whole, struct buffer *text)
{
    const struct krb_error *error = kdc->reply->error;
    const char *calm = calm_words(kdc);

    say_krb_error(error, text);
    if (calm) {
        buffer_puts(text, calm);
        return;
    }
    say_krb_meaning(error, whole, text);
    if (error->text) {
        buffer_printf(text, " (the KDC says: %s)", error->text);
    }
}

static void say_reply(const struct evidence_kdc *kdc, bool whole, struct buffer *text)
{
    const struct kdc_reply *reply = kdc->reply;

    if (kdc->outcome != OUTCOME_REPLY || !reply) {
        say_outcome(kdc->outcome, PHASE_UNKNOWN, text);
    } else if (reply->kind == KDC_REPLY_ERROR && reply->error) {
        say_error_reply(kdc, whole, text);
    } else if (reply->kind == KDC_REPLY_AS || reply->kind == KDC_REPLY_TGS) {
        buffer_puts(text, reply->kind == KDC_REPLY_AS ? "AS-REP " : "TGS-REP ");
        if (reply->referral) {
            buffer_printf(text, "referral -> %s", reply->referral);
        } else {
            buffer_puts(text, "ticket ");
            say_ticket(reply->ticket, text);
        }
        say_bytes(kdc->reply_bytes, text);
    } else {
        buffer_puts(text, "a reply that is no answer to the request");
    }
}

/* With -v: every field of the exchange that the lines above leave out. */
static void put_details(struct layout *layout, const struct evidence_kdc *kdc)
{
    const struct kdc_reply *reply = kdc->reply;
    const struct krb_ticket *ticket = reply ? reply->ticket : NULL;
    const struct krb_error *error = reply ? reply->error : NULL;
    struct buffer text = {0};
    char word[WORDS_SIZE];

    for (size_t i = 0; i < kdc->etype_count; i++) {
        buffer_printf(&text, "%s%s", i == 0 ? "; asks for " : ", ",
                      say_etype(kdc->etypes[i], word));
    }
    if (kdc->connect_us != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; connected in %s", say_duration(kdc->connect_us, word));
    }
    if (ticket && reply->referral) {
        buffer_puts(&text, "; ticket ");
        say_ticket(ticket, &text);
    }
    if (ticket && ticket->length != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; ticket of %lld bytes", (long long)ticket->length);
    }
    if (ticket && ticket->fingerprint) {
        buffer_printf(&text, "; fingerprint %s", ticket->fingerprint);
    }
    if (reply && reply->etype != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; reply sealed with %s", say_etype(reply->etype, word));
    }
    if (reply && reply->client) {
        buffer_printf(&text, "; for %s", reply->client);
    }
    if (error && error->server_time != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; the KDC's clock %s", say_time(error->server_time, word));
    }
    if (text.length > 0) {
        layout_pad(layout, ARROW_INDENT);
        layout_text(layout, ARROW_INDENT, buffer_text(&text) + 2);
        layout_end(layout);
    }
    buffer_release(&text);
}

/* Of a failure that the KDC named itself, the library's words tell nothing new. */
static void put_problem(struct layout *layout, const struct evidence_kdc *kdc)
{
    const bool named = kdc->reply && kdc->reply->error && !calm_words(kdc);

    if (kdc->problem && (!named || layout->options->verbosity > 0)) {
        layout_pad(layout, ARROW_INDENT);
        layout_printf(layout, ARROW_INDENT, "This client's Kerberos library stops here: %s",
                      kdc->problem);
        layout_end(layout);
    }
}

void text_kdc(struct layout *layout, const struct evidence_record *record, const char *headline)
{
    const bool whole = layout->options->verbosity > 0;
    char duration[WORDS_SIZE];
    struct buffer text = {0};

    put_request(layout, record, headline);
    buffer_puts(&text, "<-- ");
    say_reply(record->kdc, whole, &text);
    layout_margin(layout, say_duration(record->kdc->rtt_us, duration));
    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, ARROW_INDENT, buffer_text(&text));
    layout_end(layout);
    put_problem(layout, record->kdc);
    if (whole) {
        put_details(layout, record->kdc);
    }
    buffer_release(&text);
}
