/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/annotate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "captures/annotate.h"
#include "captures/redact.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "report/layout.h"
#include "report/words.h"
#include "rules/verdict.h"

/* --- what may be asked for --- */

static enum ccm_status check_copy(const char *option, const char *out,
                                  const struct cli_settings *settings, struct ccm_error *error)
{
    const char *path = settings->arguments.items[0];
    struct stat in, there;

    if (!out) {
        return CCM_OK;
    }
    if (settings->arguments.count != 1 || (stat(path, &in) == 0 && S_ISDIR(in.st_mode))) {
        return ccm_fail(error, CCM_ERROR_USAGE, "%s %s: needs exactly one FILE", option, out);
    }
    if (strcmp(path, "-") == 0 || (stat(path, &in) == 0 && !S_ISREG(in.st_mode))) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "%s %s: the capture is read twice, so it has to be a file", option, out);
    }
    if (stat(path, &in) == 0 && stat(out, &there) == 0 && in.st_dev == there.st_dev &&
        in.st_ino == there.st_ino) {
        return ccm_fail(error, CCM_ERROR_USAGE, "%s %s: is the file that is read", option, out);
    }
    return CCM_OK;
}

enum ccm_status copies_check(const struct cli_settings *settings, struct ccm_error *error)
{
    enum ccm_status status = check_copy("--annotate", settings->annotate, settings, error);

    if (status == CCM_OK) {
        status = check_copy("--redact", settings->redact, settings, error);
    }
    if (status == CCM_OK && settings->annotate && settings->redact &&
        strcmp(settings->annotate, settings->redact) == 0) {
        status = ccm_fail(error, CCM_ERROR_USAGE, "--annotate and --redact name the same file %s",
                          settings->redact);
    }
    return status;
}

/* --- the story in words --- */

/* Notes in the making, in any order. */
struct notes {
    struct arena arena;
    struct frame_comment *items;
    size_t count;
};

static void say_request(const struct evidence_record *record, struct buffer *text)
{
    static const char *const legs[] = {
        [LEG_UNKNOWN] = "",
        [LEG_ANONYMOUS] = " without an identity",
        [LEG_NEGOTIATE] = " with a ticket or NTLM",
        [LEG_HOST] = " with the HOST ticket",
        [LEG_MPLIST] = " for the list of management points",
    };
    const struct evidence_kdc *kdc = record->kdc;

    switch ((int)record->kind) {
    case EVIDENCE_DNS:
        buffer_printf(text, "asks for %s %s", record->dns->type ? record->dns->type : "the name",
                      record->dns->name ? record->dns->name : "?");
        break;
    case EVIDENCE_KDC:
        buffer_printf(text, "%s for %s to the KDC of %s",
                      kdc->purpose == KDC_AS    ? "AS-REQ"
                      : kdc->purpose == KDC_TGS ? "TGS-REQ"
                                                : "request",
                      kdc->service ? kdc->service : "?", kdc->realm ? kdc->realm : "?");
        break;
    case EVIDENCE_HTTP:
        buffer_printf(text, "%s%s", record->http->method ? record->http->method : "request",
                      legs[record->http->leg]);
        break;
    case EVIDENCE_REGISTRATION:
        buffer_printf(text, "registration of %s",
                      record->registration->name ? record->registration->name : "?");
        break;
    default:
        break;
    }
}

static void say_kdc_reply(const struct kdc_reply *reply, struct buffer *text)
{
    if (reply && reply->error) {
        say_krb_error(reply->error, text);
    } else if (reply && reply->referral) {
        buffer_printf(text, "referral to %s", reply->referral);
    } else if (reply && reply->ticket) {
        buffer_puts(text, "ticket ");
        say_ticket(reply->ticket, text);
    } else {
        buffer_puts(text, "a reply that cannot be read");
    }
}

static void say_reply(const struct evidence_record *record, struct buffer *text)
{
    const struct evidence_dns *dns = record->dns;

    switch ((int)record->kind) {
    case EVIDENCE_DNS:
        buffer_printf(text, "answer for %s: ", dns->name ? dns->name : "?");
        if (dns->outcome == DNS_ANSWER && dns->answer_count > 0) {
            const char *value = dns->answers[dns->answer_count - 1].value;

            buffer_puts(text, value ? value : "found");
        } else {
            buffer_puts(text, dns->outcome == DNS_NXDOMAIN ? "no such name" : "nothing");
        }
        break;
    case EVIDENCE_KDC:
        say_kdc_reply(record->kdc->reply, text);
        break;
    case EVIDENCE_HTTP:
        if (record->http->reply) {
            say_status(record->http->reply, text);
        } else {
            buffer_puts(text, "a reply that cannot be read");
        }
        break;
    default:
        break;
    }
}

static bool rests_on(const struct finding *finding, uint32_t id)
{
    for (size_t i = 0; i < finding->evidence_count; i++) {
        if (finding->evidence[i] == id) {
            return true;
        }
    }
    return false;
}

