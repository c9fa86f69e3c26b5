/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kerberos messages and HTTP heads of a capture, for comparison with other programs and for
 * measuring:
 *
 *   list_messages FILE           a line for each: frame, "kerberos" or "http", "request" or
 * "reply", code, text; separated by tabs (captures/messages.h) list_messages --count FILE   only
 * how many events there were, and the memory used
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "captures/messages.h"
#include "captures/packet_file.h"

static void on_event(void *context, struct capture_event *event)
{
    uint64_t *events = context;

    events[event->kind]++;
}

static void on_message(void *context, const struct capture_message *message)
{
    (void)context;
    printf("%" PRIu64 "\t%s\t%s\t%" PRId64 "\t%s\n", message->mark.frame,
           message->kind == EVIDENCE_KDC ? "kerberos" : "http",
           message->is_request ? "request" : "reply", message->code,
           message->text ? message->text : "");
}

static void print_counts(const uint64_t *events, const struct evidence_recording *recording)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("events: dns %" PRIu64 " kdc %" PRIu64 " http %" PRIu64 " search %" PRIu64
           " registration %" PRIu64 " clock %" PRIu64 "\n",
           events[EVIDENCE_DNS], events[EVIDENCE_KDC], events[EVIDENCE_HTTP],
           events[EVIDENCE_SEARCH], events[EVIDENCE_REGISTRATION], events[EVIDENCE_CLOCK]);
    for (size_t i = 0; i < recording->limit_count; i++) {
        printf("limit: %s, %" PRId64 ", %" PRId64 " dropped\n", recording->limits[i].name,
               recording->limits[i].limit, recording->limits[i].dropped);
    }
    printf("memory %ld KiB\n", usage.ru_maxrss);
}

int main(int count, char **arguments)
{
    const bool only_count = count == 3 && strcmp(arguments[1], "--count") == 0;
    uint64_t events[EVIDENCE_KIND_COUNT] = {0};
    struct evidence_recording recording = {0};
    struct transport_state *transport;
    struct messages *messages;
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;
    struct arena arena = {0};
    struct mark last;

    if (count < 2 || packet_file_open(arguments[count - 1], &file, &error) != CCM_OK) {
        fprintf(stderr, "list_messages: %s\n", count < 2 ? "which file?" : error.text);
        return 1;
    }
    messages = messages_new(&(struct messages_settings){
        .context = events,
        .on_event = on_event,
        .on_message = only_count ? NULL : on_message,
        .recording = &recording,
        .arena = &arena,
    });
    transport = transport_new(messages_sink(messages), &TRANSPORT_LIMITS);
    while (packet_file_next(file, &frame)) {
        transport_frame(transport, &frame);
    }
    transport_end(transport);
    last = (struct mark){frame.number, frame.at};
    messages_end(messages, &last);
    if (only_count) {
        print_counts(events, &recording);
    }
    transport_free(transport);
    messages_free(messages);
    packet_file_close(file);
    arena_release(&arena);
    return 0;
}
