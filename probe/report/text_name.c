/* SPDX-License-Identifier: Apache-2.0 */
/* Names, certificates, identities and clocks: the records that are no exchange of their own. */
#include <string.h>

#include "report/text.h"
#include "report/words.h"

enum { ANSWER_INDENT = LAYOUT_INDENT + 4 };

static const char *outcome_words(enum dns_outcome outcome)
{
    switch (outcome) {
    case DNS_ANSWER:
        return NULL;
    case DNS_NODATA:
        return "none";
    case DNS_NXDOMAIN:
        return "no such name (NXDOMAIN)";
    case DNS_SERVFAIL:
        return "the server could not find out (SERVFAIL)";
    case DNS_REFUSED:
        return "the server will not answer us (REFUSED)";
    case DNS_OTHER_RCODE:
        return "the server answered with another error";
    case DNS_TIMEOUT:
        return "no answer";
    case DNS_UNREACHABLE:
        return "no DNS server could be reached";
    case DNS_MALFORMED:
        return "the reply could not be read";
    case DNS_UNKNOWN:
        break;
    }
    return "unknown";
}

static void say_answer(const struct dns_answer *answer, struct buffer *text)
{
    if (strcmp(answer->type, "CNAME") == 0) {
        buffer_puts(text, "alias of ");
    } else if (strcmp(answer->type, "A") != 0 && strcmp(answer->type, "AAAA") != 0 &&
               strcmp(answer->type, "PTR") != 0 && strcmp(answer->type, "SRV") != 0) {
        buffer_printf(text, "%s ", answer->type);
    }
    buffer_puts(text, answer->value ? answer->value : "?");
    if (strcmp(answer->type, "SRV") == 0 && answer->port != EVIDENCE_UNKNOWN) {
        buffer_printf(text, ":%lld", (long long)answer->port);
    }
}

static void say_answers(const struct dns_answer *answers, size_t count, bool whole,
                        struct buffer *text)
{
    for (size_t i = 0; i < count; i++) {
        const struct dns_answer *answer = &answers[i];

        buffer_puts(text, i > 0 ? ", " : "");
        say_answer(answer, text);
        if (whole && answer->priority != EVIDENCE_UNKNOWN) {
            buffer_printf(text, " priority" NBSP "%lld", (long long)answer->priority);
        }
        if (whole && answer->weight != EVIDENCE_UNKNOWN) {
            buffer_printf(text, " weight" NBSP "%lld", (long long)answer->weight);
        }
        if (whole && answer->ttl != EVIDENCE_UNKNOWN) {
            buffer_printf(text, " ttl" NBSP "%lld" NBSP "s", (long long)answer->ttl);
        }
    }
}

void say_dns_answer(const struct evidence_dns *dns, struct buffer *out)
{
    const char *words = outcome_words(dns->outcome);

    buffer_puts(out, words ? words : "");
    say_answers(dns->answers, dns->answer_count, false, out);
}

