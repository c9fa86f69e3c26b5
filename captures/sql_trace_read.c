/* SPDX-License-Identifier: Apache-2.0 */
/* A trace of the site's database as evidence: a case for each client that registers, with what it
   registered as each time that it was something else. */
#include <string.h>
#include <strings.h>

#include "captures/name_table.h"
#include "captures/sql_trace.h"
#include "captures/text_file.h"
#include "evidence/copy.h"
#include "evidence/registration.h"

/* Clients beyond TEXT_FILE_CLIENTS that get a case as theirs is one to look at. */
enum { MORE_CLIENTS = TEXT_FILE_CLIENTS };

struct reading {
    const struct text_settings *settings;
    const char *source;
    struct evidence_set *evidence;
    struct evidence_recording *recording;
    struct name_table clients;    /* their places in `last`, from 1 */
    struct evidence_record *last; /* of each client: copies, whose payloads are the set's */
    size_t last_count;
    struct arena arena; /* of `last` */
    uint32_t first_case;
    const char *problem; /* of the first call that has one */
    size_t calls;
    size_t dropped;
    size_t dropped_wrong;
};

static const char *subject_of(const struct evidence_registration *made)
{
    return made->name ? made->name : made->smsid ? made->smsid : "";
}

/* Computers of two domains may have one NetBIOS name. */
static const char *key_of(const struct evidence_registration *made)
{
    return made->fqdn ? made->fqdn : subject_of(made);
}

static bool is_preferred(const struct text_settings *settings,
                         const struct evidence_registration *made)
{
    return settings->client && (strcasecmp(subject_of(made), settings->client) == 0 ||
                                (made->fqdn && strcasecmp(made->fqdn, settings->client) == 0) ||
                                (made->smsid && strcasecmp(made->smsid, settings->client) == 0));
}

