/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/capture.h"

#include "captures/limits.h"
#include "captures/packet_file.h"
#include "captures/transport.h"

enum { FRAMES_A_LOOK = 4096 }; /* so often is asked whether to stop: some milliseconds */

/* Everything that one reading needs. */
struct reading {
    const struct capture_settings *settings;
    struct packet_file *file;
    const struct transport_limits *limits;
    struct transport_state *transport;
    struct messages *messages;
    struct story *story;
    struct evidence_recording *recording;
    struct mark last;
    bool stopped;
};

/* The cases of the file are counted on from those that are there. */
static void note_time(struct evidence_recording *recording, int64_t at)
{
    if (at == EVIDENCE_UNKNOWN) {
        return;
    }
    if (recording->first_at == EVIDENCE_UNKNOWN || at < recording->first_at) {
        recording->first_at = at;
    }
    if (recording->last_at == EVIDENCE_UNKNOWN || at > recording->last_at) {
        recording->last_at = at;
    }
}

/* Tells how far it is, and asks whether to go on. */
static bool goes_on(const struct reading *reading)
{
    const struct capture_settings *settings = reading->settings;
    const struct input *input = packet_file_input(reading->file);

    if (settings->progress) {
        settings->progress(settings->context, input_position(input), input_size(input));
    }
    return !settings->stop || !settings->stop(settings->context);
}

static void read_frames(struct reading *reading)
{
    struct frame frame = {0};

    while (packet_file_next(reading->file, &frame)) {
        note_time(reading->recording, frame.at);
        transport_frame(reading->transport, &frame);
        if (frame.number % FRAMES_A_LOOK == 0 && !goes_on(reading)) {
            reading->stopped = true;
            break;
        }
    }
    reading->last = (struct mark){frame.number, frame.at};
}

static void add_limit(struct evidence_set *evidence, struct evidence_recording *recording,
                      const char *name, int64_t limit, uint64_t dropped)
{
    struct recording_limit *row;

    if (dropped == 0) {
        return;
    }
    row = arena_push(&evidence->arena, (void **)&recording->limits, &recording->limit_count,
                     sizeof(*recording->limits));
    row->name = name;
    row->limit = limit;
    row->dropped = (int64_t)dropped;
}

static void describe_file(const struct reading *reading, struct evidence_set *evidence)
{
    const struct packet_file *file = reading->file;
    struct evidence_recording *recording = reading->recording;
    const char *problem = packet_file_problem(file);

    recording->format = arena_strdup(&evidence->arena, packet_file_format(file));
    recording->compression = input_compression(packet_file_input(file));
    recording->bytes = (int64_t)input_offset(packet_file_input(file));
    recording->frames = (int64_t)reading->last.frame;
    if (!problem && reading->stopped) {
        problem = "reading was interrupted";
    }
    recording->problem = arena_strdup(&evidence->arena, problem);
}

static void describe_transport(const struct reading *reading, struct evidence_set *evidence)
{
    const struct transport_counts *counts = transport_counts(reading->transport);
    const struct transport_limits *limits = reading->limits;
    struct evidence_recording *recording = reading->recording;

    recording->cut_frames = (int64_t)counts->cut_frames;
    recording->malformed_frames = (int64_t)counts->malformed_frames;
    recording->unreadable_frames = (int64_t)counts->unreadable_frames;
    recording->one_sided_connections = (int64_t)counts->one_sided_connections;
    recording->lost_segments = (int64_t)counts->lost_segments;
    add_limit(evidence, recording, "open connections", limits->connections,
              counts->connections_dropped);
    add_limit(evidence, recording, "bytes of a connection that wait for lost ones",
              (int64_t)limits->side_bytes, counts->side_gaps_dropped);
    add_limit(evidence, recording, "bytes of all connections that wait for lost ones",
              (int64_t)limits->buffered_bytes, counts->buffer_gaps_dropped);
    add_limit(evidence, recording, "fragmented datagrams at a time", limits->fragmented_datagrams,
              counts->fragments_dropped);
}

static void on_event(void *context, struct capture_event *event)
{
    const struct reading *reading = context;

    story_event(reading->story, event);
}

static void on_message(void *context, const struct capture_message *message)
{
    const struct reading *reading = context;

    reading->settings->on_message(reading->settings->message_context, message);
}

/* The messages count from 0; what the file does not tell stays unknown. */
static struct evidence_recording *new_recording(struct evidence_set *evidence, const char *name)
{
    struct evidence_recording *recording =
        evidence_add(evidence, EVIDENCE_RECORDING, 0, EVIDENCE_UNKNOWN);

    recording->name = arena_strdup(&evidence->arena, name);
    recording->dns_messages = 0;
    recording->kerberos_messages = 0;
    recording->ldap_messages = 0;
    recording->http_requests = 0;
    recording->ccm_posts = 0;
    recording->tls_connections = 0;
    recording->http2_connections = 0;
    return recording;
}

void capture_read_file(struct packet_file *file, const char *name,
                       const struct capture_settings *settings, struct evidence_set *evidence)
{
    const uint32_t number = evidence_next_case(evidence);
    struct reading reading = {.settings = settings, .file = file};
    struct messages_settings messages;

    reading.recording =
        new_recording(evidence, settings->story.source ? settings->story.source : name);
    reading.story = story_new(&settings->story);
    messages = (struct messages_settings){.context = &reading,
                                          .limits = settings->messages,
                                          .on_event = on_event,
                                          .on_message = settings->on_message ? on_message : NULL,
                                          .recording = reading.recording,
                                          .arena = &evidence->arena};
    reading.messages = messages_new(&messages);
    reading.limits = settings->transport ? settings->transport : &TRANSPORT_LIMITS;
    reading.transport = transport_new(messages_sink(reading.messages), reading.limits);
    read_frames(&reading);
    transport_end(reading.transport);
    messages_end(reading.messages, &reading.last);
    describe_file(&reading, evidence);
    describe_transport(&reading, evidence);
    (void)story_finish(reading.story, number, reading.recording, evidence);
    transport_free(reading.transport);
    messages_free(reading.messages);
    story_free(reading.story);
    packet_file_close(reading.file);
}

enum ccm_status capture_read(const char *path, const struct capture_settings *settings,
                             struct evidence_set *evidence, struct ccm_error *error)
{
    struct packet_file *file;
    enum ccm_status status = packet_file_open(path, &file, error);

    if (status == CCM_OK) {
        capture_read_file(file, path, settings, evidence);
    }
    return status;
}