void text_dns(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_dns *dns = record->dns;
    const bool whole = layout->options->verbosity > 0;
    const char *words = outcome_words(dns->outcome);
    char duration[WORDS_SIZE];
    struct buffer text = {0};

    buffer_printf(&text, "%s %s: ", dns->type, dns->name);
    if (words) {
        buffer_puts(&text, words);
    }
    say_answers(dns->answers, dns->answer_count, whole, &text);
    if (whole && dns->additional_count > 0) {
        buffer_puts(&text, "; with it came ");
        say_answers(dns->additional, dns->additional_count, whole, &text);
    }
    if (dns->server && (whole || (dns->outcome != DNS_ANSWER && dns->outcome != DNS_NODATA))) {
        buffer_printf(&text, "; asked %s", dns->server);
    }
    layout_margin(layout, say_duration(dns->rtt_us, duration));
    layout_record(layout, record);
    layout_text(layout, ANSWER_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

/* With -v: who the certificate says it is. */
static void say_certificate(const struct evidence_tls *tls, struct buffer *text)
{
    if (tls->issuer) {
        buffer_printf(text, "; issued by %s", tls->issuer);
    }
    for (size_t i = 0; i < tls->name_count; i++) {
        buffer_printf(text, "%s%s", i == 0 ? "; names " : ", ", tls->names[i]);
    }
    if (tls->sha256) {
        buffer_printf(text, "; SHA-256 %s", tls->sha256);
    }
}

void text_tls(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_tls *tls = record->tls;
    char word[WORDS_SIZE];
    struct buffer text = {0};

    buffer_puts(&text, tls->subject ? tls->subject : "a certificate without a subject");
    if (tls->address) {
        buffer_puts(&text, " at ");
        say_address(tls->address, tls->port, EVIDENCE_UNKNOWN, &text);
    }
    if (tls->not_after != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", valid until %s", say_time(tls->not_after, word));
    }
    if (tls->accepted == TRI_YES) {
        buffer_puts(&text, ", accepted");
    } else {
        buffer_printf(&text, ", %s%s%s", tls->accepted == TRI_NO ? "not accepted" : "not checked",
                      tls->problem ? ": " : "", tls->problem ? tls->problem : "");
    }
    if (layout->options->verbosity > 0 || tls->accepted == TRI_NO) {
        say_certificate(tls, &text);
    }
    layout_record(layout, record);
    layout_text(layout, ANSWER_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

static const char *source_words(enum identity_source source)
{
    switch (source) {
    case IDENTITY_NONE:
        return "no identity was given";
    case IDENTITY_KEYTAB:
        return "from a keytab";
    case IDENTITY_CACHE:
        return "from the ticket cache that was named";
    case IDENTITY_DEFAULT_CACHE:
        return "from the user's own ticket cache";
    case IDENTITY_PASSWORD:
        return "with its password";
    case IDENTITY_UNKNOWN:
        break;
    }
    return "from an unknown source";
}

void text_identity(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_identity *identity = record->identity;
    struct buffer text = {0};

    if (identity->principal) {
        buffer_printf(&text, "%s, ", identity->principal);
    }
    buffer_puts(&text, source_words(identity->source));
    if (identity->source == IDENTITY_NONE) {
        buffer_puts(&text, identity->problem ? ", but for the default cache"
                                             : ", and the default cache holds none");
    }
    if (identity->keytab_kvno != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, " (kvno %lld)", (long long)identity->keytab_kvno);
    }
    if (identity->problem) {
        buffer_printf(&text, "; it cannot be used: %s", identity->problem);
    }
    layout_record(layout, record);
    layout_text(layout, ANSWER_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

static const char *clock_words(enum clock_source source)
{
    switch (source) {
    case CLOCK_KDC:
        return "KDC";
    case CLOCK_MP:
        return "MP";
    case CLOCK_DIRECTORY:
        return "DC";
    case CLOCK_SOURCE_UNKNOWN:
        break;
    }
    return "?";
}

static const char *method_words(enum clock_method method)
{
    switch (method) {
    case CLOCK_KRB_ERROR:
        return "KRB-ERROR";
    case CLOCK_TICKET_TIME:
        return "ticket";
    case CLOCK_HTTP_DATE:
        return "HTTP Date";
    case CLOCK_AP_REP:
        return "AP-REP";
    case CLOCK_ROOT_DSE:
        return "rootDSE";
    case CLOCK_METHOD_UNKNOWN:
        break;
    }
    return "?";
}

void text_clock(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_clock *clock = record->clock;
    char offset[WORDS_SIZE], uncertainty[WORDS_SIZE];
    struct buffer text = {0};
    struct buffer margin = {0};

    buffer_puts(&text, clock_words(clock->source));
    if (clock->name) {
        buffer_printf(&text, " %s", clock->name);
    }
    if (clock->address) {
        buffer_printf(&text, " %s", clock->address);
    }
    buffer_printf(&margin, "%s +/- %-8s %-9s", say_offset(clock->offset_us, offset),
                  say_uncertainty(clock->uncertainty_us, uncertainty), method_words(clock->method));
    layout_margin(layout, buffer_text(&margin));
    layout_record(layout, record);
    layout_text(layout, ANSWER_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
    buffer_release(&margin);
}
