/* SPDX-License-Identifier: Apache-2.0 */
/* A Configuration Manager log as evidence. On a management point it tells of many clients, each a
   case; a client's own log tells of that client. */
#include <string.h>
#include <strings.h>

#include "captures/ccm_events.h"
#include "captures/ccm_log.h"
#include "captures/known_problems.h"
#include "captures/name_table.h"
#include "captures/text_file.h"
#include "evidence/copy.h"

struct reading {
    const struct text_settings *settings;
    const char *source;
    struct evidence_set *evidence;
    struct name_table clients; /* their cases */
    uint32_t first_case;
    uint32_t next_case;
    size_t dropped; /* clients without a case */
};

/* Who hears of an entry. */
struct listeners {
    struct ccm_events *events;
    struct known_problems *problems; /* NULL: no signatures */
    int64_t endless;                 /* the line of the first entry without an end; 0: none */
};

static void hear_entry(void *context, const struct ccm_log_entry *entry)
{
    struct listeners *listeners = context;

    if (listeners->endless == 0 && entry->cut && entry->message_length < CCM_LOG_MESSAGE_LIMIT) {
        listeners->endless = entry->line;
    }
    if (listeners->problems && known_problems_entry(listeners->problems, entry)) {
        ccm_events_known_entry(listeners->events, entry);
    } else {
        ccm_events_entry(listeners->events, entry);
    }
}

static bool is_in_time(const struct text_settings *settings, int64_t first_at, int64_t last_at)
{
    return (settings->since == EVIDENCE_UNKNOWN || last_at == EVIDENCE_UNKNOWN ||
            last_at >= settings->since) &&
           (settings->until == EVIDENCE_UNKNOWN || first_at == EVIDENCE_UNKNOWN ||
            first_at <= settings->until);
}

static bool is_preferred(const struct text_settings *settings,
                         const struct evidence_log_event *told)
{
    const size_t length = settings->client ? strlen(settings->client) : 0;

    return settings->client &&
           ((told->client && strncasecmp(told->client, settings->client, length) == 0 &&
             (told->client[length] == '\0' || told->client[length] == '.')) ||
            (told->smsid && strcasecmp(told->smsid, settings->client) == 0));
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
    sighting.at = told->last_at; /* others may have come between */
    duplicates_add(reading->settings->duplicates, &sighting);
}

/* The case of a client, made when it is seen first; 0 when there are too many. */
static uint32_t case_of(struct reading *reading, const char *subject, bool preferred, int64_t at,
                        int64_t line)
{
    uint32_t case_id = name_table_find(&reading->clients, subject, 0);

    if (case_id == 0 && !preferred &&
        reading->next_case - reading->first_case >= TEXT_FILE_CLIENTS) {
        reading->dropped++;
        return 0;
    }
    if (case_id == 0) {
        case_id = reading->next_case++;
        name_table_find(&reading->clients, subject, case_id);
        text_file_case(reading->evidence, case_id, at, *subject ? subject : NULL);
        text_file_place(reading->evidence, reading->source, line);
    }
    return case_id;
}

static void add_event(struct reading *reading, const struct ccm_event *event)
{
    struct evidence_set *set = reading->evidence;
    const struct evidence_log_event *told = event->told;
    const uint32_t case_id = case_of(reading, subject_of(told),
                                     is_preferred(reading->settings, told), event->at, event->line);

    if (case_id == 0) {
        return;
    }
    evidence_add_copy(set, EVIDENCE_LOG_EVENT, case_id, event->at, told);
    text_file_place(set, reading->source, event->line);
    add_registration(reading, case_id, event);
    add_sighting(reading, event);
}

/* Known problems are of the machine whose log it is. */
static void add_problem(struct reading *reading, const struct known_problem *problem)
{
    struct evidence_set *set = reading->evidence;
    const uint32_t case_id = case_of(reading, "", false, problem->at, problem->line);

    if (case_id == 0) {
        return;
    }
    evidence_add_copy(set, EVIDENCE_KNOWN_PROBLEM, case_id, problem->at, problem->told);
    text_file_place(set, reading->source, problem->line);
}

static void add_problems(struct reading *reading, const struct known_problems *problems)
{
    size_t count;
    const struct known_problem *list = known_problems_list(problems, &count);

    for (size_t i = 0; i < count; i++) {
        if (list[i].told && is_in_time(reading->settings, list[i].at, list[i].told->last_at)) {
            add_problem(reading, &list[i]);
        }
    }
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
        if (is_in_time(reading->settings, list[i].at, list[i].told->last_at)) {
            add_event(reading, &list[i]);
        }
    }
    text_file_limit(reading->evidence, recording, "events of a log", CCM_EVENTS_LIMIT, dropped);
    text_file_limit(reading->evidence, recording, "clients of a log", TEXT_FILE_CLIENTS,
                    reading->dropped);
}

static enum ccm_status read_entries(const char *path, const struct text_settings *settings,
                                    struct listeners *listeners, struct arena *arena,
                                    struct evidence_recording *recording, struct ccm_error *error)
{
    struct ccm_scan *scan = ccm_scan_new();
    struct ccm_log *log = ccm_log_new(scan, hear_entry, listeners);
    const struct text_worker worker = ccm_log_worker(log);
    enum ccm_status status;

    ccm_events_words(scan);
    if (listeners->problems) {
        known_problems_words(listeners->problems, scan);
    }
    status = text_work_file(path, settings, &worker, arena, recording, error);
    if (status == CCM_OK) {
        recording->frames = ccm_log_lines(log);
        if (listeners->endless > 0 && !recording->problem) {
            recording->problem = arena_printf(arena, "the entry of line %lld has no end",
                                              (long long)listeners->endless);
        }
    }
    ccm_log_free(log);
    ccm_scan_free(scan);
    return status;
}

enum ccm_status ccm_log_read(const char *path, const struct text_settings *settings,
                             struct evidence_set *evidence, struct ccm_error *error)
{
    struct listeners listeners = {
        .events = ccm_events_new(),
        .problems = settings->signatures ? known_problems_new(settings->signatures, path) : NULL,
    };
    struct evidence_recording *recording =
        text_file_recording(evidence, path, "Configuration Manager log");
    struct reading reading = {.settings = settings, .source = path, .evidence = evidence};
    enum ccm_status status =
        read_entries(path, settings, &listeners, &evidence->arena, recording, error);

    if (status == CCM_OK) {
        reading.first_case = reading.next_case = evidence_next_case(evidence);
        add_events(&reading, listeners.events, recording);
        if (listeners.problems) {
            add_problems(&reading, listeners.problems);
        }
    }
    name_table_release(&reading.clients);
    known_problems_free(listeners.problems);
    ccm_events_free(listeners.events);
    return status;
}