static bool is_in_time(const struct text_settings *settings, int64_t at)
{
    return at == EVIDENCE_UNKNOWN ||
           ((settings->since == EVIDENCE_UNKNOWN || at >= settings->since) &&
            (settings->until == EVIDENCE_UNKNOWN || at <= settings->until));
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_registration(const struct evidence_registration *a,
                              const struct evidence_registration *b)
{
    return same_text(a->smsid, b->smsid) && same_text(a->hardware_id, b->hardware_id) &&
           same_text(a->signing_thumbprint, b->signing_thumbprint) && same_text(a->fqdn, b->fqdn) &&
           same_text(a->problem, b->problem) && a->integrated == b->integrated &&
           a->approval_method == b->approval_method &&
           registration_differences(a) == registration_differences(b);
}

static void add_sighting(const struct reading *reading, const struct evidence_registration *made,
                         int64_t at, int64_t line)
{
    struct sighting sighting = {.at = at};

    if (!made->name || !made->smsid ||
        !guid_read(made->smsid, strlen(made->smsid), sighting.guid)) {
        return;
    }
    sighting.name = made->name;
    sighting.name_length = strlen(made->name);
    sighting.certificate = made->signing_thumbprint;
    sighting.certificate_length = made->signing_thumbprint ? strlen(made->signing_thumbprint) : 0;
    sighting.hardware = made->hardware_id;
    sighting.hardware_length = made->hardware_id ? strlen(made->hardware_id) : 0;
    sighting.place = reading->settings->first_place + (uint32_t)line;
    duplicates_add(reading->settings->duplicates, &sighting);
}

static void note_time(struct evidence_recording *recording, int64_t at)
{
    if (at != EVIDENCE_UNKNOWN) {
        recording->first_at = recording->first_at == EVIDENCE_UNKNOWN || at < recording->first_at
                                  ? at
                                  : recording->first_at;
        recording->last_at = at > recording->last_at ? at : recording->last_at;
    }
}

/* The client's place in `last`: a new case for a new one. NULL when there are too many. */
static struct evidence_record *find_client(struct reading *reading,
                                           const struct evidence_registration *made, int64_t at,
                                           int64_t line)
{
    const char *subject = subject_of(made);
    uint32_t place =
        name_table_find(&reading->clients, key_of(made), (uint32_t)reading->last_count + 1);
    void *items = reading->last;
    struct evidence_record *last;

    if (place > 0) {
        return &reading->last[place - 1];
    }
    last = arena_push(&reading->arena, &items, &reading->last_count, sizeof(*last));
    reading->last = items;
    last->case_id = reading->first_case + (uint32_t)reading->last_count - 1;
    text_file_case(reading->evidence, last->case_id, at, *subject ? subject : NULL);
    text_file_place(reading->evidence, reading->source, line);
    return last;
}

/* Is there a case for the client, or room for one? Where there are too many clients, those are told
   whose registration does not agree with itself or could not be read, and so not be compared. */
static bool has_case(struct reading *reading, const struct evidence_registration *made)
{
    const bool wrong = made->problem || registration_differences(made) != 0;

    if (reading->last_count < TEXT_FILE_CLIENTS ||
        (wrong && reading->last_count < TEXT_FILE_CLIENTS + MORE_CLIENTS) ||
        is_preferred(reading->settings, made) ||
        name_table_find(&reading->clients, key_of(made), 0) != 0) {
        return true;
    }
    reading->dropped += wrong ? 0 : 1;
    reading->dropped_wrong += wrong ? 1 : 0;
    return false;
}

/* Registrations that say the same again are only counted. */
static void on_call(void *context, struct evidence_registration *made, int64_t at, int64_t line)
{
    struct reading *reading = context;
    struct evidence_set *set = reading->evidence;
    struct evidence_record *last;

    reading->calls++;
    if (made->problem && !reading->problem) {
        reading->problem =
            arena_printf(&set->arena, "line %lld: %s", (long long)line, made->problem);
    }
    add_sighting(reading, made, at, line);
    note_time(reading->recording, at);
    if (!is_in_time(reading->settings, at)) {
        return;
    }
    if (!is_preferred(reading->settings,
                      made)) { /* 28 of each are for a reader who looks at one client */
        made->parameter_count = 0;
    }
    if (!has_case(reading, made)) {
        return;
    }
    last = find_client(reading, made, at, line);
    if (!last->payload || !same_registration(last->registration, made)) {
        last->payload = evidence_add_copy(set, EVIDENCE_REGISTRATION, last->case_id, at, made);
        text_file_place(set, reading->source, line);
    }
}

bool sql_trace_recognise(const void *bytes, size_t length)
{
    static const char *const marks[] = {"spUpdateClientRegistration", "<TraceData",
                                        "<RingBufferTarget", "rpc_completed"};
    char text[64 * 1024];
    size_t count = 0;

    /* UTF-16 is looked at without its NULs. */
    for (size_t i = 0; i < length && count < sizeof(text); i++) {
        const char c = ((const char *)bytes)[i];

        if (c != '\0') {
            text[count++] = c;
        }
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (memmem(text, count, marks[i], strlen(marks[i]))) {
            return true;
        }
    }
    return false;
}

enum ccm_status sql_trace_read(const char *path, const struct text_settings *settings,
                               struct evidence_set *evidence, struct ccm_error *error)
{
    struct reading reading = {
        .settings = settings,
        .source = path,
        .evidence = evidence,
        .recording = text_file_recording(evidence, path, "SQL trace"),
        .first_case = evidence_next_case(evidence),
    };
    const struct sql_trace_settings how = {
        .on_call = on_call, .context = &reading, .whole = settings->client != NULL};
    struct sql_trace *trace = sql_trace_new(&how);
    const struct text_worker worker = sql_trace_worker(trace);
    enum ccm_status status =
        text_work_file(path, settings, &worker, &evidence->arena, reading.recording, error);

    if (status == CCM_OK) {
        reading.recording->frames = sql_trace_lines(trace);
        if (!reading.recording->problem) {
            reading.recording->problem = reading.calls > 0
                                             ? reading.problem
                                             : "no call of spUpdateClientRegistration is in it";
        }
        text_file_limit(evidence, reading.recording, "clients of a trace", TEXT_FILE_CLIENTS,
                        reading.dropped);
        text_file_limit(evidence, reading.recording,
                        "clients of a trace whose registration is wrong",
                        TEXT_FILE_CLIENTS + MORE_CLIENTS, reading.dropped_wrong);
    }
    name_table_release(&reading.clients);
    arena_release(&reading.arena);
    sql_trace_free(trace);
    return status;
}
