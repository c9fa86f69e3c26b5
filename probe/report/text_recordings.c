/* SPDX-License-Identifier: Apache-2.0 */
/* What was read: a paragraph for each file, with what it holds and what it lacks. */
#include <inttypes.h>

#include "report/text.h"
#include "report/words.h"

enum { LABEL_COLUMN = 10, VERDICT_COLUMN = 12 };

/* One number of a recording, and what it counts. */
struct count {
    int64_t value;
    const char *one;
    const char *many;
};

/* Shows what was said, if anything, and releases it. */
static void put_field(struct layout *layout, const char *label, struct buffer *text)
{
    layout_field(layout, LABEL_COLUMN, label, buffer_text(text));
    buffer_release(text);
}

/* Appends those that are known; with `zeros` also those that are none. */
static void say_counts(const struct count *counts, size_t count, bool zeros, struct buffer *text)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t value = counts[i].value;

        if (value != EVIDENCE_UNKNOWN && (value > 0 || zeros)) {
            buffer_printf(text, "%s%" PRId64 " %s", text->length > 0 ? ", " : "", value,
                          value == 1 ? counts[i].one : counts[i].many);
        }
    }
}

static void put_format(struct layout *layout, const struct evidence_recording *recording)
{
    const bool capture = recording->kerberos_messages != EVIDENCE_UNKNOWN; /* a log counts none */
    const struct count counts[] = {
        {recording->frames, capture ? "frame" : "line", capture ? "frames" : "lines"},
        {recording->bytes, "byte", "bytes"},
    };
    struct buffer text = {0};

    buffer_puts(&text, recording->format ? recording->format : "of an unknown format");
    if (recording->compression) {
        buffer_printf(&text, " in %s", recording->compression);
    }
    say_counts(counts, 2, true, &text);
    put_field(layout, "Format", &text);
}

static void put_time(struct layout *layout, const struct evidence_recording *recording)
{
    struct buffer text = {0};
    char word[WORDS_SIZE];

    if (recording->first_at != EVIDENCE_UNKNOWN && recording->last_at != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "%s - ", say_time(recording->first_at, word));
        buffer_puts(&text, say_time(recording->last_at, word));
        buffer_printf(&text, " (%s)", say_elapsed(recording->last_at - recording->first_at, word));
    }
    put_field(layout, "Time", &text);
}

static void put_found(struct layout *layout, const struct evidence_recording *recording)
{
    const struct count counts[] = {
        {recording->dns_messages, "DNS message", "DNS messages"},
        {recording->kerberos_messages, "Kerberos message", "Kerberos messages"},
        {recording->ldap_messages, "LDAP message", "LDAP messages"},
        {recording->http_requests, "HTTP request", "HTTP requests"},
        {recording->ccm_posts, "CCM_POST", "CCM_POSTs"},
        {recording->tls_connections, "TLS connection", "TLS connections"},
        {recording->http2_connections, "HTTP/2 connection", "HTTP/2 connections"},
    };
    struct buffer text = {0};

    say_counts(counts, sizeof(counts) / sizeof(counts[0]), true, &text);
    put_field(layout, "Found", &text);
}

/* What was not read, for what reason ever. */
static void put_lacks(struct layout *layout, const struct evidence_recording *recording)
{
    const struct count counts[] = {
        {recording->cut_frames, "frame is cut", "frames are cut"},
        {recording->malformed_frames, "frame is malformed", "frames are malformed"},
        {recording->unreadable_frames, "frame is of another protocol",
         "frames are of another protocol"},
        {recording->one_sided_connections, "connection has one direction only",
         "connections have one direction only"},
        {recording->lost_segments, "segment is missing", "segments are missing"},
    };
    struct buffer text = {0};

    say_counts(counts, sizeof(counts) / sizeof(counts[0]), false, &text);
    put_field(layout, "Gaps", &text);
    for (size_t i = 0; i < recording->limit_count; i++) {
        const struct recording_limit *limit = &recording->limits[i];

        buffer_printf(&text, "%s%s", i > 0 ? "; " : "", limit->name ? limit->name : "a limit");
        if (limit->limit != EVIDENCE_UNKNOWN) {
            buffer_printf(&text, " (at most %" PRId64 ")", limit->limit);
        }
        if (limit->dropped != EVIDENCE_UNKNOWN) {
            buffer_printf(&text, ": %" PRId64 " left out", limit->dropped);
        }
    }
    put_field(layout, "Limits", &text);
    buffer_puts(&text, recording->problem ? recording->problem : "");
    put_field(layout, "Problem", &text);
}

