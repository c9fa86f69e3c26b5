/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include "captures/undelivered.h"

#include <inttypes.h>
#include <string.h>

void put_u16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, value >> 16);
    put_u16(to + 2, value & 0xffff);
}

static void write_ends(struct told *told, const char *word, const struct endpoint *from,
                       const struct endpoint *to)
{
    char first[ENDPOINT_TEXT_SIZE];
    char second[ENDPOINT_TEXT_SIZE];

    buffer_printf(&told->text, "%s %s:%u>%s:%u", word, endpoint_text(from, first), from->port,
                  endpoint_text(to, second), to->port);
}

static void on_datagram(void *context, const struct endpoint *from, const struct endpoint *to,
                        const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct told *told = context;

    write_ends(told, "udp", from, to);
    buffer_printf(&told->text, " %" PRIu64 " %.*s; ", mark->frame, (int)length,
                  (const char *)bytes);
}

static void on_repeated(void *context, struct connection *connection, enum side side,
                        const struct mark *mark, uint32_t sequence, uint32_t length)
{
    struct told *told = context;

    (void)connection;
    if (told->repeats) {
        buffer_printf(&told->text, "%c%" PRIu64 " again %" PRIu32 "+%" PRIu32 "; ", "AB"[side],
                      mark -> frame, sequence, length);
    }
}

static void on_undelivered(void *context, const struct undelivered *what, const struct mark *mark)
{
    struct told *told = context;

    (void)mark;
    write_ends(told, what->is_refused ? "refused" : "undelivered", &what->from, &what->to);
    buffer_printf(&told->text, " %.*s; ", (int)what->length, (const char *)what->bytes);
}

static void on_opened(void *context, struct connection *connection)
{
    struct told *told = context;

    told->calls++;
    if (!told->quiet) {
        write_ends(told, "open", &connection->ends[0], &connection->ends[1]);
        buffer_puts(&told->text, connection->saw_syn ? "; " : " no SYN; ");
    }
}

static enum interest on_data(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct told *told = context;

    (void)connection;
    told->calls++;
    for (size_t i = 0; i < length; i++) {
        told->out_of_order += bytes[i] != 1 + told->bytes++ % 255;
    }
    if (!told->quiet) {
        buffer_printf(&told->text, "%c%" PRIu64 " %.*s; ", "AB"[side], mark -> frame, (int)length,
                      (const char *)bytes);
    }
    return bytes[length - 1] == '!' && !told->quiet ? INTEREST_BORING : INTEREST_MORE;
}

static enum interest on_gap(void *context, struct connection *connection, enum side side,
                            const struct mark *mark, uint64_t lost)
{
    struct told *told = context;

    (void)connection;
    told->calls++;
    if (!told->quiet) {
        buffer_printf(&told->text, "%c%" PRIu64 " gap %" PRIu64 "; ", "AB"[side], mark -> frame,
                      lost);
    }
    return INTEREST_MORE;
}

static void on_half_closed(void *context, struct connection *connection, enum side side,
                           const struct mark *mark)
{
    struct told *told = context;

    (void)connection;
    buffer_printf(&told->text, "%c%" PRIu64 " fin; ", "AB"[side], mark -> frame);
}

static void on_closed(void *context, struct connection *connection, enum stream_end end,
                      const struct mark *mark)
{
    static const char *const names[] = {"fin", "reset", "limit", "replaced", "unreached", "end"};
    struct told *told = context;

    (void)mark;
    told->calls++;
    if (!told->quiet) {
        buffer_printf(&told->text, "close %s", names[end]);
        if (connection->retransmissions[0] + connection->retransmissions[1] > 0) {
            buffer_printf(&told->text, " again %" PRIu64 "+%" PRIu64,
                          connection->retransmissions[0], connection->retransmissions[1]);
        }
        buffer_puts(&told->text, "; ");
    }
}

void told_init(struct told *told)
{
    memset(told, 0, sizeof(*told));
    told->sink =
        (struct transport_sink){told,           on_datagram, on_opened,   on_data,       on_gap,
                                on_half_closed, on_closed,   on_repeated, on_undelivered};
}

void told_release(struct told *told)
{
    buffer_release(&told->text);
}

static uint8_t flag_bits(const struct segment_made *segment)
{
    static const char letters[] = "FSRPA";
    uint8_t bits = segment->acknowledges != 0 ? 16 : 0;

    for (const char *flag = segment->flags ? segment->flags : ""; *flag != '\0'; flag++) {
        bits |= (uint8_t)(1U << (strchr(letters, *flag) - letters));
    }
    return bits;
}

struct frame segment_frame(const struct segment_made *segment, uint64_t number,
                           uint8_t bytes[SEGMENT_ROOM])
{
    const size_t length = segment->text ? strlen(segment->text) : 0;
    const unsigned port = segment->port ? segment->port : 5000;
    uint8_t *tcp = bytes + 20;
    struct frame frame = {.bytes = bytes, .link = LINK_RAW, .number = number};

    memset(bytes, 0, 40);
    bytes[0] = 0x45;
    put_u16(bytes + 2, (unsigned)(40 + length));
    bytes[9] = 6;
    put_u32(bytes + 12, segment->to_server ? 0x0a000001 : 0x0a000002);
    put_u32(bytes + 16, segment->to_server ? 0x0a000002 : 0x0a000001);
    put_u16(tcp, segment->to_server ? port : 80);
    put_u16(tcp + 2, segment->to_server ? 80 : port);
    put_u32(tcp + 4, segment->sequence);
    put_u32(tcp + 8, segment->acknowledges);
    tcp[12] = 0x50;
    tcp[13] = flag_bits(segment);
    if (length > 0) {
        memcpy(bytes + 40, segment->text, length);
    }
    frame.length = (uint32_t)(40 + length);
    frame.captured = segment->captured ? 40 + (uint32_t)segment->captured : frame.length;
    frame.at = segment->at ? segment->at : (int64_t)number;
    return frame;
}
