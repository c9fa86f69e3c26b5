/* SPDX-License-Identifier: Apache-2.0 */
/* What stands over a case: of the live probe the MP, of a recording the client. */
#include <inttypes.h>
#include <string.h>

#include "report/events.h"
#include "report/text.h"
#include "report/words.h"

enum { LABEL_COLUMN = 10 };

static void put_field(struct layout *layout, const char *label, const char *text)
{
    layout_field(layout, LABEL_COLUMN, label, text);
}

const char *text_target(const struct judged_case *judged)
{
    return judged->view.run && judged->view.run->target ? judged->view.run->target
                                                        : "(a case without its first record)";
}

bool text_is_recorded(const struct judged_case *judged)
{
    const struct evidence_run *run = judged->view.run;

    return run && (run->origin == ORIGIN_CAPTURE || run->origin == ORIGIN_LOGS);
}

const char *text_client(const struct judged_case *judged)
{
    const struct evidence_run *run = judged->view.run;

    return run && run->client_host      ? run->client_host
           : run && run->client_address ? run->client_address
                                        : "(a client without a name)";
}

static void put_url(struct layout *layout, const struct evidence_run *run)
{
    const char *scheme = run->scheme ? run->scheme : "http";
    const int64_t usual = strcmp(scheme, "https") == 0 ? 443 : 80;
    struct buffer text = {0};

    buffer_printf(&text, "%s://", scheme);
    say_address(run->target ? run->target : "?", run->port, usual, &text);
    buffer_puts(&text, run->path ? run->path : "");
    put_field(layout, "URL", buffer_text(&text));
    buffer_release(&text);
}

/* "WK01, as WK01$@CONTOSO.LAB"; of a recorded client with its address. */
static void put_client(struct layout *layout, const struct judged_case *judged)
{
    const struct evidence_run *run = judged->view.run;
    const struct evidence_identity *identity = judged->view.identity;
    struct buffer text = {0};

    if (run && run->client_host) {
        buffer_puts(&text, run->client_host);
    }
    if (run && run->client_address) {
        buffer_printf(&text, "%s%s", text.length > 0 ? ", " : "", run->client_address);
    }
    if (identity && identity->principal) {
        buffer_printf(&text, "%sas %s", text.length > 0 ? ", " : "", identity->principal);
    }
    put_field(layout, "Client", buffer_text(&text));
    buffer_release(&text);
}

/* Files come in runs, of which `last` is the current one. */
static void add_file(const char *source, const char **last, struct buffer *text)
{
    if (source && (!*last || strcmp(*last, source) != 0) &&
        (text->length == 0 || !strstr(buffer_text(text), source))) {
        buffer_printf(text, "%s%s", text->length > 0 ? ", " : "", source);
    }
    *last = source ? source : *last;
}

/* The files that the case was read from, each once. */
static void put_files(struct layout *layout, const struct case_view *view)
{
    struct buffer text = {0};
    const char *last = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        add_file(record->place ? record->place->source : NULL, &last, &text);
        for (size_t k = 0;
             record->kind == EVIDENCE_WEB_CLIENT && k < record->web_client->request_count; k++) {
            add_file(record->web_client->requests[k].source, &last, &text);
            add_file(record->web_client->requests[k].last_source, &last, &text);
        }
    }
    put_field(layout, "File", buffer_text(&text));
    buffer_release(&text);
}

static void span_of_requests(const struct evidence_web_client *client, int64_t *first,
                             int64_t *last)
{
    for (size_t i = 0; i < client->request_count; i++) {
        const struct web_request *request = &client->requests[i];

        if (request->at != EVIDENCE_UNKNOWN &&
            (*first == EVIDENCE_UNKNOWN || request->at < *first)) {
            *first = request->at;
        }
        /* The least of all is the unknown one. */
        *last = request->last_at > *last ? request->last_at : *last;
    }
}

static void put_times(struct layout *layout, const struct case_view *view)
{
    struct arena arena = {0};
    struct event *events;
    const size_t count = events_of(&arena, view, &events);
    struct buffer text = {0};
    char word[WORDS_SIZE];
    int64_t first;
    int64_t last;

    events_span(events, count, &first, &last);
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_WEB_CLIENT) {
            span_of_requests(view->records[i]->web_client, &first, &last);
        }
    }
    if (first != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "%s - ", say_time(first, word));
        buffer_puts(&text, say_time(last, word));
        buffer_printf(&text, " (%s)", say_elapsed(last - first, word));
    }
    put_field(layout, "Time", buffer_text(&text));
    buffer_release(&text);
    arena_release(&arena);
}

/* "3 tries, 2 failed; the last is shown". */
static void put_tries(struct layout *layout, const struct evidence_run *run)
{
    struct buffer text = {0};

    if (run->attempts != EVIDENCE_UNKNOWN && run->attempts > 1) {
        buffer_printf(&text, "%" PRId64 " tries", run->attempts);
        if (run->failed_attempts != EVIDENCE_UNKNOWN) {
            buffer_printf(&text, ", %" PRId64 " failed", run->failed_attempts);
        }
        buffer_puts(&text, "; the last is shown");
        if (run->overlapping_attempts != EVIDENCE_UNKNOWN && run->overlapping_attempts > 0) {
            buffer_printf(&text,
                          "; %" PRId64 " at the same time as another, of several machines or "
                          "programs behind one address: what both asked for may stand here",
                          run->overlapping_attempts);
        }
    }
    put_field(layout, "Tries", buffer_text(&text));
    buffer_release(&text);
}

static void put_recorded(struct layout *layout, const struct judged_case *judged)
{
    const struct evidence_run *run = judged->view.run;

    put_client(layout, judged);
    if (strcmp(text_target(judged), "unknown") != 0) { /* most logs do not say of which MP */
        put_field(layout, "MP", text_target(judged));
        put_url(layout, run);
        put_field(layout, "SPN", run->spn ? run->spn : "");
    }
    put_files(layout, &judged->view);
    put_times(layout, &judged->view);
    put_tries(layout, run);
}

void text_head(struct layout *layout, const struct judgement *judgement, size_t index)
{
    const struct judged_case *judged = &judgement->cases[index];
    const struct evidence_run *run = judged->view.run;
    const bool recorded = text_is_recorded(judged);
    char when[WORDS_SIZE] = "";

    if (judged->view.record_count > 0) {
        say_time(judged->view.records[0]->at, when);
    }
    layout_margin(layout, when);
    layout_printf(layout, 0, recorded ? "Client %s" : "Management point %s",
                  recorded ? text_client(judged) : text_target(judged));
    if (judgement->case_count > 1) {
        layout_printf(layout, 0, " (%zu of %zu)", index + 1, judgement->case_count);
    }
    layout_end(layout);
    layout_rule(layout, '=');
    if (recorded) {
        put_recorded(layout, judged);
        return;
    }
    if (run) {
        put_url(layout, run);
        put_field(layout, "SPN", run->spn ? run->spn : "");
    }
    put_client(layout, judged);
    put_field(layout, "Program", run && run->program ? run->program : "");
}