bool text_recordings(struct layout *layout, const struct case_view *common)
{
    bool any = false;

    for (size_t i = 0; i < common->record_count; i++) {
        const struct evidence_record *record = common->records[i];

        if (record->kind == EVIDENCE_RECORDING) {
            layout_printf(layout, 0, "Recording %s",
                          record->recording->name ? record->recording->name : "without a name");
            layout_end(layout);
            put_format(layout, record->recording);
            put_time(layout, record->recording);
            put_found(layout, record->recording);
            put_lacks(layout, record->recording);
            layout_blank(layout);
            any = true;
        }
    }
    return any;
}

/* How many of them the recordings hold together. */
struct totals {
    size_t captures; /* and not logs or the like, in which a CCM_POST cannot be */
    int64_t posts;
    int64_t kerberos;
    int64_t tls;
    int64_t http2;
    int64_t one_sided; /* connections */
};

static void add_to(int64_t *total, int64_t value)
{
    *total += value > 0 && *total < INT64_MAX - value ? value : 0;
}

static struct totals totals_of(const struct case_view *common)
{
    struct totals totals = {0};

    for (size_t i = 0; i < common->record_count; i++) {
        const struct evidence_recording *recording = common->records[i]->recording;

        if (common->records[i]->kind == EVIDENCE_RECORDING) {
            totals.captures += recording->kerberos_messages != EVIDENCE_UNKNOWN ? 1 : 0;
            add_to(&totals.posts, recording->ccm_posts);
            add_to(&totals.kerberos, recording->kerberos_messages);
            add_to(&totals.tls, recording->tls_connections);
            add_to(&totals.http2, recording->http2_connections);
            add_to(&totals.one_sided, recording->one_sided_connections);
        }
    }
    return totals;
}

void text_nothing_recorded(struct layout *layout, const struct case_view *common)
{
    const struct totals totals = totals_of(common);

    layout_mark(layout, LEVEL_UNKNOWN);
    if (totals.captures == 0) {
        layout_text(layout, LAYOUT_INDENT, "No client's registration is in what was read.");
        layout_end(layout);
        return;
    }
    layout_text(layout, LAYOUT_INDENT,
                totals.posts > 0
                    ? "No client's exchange with a management point could be put together: there "
                      "are CCM_POSTs, but none of a client that was asked for."
                    : "No client's registration is in the recording: it holds no CCM_POST, the "
                      "request by which a client signs in to its management point.");
    if (totals.posts == 0 && totals.kerberos > 0) {
        layout_text(layout, LAYOUT_INDENT,
                    " There is Kerberos, but no web server's ticket was asked for in vain.");
    } else if (totals.posts == 0) {
        layout_text(layout, LAYOUT_INDENT, " There is no Kerberos either.");
    }
    if (totals.posts == 0 && totals.tls > 0) {
        layout_text(layout, LAYOUT_INDENT,
                    " There is TLS: what a client says to a management point over HTTPS cannot be "
                    "read, and its IIS log tells more.");
    }
    if (totals.posts == 0 && totals.http2 > 0) {
        layout_text(layout, LAYOUT_INDENT,
                    " There is HTTP/2, which is not read: the MP's IIS log tells more.");
    }
    if (totals.posts == 0 && totals.one_sided > 0) {
        layout_text(layout, LAYOUT_INDENT,
                    " Connections were recorded in one direction only: capture on the client, or "
                    "where both directions pass.");
    }
    layout_end(layout);
    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, LAYOUT_INDENT,
                "What to do: purge the client's tickets, and capture on the client from the start "
                "of its service. How:");
    layout_end(layout);
    layout_command(layout, LAYOUT_INDENT + 4, "ccmprobe explain capture");
    layout_blank(layout);
    layout_text(layout, 0, "Verdict:");
    layout_pad(layout, VERDICT_COLUMN);
    layout_text(layout, VERDICT_COLUMN, "could not tell: no case in the recording");
    layout_end(layout);
}