/* Behind what happened: what the findings that rest on it say. */
static void say_findings(struct arena *arena, const struct judged_case *judged, uint32_t id,
                         struct buffer *text)
{
    for (size_t i = 0; i < judged->findings.count; i++) {
        const struct finding *finding = &judged->findings.items[i];
        const struct finding_type *type = finding_type(finding->id);

        if (!rests_on(finding, id)) {
            continue;
        }
        buffer_printf(text, "; %s%s: %s", judged->verdict.root == (int)i ? "root cause " : "",
                      type->name, finding_expand(arena, finding, type->title));
    }
}

static void add_note(struct notes *notes, const struct judged_case *judged, int64_t frame,
                     const struct buffer *words)
{
    const struct evidence_run *run = judged->view.run;
    const char *client = run && run->client_host      ? run->client_host
                         : run && run->client_address ? run->client_address
                                                      : "unknown";
    struct frame_comment *note;
    char *text, *wide;

    if (frame <= 0 || words->length == 0) {
        return;
    }
    text = arena_printf(&notes->arena, "ccmprobe: %s (client %s, case %u)", buffer_text(words),
                        client, (unsigned)judged->view.case_id);
    while ((wide = strstr(text, NBSP)) != NULL) {
        *wide = ' ';
        memmove(wide + 1, wide + strlen(NBSP), strlen(wide + strlen(NBSP)) + 1);
    }
    note = arena_push(&notes->arena, (void **)&notes->items, &notes->count, sizeof(*note));
    *note = (struct frame_comment){(uint64_t)frame, text};
}

/* What follows from an exchange stands at its reply, or at the request when none came. */
static void note_record(struct notes *notes, const struct judged_case *judged,
                        const struct evidence_record *record)
{
    const struct evidence_place *place = record->place;
    struct buffer words = {0};

    say_request(record, &words);
    if (place->reply_frame <= 0 || place->reply_frame == place->frame) {
        say_findings(&notes->arena, judged, record->id, &words);
    }
    add_note(notes, judged, place->frame, &words);
    buffer_truncate(&words, 0);
    if (place->reply_frame > 0 && place->reply_frame != place->frame) {
        say_reply(record, &words);
        say_findings(&notes->arena, judged, record->id, &words);
        add_note(notes, judged, place->reply_frame, &words);
    }
    buffer_release(&words);
}

static int compare_notes(const void *left, const void *right)
{
    const struct frame_comment *a = left;
    const struct frame_comment *b = right;

    if (a->frame != b->frame) {
        return a->frame < b->frame ? -1 : 1;
    }
    return strcmp(a->text, b->text);
}

static void gather_notes(struct notes *notes, const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct judged_case *judged = &judgement->cases[i];

        for (size_t k = 0; k < judged->view.record_count; k++) {
            if (judged->view.records[k]->place) {
                note_record(notes, judged, judged->view.records[k]);
            }
        }
    }
    if (notes->count > 0) {
        qsort(notes->items, notes->count, sizeof(*notes->items), compare_notes);
    }
}

/* --- writing --- */

static struct capture_watch watch_of(struct progress *progress)
{
    return (struct capture_watch){progress_is_interrupted, progress_wanted(), progress};
}

static enum ccm_status annotate(const struct cli_settings *settings,
                                const struct judgement *judgement, struct ccm_error *error)
{
    struct notes notes = {.count = 0};
    struct progress progress = progress_of(settings->annotate);
    const struct capture_watch watch = watch_of(&progress);
    struct frame_comments comments;
    enum ccm_status status;
    size_t placed;

    gather_notes(&notes, judgement);
    comments = (struct frame_comments){notes.items, notes.count, 0};
    status = capture_annotate(settings->arguments.items[0], settings->annotate, &comments, &watch,
                              &placed, error);
    progress_erase(&progress);
    if (status == CCM_OK && placed < notes.count && !interrupt_seen()) {
        fprintf(stderr, "ccmprobe: --annotate: %zu of %zu comments have no place in the file\n",
                notes.count - placed, notes.count);
    }
    arena_release(&notes.arena);
    return status;
}

static enum ccm_status redact(const struct cli_settings *settings, struct ccm_error *error)
{
    struct progress progress = progress_of(settings->redact);
    const struct capture_watch watch = watch_of(&progress);
    enum ccm_status status =
        capture_redact(settings->arguments.items[0], settings->redact, &watch, error);

    progress_erase(&progress);
    return status;
}

enum ccm_status finish_analyze(const struct cli_settings *settings,
                               const struct judgement *judgement, struct ccm_error *error)
{
    enum ccm_status status = CCM_OK;

    if (interrupt_seen()) {
        return CCM_OK; /* what was not read whole is not written again */
    }
    if (settings->annotate) {
        status = annotate(settings, judgement, error);
    }
    if (status == CCM_OK && settings->redact) {
        status = redact(settings, error);
    }
    return status;
}
