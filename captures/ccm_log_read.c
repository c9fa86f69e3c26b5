/* SPDX-License-Identifier: Apache-2.0 */
/* A Configuration Manager log as evidence. On a management point it tells of many clients, each a
   case; a client's own log tells of that client. */
#include <string.h>
#include <strings.h>

#include "captures/ccm_events.h"
#include "captures/ccm_log.h"
#include "captures/name_table.h"
#include "captures/text_file.h"

struct reading {
    const struct text_settings *settings;
    const char *source;
    struct evidence_set *evidence;
    struct name_table clients; /* their cases */
    uint32_t first_case;
    uint32_t next_case;
    size_t dropped; /* clients without a case */
};

static void feed(void *reader, const void *bytes, size_t length)
{
    ccm_log_feed(reader, bytes, length);
}

static bool is_wanted(const struct text_settings *settings, const struct ccm_event *event)
{
    const struct evidence_log_event *told = event->told;
    const size_t length = settings->client ? strlen(settings->client) : 0;
    const bool of_client =
        !settings->client ||
        (told->client && strncasecmp(told->client, settings->client, length) == 0 &&
         (told->client[length] == '\0' || told->client[length] == '.')) ||
        (told->smsid && strcasecmp(told->smsid, settings->client) == 0);

    return of_client &&
           (settings->since == EVIDENCE_UNKNOWN || told->last_at == EVIDENCE_UNKNOWN ||
            told->last_at >= settings->since) &&
           (settings->until == EVIDENCE_UNKNOWN || event->at == EVIDENCE_UNKNOWN ||
            event->at <= settings->until);
}

/* Who the event is of: the client's name, else its GUID; "" for the machine whose log it is. */
static const char *subject_of(const struct evidence_log_event *told)
{
    return told->client ? told->client : told->smsid ? told->smsid : "";
}

/* What the log says of a registration's end is a sighting like others. */
static void add_registration(struct reading *reading, uint32_t case_id,
                             const struct ccm_event *event)
{
    const struct evidence_log_event *told = event->told;
    const bool of_client =
        told->event == LOG_REGISTERED || told->event == LOG_PENDING || told->event == LOG_REJECTED;
    struct evidence_registration *made;

    if (!of_client && !(told->event == LOG_RDR_WRITTEN && told->smsid)) {
        return;
    }
    made = evidence_add(reading->evidence, EVIDENCE_REGISTRATION, case_id, event->at);
    text_file_place(reading->evidence, reading->source, event->line);
    made->source = of_client ? REGISTRATION_CLIENT_LOG : REGISTRATION_MP_LOG;
    made->name = arena_strdup(&reading->evidence->arena, told->client);
    made->smsid = arena_strdup(&reading->evidence->arena, told->smsid);
    made->signing_thumbprint = arena_strdup(&reading->evidence->arena, told->thumbprint);
    made->approval = told->approval;
    made->status = told->event == LOG_REGISTERED ? 0
                   : told->event == LOG_PENDING  ? 1
                   : told->event == LOG_REJECTED ? 3
                                                 : EVIDENCE_UNKNOWN;
}

static void add_sighting(const struct reading *reading, const struct ccm_event *event)
{
    const struct evidence_log_event *told = event->told;
    struct sighting sighting = {.at = event->at};

    if (!told->client || !told->smsid ||
        !guid_read(told->smsid, strlen(told->smsid), sighting.guid)) {
        return;
    }
    sighting.name = told->client;
    sighting.name_length = strcspn(told->client, ".");
    sighting.certificate = told->thumbprint;
    sighting.certificate_length = told->thumbprint ? strlen(told->thumbprint) : 0;
    sighting.place = reading->settings->first_place + (uint32_t)event->line;
    duplicates_add(reading->settings->duplicates, &sighting);
}

static void add_event(struct reading *reading, const struct ccm_event *event)
{
    struct evidence_set *set = reading->evidence;
    struct arena *arena = &set->arena;
    const struct evidence_log_event *told = event->told;
    const char *subject = subject_of(told);
    uint32_t case_id = name_table_find(&reading->clients, subject, 0);
    struct evidence_log_event *made;

    if (case_id == 0 && reading->next_case - reading->first_case >= TEXT_FILE_CLIENTS) {
        reading->dropped++;
        return;
    }
    if (case_id == 0) {
        case_id = reading->next_case++;
        name_table_find(&reading->clients, subject, case_id);
        text_file_case(set, case_id, event->at, *subject ? subject : NULL);
        text_file_place(set, reading->source, event->line);
    }
    made = evidence_add(set, EVIDENCE_LOG_EVENT, case_id, event->at);
    text_file_place(set, reading->source, event->line);
    *made = *told;
    made->component = arena_strdup(arena, told->component);
    made->client = arena_strdup(arena, told->client);
    made->smsid = arena_strdup(arena, told->smsid);
    made->thumbprint = arena_strdup(arena, told->thumbprint);
    made->url = arena_strdup(arena, told->url);
    made->file = arena_strdup(arena, told->file);
    made->text = arena_strdup(arena, told->text);
    add_registration(reading, case_id, event);
    add_sighting(reading, event);
}

static void note_times(struct evidence_recording *recording, const struct ccm_event *event)
{
    if (event->at != EVIDENCE_UNKNOWN &&
        (recording->first_at == EVIDENCE_UNKNOWN || event->at < recording->first_at)) {
        recording->first_at = event->at;
    }
    if (event->told->last_at != EVIDENCE_UNKNOWN &&
        (recording->last_at == EVIDENCE_UNKNOWN || event->told->last_at > recording->last_at)) {
        recording->last_at = event->told->last_at;
    }
}

/* All that the log told, in the order of its lines. */
static void add_events(struct reading *reading, const struct ccm_events *events,
                       struct evidence_recording *recording)
{
    size_t dropped;
    size_t count;
    const struct ccm_event *list = ccm_events_list(events, &count, &dropped);

    for (size_t i = 0; i < count; i++) {
        note_times(recording, &list[i]);
        if (is_wanted(reading->settings, &list[i])) {
            add_event(reading, &list[i]);
        }
    }
    text_file_limit(reading->evidence, recording, "events of a log", CCM_EVENTS_LIMIT, dropped);
    text_file_limit(reading->evidence, recording, "clients of a log", TEXT_FILE_CLIENTS,
                    reading->dropped);
}

enum ccm_status ccm_log_read(const char *path, const struct text_settings *settings,
                             struct evidence_set *evidence, struct ccm_error *error)
{
    struct ccm_events *events = ccm_events_new();
    struct ccm_log *log = ccm_log_new(ccm_events_entry, events);
    struct evidence_recording *recording =
        text_file_recording(evidence, path, "Configuration Manager log");
    struct reading reading = {.settings = settings, .source = path, .evidence = evidence};
    enum ccm_status status = text_file_feed(path, settings, feed, log, recording, error);

    if (status == CCM_OK) {
        recording->frames = ccm_log_end(log);
        reading.first_case = reading.next_case = text_file_next_case(evidence);
        add_events(&reading, events, recording);
    }
    name_table_release(&reading.clients);
    ccm_log_free(log);
    ccm_events_free(events);
    return status;
}
