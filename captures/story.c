/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/story_attempt.h"
#include "captures/story_connections.h"
#include "captures/story_names.h"
#include "captures/story_state.h"

struct story *story_new(const struct story_settings *settings)
{
    struct story *story = calloc(1, sizeof(*story));

    if (!story) {
        fputs("ccmprobe: out of memory\n", stderr);
        abort();
    }
    story->settings = *settings;
    story->end = EVIDENCE_UNKNOWN;
    story_memory_init(&story->memory, settings->limits);
    return story;
}

void story_free(struct story *story)
{
    if (story) {
        story_memory_release(&story->memory);
        free(story);
    }
}

/* --- what is asked for --- */

static int64_t began(const struct capture_event *event)
{
    return event->asked.frame ? event->asked.at : event->answered.at;
}

static bool is_too_late(const struct story *story, const struct capture_event *event)
{
    return story->settings.until != EVIDENCE_UNKNOWN && began(event) > story->settings.until;
}

static bool is_too_early(const struct story *story, const struct capture_event *event)
{
    return story->settings.since != EVIDENCE_UNKNOWN && began(event) < story->settings.since;
}

/* A name is not known of a client before its messages were read. */
static bool is_other_client(const struct story *story, const struct capture_event *event)
{
    char address[ENDPOINT_TEXT_SIZE];

    return story_is_address(story->settings.client) &&
           strcasecmp(story->settings.client, endpoint_text(&event->client, address)) != 0;
}

static bool is_other_mp(const struct story *story, const struct capture_event *event)
{
    const char *mp = story->settings.mp;
    char address[ENDPOINT_TEXT_SIZE];
    struct host_text host;

    if (!mp || strcasecmp(mp, endpoint_text(&event->server, address)) == 0 ||
        !story_field_host(event->http->host, &host)[0] || story_is_address(host.text)) {
        return false;
    }
    return !story_is_address(mp) && !story_same_host(mp, host.text);
}

/* --- events --- */

/* An error whose request was not recorded names the service only: nobody asks for one of these in
   an AS exchange. */
static void complete_purpose(struct evidence_kdc *kdc)
{
    if (kdc->purpose == KDC_PURPOSE_UNKNOWN &&
        (story_starts(kdc->service, "HTTP/") || story_starts(kdc->service, "HOST/"))) {
        kdc->purpose = KDC_TGS;
    }
}

/* Requests for other services are no matter here. */
static bool is_wanted_ticket(const struct evidence_kdc *kdc)
{
    return is_bare_kdc(kdc) ||
           (kdc->realm && (kdc->purpose == KDC_AS ||
                           (kdc->purpose == KDC_TGS && (story_starts(kdc->service, "HTTP/") ||
                                                        story_starts(kdc->service, "HOST/") ||
                                                        story_starts(kdc->service, "krbtgt/")))));
}

static bool is_wanted_name(const struct evidence_dns *dns)
{
    static const char *const types[] = {"A", "AAAA", "CNAME", "PTR", "SRV"};

    for (size_t i = 0; dns->name && dns->type && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(dns->type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void remember(struct story *story, const struct capture_event *event)
{
    struct story_client *client = story_memory_client(&story->memory, &event->client, true);

    if (client) {
        story_memory_remember(&story->memory, client, event);
    }
}

/* The clock of a KDC is remembered behind the request whose answer showed it. */
static void on_kdc_clock(struct story *story, const struct capture_event *event)
{
    const struct story_client *client = story_memory_client(&story->memory, &event->client, false);
    const struct kept *last = NULL;

    for (size_t i = client ? client->tickets.count : 0; i > 0 && !last; i--) {
        const struct kept *kept = client->tickets.items[i - 1];

        last = kept->kind == EVIDENCE_KDC ? kept : NULL;
    }
    if (last &&
        kept_frame(last) == (event->asked.frame ? event->asked.frame : event->answered.frame)) {
        remember(story, event);
    }
}

static struct story_case *make_case(struct story *story, const struct capture_event *event)
{
    struct story_client *client = story_memory_client(&story->memory, &event->client, true);
    struct host_text host;

    story_field_host(event->http->host, &host);
    return client ? story_memory_make_case(&story->memory, client, &event->server, host.text)
                  : NULL;
}

static bool is_mplist(const struct evidence_http *http)
{
    return story_starts(http->path, "/SMS_MP/.sms_aut?MPLIST");
}

static void on_mplist(struct story *story, struct story_case *of, const struct capture_event *event)
{
    struct kept *kept = story_memory_keep(&story->memory, event);

    if (kept) {
        story_memory_drop(&story->memory, of->mplist);
        story_memory_drop(&story->memory, of->mplist_clock);
        of->mplist = kept;
        of->mplist_clock = NULL;
        kept->http->leg = LEG_MPLIST;
        kept->http->step = STEP_ANONYMOUS;
        request_find_reuse(of->client, kept);
    }
}

/* Of a client whose requests to the server are known, one that failed begins another attempt. */
static void on_connection(struct story *story, const struct capture_event *event)
{
    const struct story_client *client;
    struct story_case *of;

    if (is_other_client(story, event) || is_too_early(story, event)) {
        return;
    }
    client = story_memory_client(&story->memory, &event->client, false);
    of = client ? story_memory_last_case(&story->memory, client, &event->server) : NULL;
    if (!of || !of->current) {
        remember(story, event);
    } else if (!is_encrypted(event->http)) {
        attempt_add_connection(&story->memory, of, event);
    }
}

static void on_http(struct story *story, const struct capture_event *event)
{
    const struct evidence_http *http = event->http;
    const bool is_post =
        http->method && strcmp(http->method, "CCM_POST") == 0 && attempt_is_mp_path(http->path);

    story->last = NULL;
    if (is_bare_http(http)) {
        on_connection(story, event);
        return;
    }
    if ((!is_post && !is_mplist(http)) || is_other_mp(story, event)) {
        return;
    }
    if (!is_other_client(story, event) && !is_too_early(story, event)) {
        story->last = make_case(story, event);
    }
    if (story->last && is_post) {
        attempt_add_request(&story->memory, story->last, event);
    } else if (story->last) {
        on_mplist(story, story->last, event);
    }
    if (is_post && attempt_is_windows_path(http->path) && http->reply) {
        attempt_note_precedent(&story->memory, story->last,
                               story_memory_mp(&story->memory, &event->server, true), event);
    }
}

/* It follows the request. */
static void add_companion(struct story *story, const struct capture_event *event)
{
    if (story->last) {
        attempt_add_companion(&story->memory, story->last, event);
    }
}

void story_event(void *context, struct capture_event *event)
{
    struct story *story = context;
    const int64_t last = event->answered.frame ? event->answered.at : event->asked.at;

    story->end = last > story->end ? last : story->end;
    if (is_too_late(story, event)) {
        return;
    }
    switch ((int)event->kind) {
    case EVIDENCE_HTTP:
        on_http(story, event);
        break;
    case EVIDENCE_DNS:
        if (is_wanted_name(event->dns) && !is_other_client(story, event)) {
            remember(story, event);
        }
        break;
    case EVIDENCE_KDC:
        complete_purpose(event->kdc);
        if (is_wanted_ticket(event->kdc) && !is_other_client(story, event)) {
            remember(story, event);
        }
        break;
    case EVIDENCE_CLOCK:
        if (event->clock->source == CLOCK_KDC) {
            on_kdc_clock(story, event);
        } else {
            add_companion(story, event);
        }
        break;
    case EVIDENCE_REGISTRATION:
        add_companion(story, event);
        break;
    default:
        break;
    }
}
