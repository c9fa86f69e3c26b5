/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a file to the bytes of its connections, held to the transport's contract; and
   the whole way to evidence: sniffing, unpacking, every reader, every layer, messages, story. */
#include <stdlib.h>

#include "captures/capture.h"
#include "captures/packet_file.h"
#include "captures/story_memory.h"
#include "captures/transport.h"
#include "tests/captures/check_sink.h"
#include "tests/fuzz/fuzz.h"

/* So small that a few frames reach them. */
static const struct transport_limits FEW_BYTES = {
    .connections = 2, .side_bytes = 2048, .buffered_bytes = 3072, .fragmented_datagrams = 2};
static const struct messages_limits FEW_MESSAGES = {.conversations = 2,
                                                    .exchanges = 4,
                                                    .conversation_exchanges = 2,
                                                    .questions = 2,
                                                    .held_bytes = 1024,
                                                    .bodies_bytes = 1024};
static const struct story_limits FEW_CASES = {.clients = 2,
                                              .cases = 2,
                                              .names = 2,
                                              .tickets = 2,
                                              .connections = 1,
                                              .registrations = 1,
                                              .requests = 2,
                                              .message_bytes = 1536,
                                              .client_bytes = 4096,
                                              .case_bytes = 8192,
                                              .shared_bytes = 2048};

/* Every other length meets these limits. */
static bool is_little(size_t length)
{
    return length % 2 == 1;
}

static void read_streams(const uint8_t *bytes, size_t length)
{
    struct check_sink check;
    struct transport_state *transport;
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;

    check_sink_init(&check, 0);
    transport = transport_new(&check.sink, is_little(length) ? &FEW_BYTES : &TRANSPORT_LIMITS);
    if (packet_file_of_input(input_of_memory(bytes, length), "input", &file, &error) == CCM_OK) {
        while (packet_file_next(file, &frame)) {
            transport_frame(transport, &frame);
        }
        packet_file_close(file);
    }
    transport_end(transport);
    check_sink_end(&check);
    transport_free(transport);
}

/* Every record belongs to a case that there is, and stands in a frame that there is. */
static void check_evidence(const struct evidence_set *evidence)
{
    const int64_t frames = evidence->records[0].recording->frames;
    uint32_t last = 0;

    for (size_t i = 1; i < evidence->count; i++) {
        const struct evidence_record *record = &evidence->records[i];
        const struct evidence_place *place = record->place;

        if (record->case_id < last || record->case_id > last + 1 || record->case_id == 0 ||
            !place || place->frame > frames || place->reply_frame > frames) {
            abort();
        }
        last = record->case_id;
    }
}

/* What is asked for depends on the length as well: all of it, one client, one MP, or a time. */
static struct capture_settings settings_for(size_t length)
{
    struct capture_settings settings = {
        .story = {.since = EVIDENCE_UNKNOWN, .until = EVIDENCE_UNKNOWN, .source = "input"}};

    if (is_little(length)) {
        settings.transport = &FEW_BYTES;
        settings.messages = &FEW_MESSAGES;
        settings.story.limits = &FEW_CASES;
    }
    switch (length / 2 % 8) {
    case 5:
        settings.story.client = "10.0.0.5";
        break;
    case 6:
        settings.story.mp = "mp.contoso.lab";
        break;
    case 7:
        settings.story.since = INT64_C(1100000000003000);
        settings.story.until = INT64_C(1100000000030000);
        break;
    default:
        break;
    }
    return settings;
}

static void read_evidence(const uint8_t *bytes, size_t length)
{
    const struct capture_settings settings = settings_for(length);
    struct evidence_set evidence = {0};
    struct packet_file *file;
    struct ccm_error error;

    if (packet_file_of_input(input_of_memory(bytes, length), "input", &file, &error) == CCM_OK) {
        capture_read_file(file, "input", &settings, &evidence);
        check_evidence(&evidence);
    }
    evidence_release(&evidence);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    read_streams(bytes, length);
    read_evidence(bytes, length);
    return 0;
}
