/* SPDX-License-Identifier: Apache-2.0 */
#include "live/kdc_send.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "decode/kerberos.h"
#include "decode/outcome.h"

enum {
    UDP_LIMIT = 1465, /* bytes; MIT's udp_preference_limit, Windows' MaxPacketSize */
    UDP_TRIES = 2,    /* packets to one KDC */
    TCP_TRIES = 2,    /* connections; a busy KDC closes some without an answer (measured: Samba) */
    UDP_WAIT_US = 1000000, /* for each */
    CONNECT_WAIT_US = 2000000,
    REPLY_WAIT_US = 5000000,  /* over TCP, for the whole reply */
    REPLY_LIMIT = 1024 * 1024 /* bytes; a ticket with a full PAC has up to 64 KiB */
};

/* KRB_ERR_RESPONSE_TOO_BIG as it stands on the wire (RFC 4120 7.5.9). */
enum { RESPONSE_TOO_BIG = KRB5KRB_ERR_RESPONSE_TOO_BIG - ERROR_TABLE_BASE_krb5 };

/* What is needed at every turn of one kdc_send. */
struct sending {
    struct kdc_channel *channel;
    const struct stopper *stopper;
    const struct kdc_request *request;
    struct evidence_set *evidence;
    struct buffer *reply;
    uint32_t case_id;
};

void kdc_channel_init(struct kdc_channel *channel)
{
    memset(channel, 0, sizeof(*channel));
    channel->tcp = -1;
}

void kdc_channel_close(struct kdc_channel *channel)
{
    if (channel->tcp >= 0) {
        close(channel->tcp);
    }
    channel->tcp = -1;
    channel->tcp_connected = false;
    channel->tcp_used = false;
}

/* A wait that the end of the run cut short says nothing of the KDC. */
static enum evidence_outcome unless_cut(const struct stopper *stopper,
                                        enum evidence_outcome outcome)
{
    return outcome == OUTCOME_TIMEOUT && stopper_left(stopper) == 0 ? OUTCOME_UNKNOWN : outcome;
}

/* A non-blocking socket on its way to the address; -1 with errno. */
static int open_socket(const struct kdc_address *to, int type)
{
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *info = NULL;
    char service[8];
    int fd;

    snprintf(service, sizeof(service), "%u", to->port);
    if (getaddrinfo(to->address, service, &hints, &info) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    fd = socket(info->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, info->ai_addr, info->ai_addrlen) != 0 && errno != EINPROGRESS) {
        int saved = errno;

        close(fd);
        errno = saved;
        fd = -1;
    }
    freeaddrinfo(info);
    return fd;
}

static struct evidence_kdc *add_record(const struct sending *sending, const struct kdc_address *to,
                                       enum transport transport)
{
    struct evidence_kdc *record =
        evidence_add(sending->evidence, EVIDENCE_KDC, sending->case_id, clock_wall_us());

    kerberos_decode_request(&sending->evidence->arena, sending->request->bytes,
                            sending->request->length, record);
    record->step = sending->request->step;
    record->client = sending->request->client;
    record->realm = sending->channel->list.realm;
    record->kdc = to->kdc;
    record->address = to->address;
    record->port = to->port;
    record->transport = transport;
    record->attempts = 0;
    record->request_bytes = (int64_t)sending->request->length;
    return record;
}

/* Half way through the round trip the KDC read its clock; it lies within half the trip of that. */
static void add_clock(const struct sending *sending, const struct evidence_kdc *record)
{
    const int64_t local = clock_wall_us() - record->rtt_us / 2;
    struct evidence_clock *seen =
        evidence_add(sending->evidence, EVIDENCE_CLOCK, sending->case_id, local);

    seen->source = CLOCK_KDC;
    seen->method = CLOCK_KRB_ERROR;
    seen->name = record->realm;
    seen->address = record->address;
    seen->remote_at = record->reply->error->server_time;
    seen->local_at = local;
    seen->offset_us = seen->remote_at - local;
    seen->uncertainty_us = record->rtt_us / 2 + 1000;
}

/* Judges the bytes in sending->reply. */
static void take_reply(const struct sending *sending, struct evidence_kdc *record)
{
    record->reply_bytes = (int64_t)sending->reply->length;
    record->reply = kerberos_decode_reply(&sending->evidence->arena, buffer_text(sending->reply),
                                          sending->reply->length);
    record->outcome = record->reply ? OUTCOME_REPLY : OUTCOME_MALFORMED;
    if (record->reply && record->reply->error &&
        record->reply->error->server_time != EVIDENCE_UNKNOWN) {
        add_clock(sending, record);
    }
}

/* Begins a TCP connection to KDC `index`, unless there is one. */
static void tcp_begin(struct kdc_channel *channel, size_t index)
{
    const int on = 1;

    if (channel->tcp >= 0 && channel->tcp_index == index) {
        return;
    }
    kdc_channel_close(channel);
    channel->tcp_index = index;
    channel->tcp_began = clock_monotonic_us();
    channel->tcp_connect_us = EVIDENCE_UNKNOWN;
    channel->tcp = open_socket(&channel->list.items[index], SOCK_STREAM);
    if (channel->tcp >= 0) {
        setsockopt(channel->tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

/* Notes that the connection is there, from its poll entry. */
static void tcp_note(struct kdc_channel *channel, short events)
{
    if (!channel->tcp_connected && events == POLLOUT) {
        channel->tcp_connected = true;
        channel->tcp_connect_us = clock_monotonic_us() - channel->tcp_began;
    }
}

/* Waits until the UDP socket has something, while the TCP connection may come about. */
static bool udp_wait(const struct sending *sending, int fd, int64_t until)
{
    struct kdc_channel *channel = sending->channel;

    for (;;) {
        struct pollfd fds[3] = {{.fd = fd, .events = POLLIN},
                                {.fd = channel->tcp, .events = POLLOUT}};
        nfds_t count = channel->tcp >= 0 && !channel->tcp_connected ? 2 : 1;
        int64_t left = until - clock_monotonic_us();

        if (left <= 0 || stopper_left(sending->stopper) == 0) {
            return false;
        }
        stopper_poll(sending->stopper, fds, count, left);
        if (count == 2 && fds[1].revents) {
            tcp_note(channel, fds[1].revents);
            if (!channel->tcp_connected) {
                kdc_channel_close(
                    channel); /* refused: found out again, with its errno, if needed */
            }
        }
        if (fds[0].revents) {
            return true;
        }
    }
}

static void udp_try(const struct sending *sending, size_t index)
{
    const struct kdc_address *to = &sending->channel->list.items[index];
    struct evidence_kdc *record = add_record(sending, to, TRANSPORT_UDP);
    const int tries = sending->request->once ? 1 : UDP_TRIES;
    int fd = open_socket(to, SOCK_DGRAM);
    char packet[64 * 1024];

    record->outcome = fd < 0 ? outcome_of_errno(errno) : OUTCOME_TIMEOUT;
    while (fd >= 0 && record->outcome == OUTCOME_TIMEOUT && record->attempts < tries &&
           stopper_left(sending->stopper) > 0) {
        int64_t sent = clock_monotonic_us();
        ssize_t got;

        record->attempts++;
        if (send(fd, sending->request->bytes, sending->request->length, MSG_NOSIGNAL) < 0) {
            record->outcome = outcome_of_errno(errno);
            break;
        }
        if (!udp_wait(sending, fd, sent + UDP_WAIT_US)) {
            continue;
        }
        got = recv(fd, packet, sizeof(packet), 0);
        record->rtt_us = clock_monotonic_us() - sent;
        if (got < 0) {
            record->outcome = outcome_of_errno(errno);
        } else {
            buffer_append(sending->reply, packet, (size_t)got);
            take_reply(sending, record);
        }
    }
    record->outcome = unless_cut(sending->stopper, record->outcome);
    if (fd >= 0) {
        close(fd);
    }
}

/* Completes the connection; the outcome is OUTCOME_REPLY when it stands. */
static enum evidence_outcome tcp_complete(const struct sending *sending, size_t index)
{
    struct kdc_channel *channel = sending->channel;
    struct pollfd fds[2];
    int problem = 0;
    socklen_t size = sizeof(problem);
    int64_t left;

    tcp_begin(channel, index);
    if (channel->tcp < 0) {
        return outcome_of_errno(errno);
    }
    if (channel->tcp_connected) {
        return OUTCOME_REPLY;
    }
    fds[0] = (struct pollfd){.fd = channel->tcp, .events = POLLOUT};
    left = channel->tcp_began + CONNECT_WAIT_US - clock_monotonic_us();
    if (stopper_poll(sending->stopper, fds, 1, left > 0 ? left : 0) == 0) {
        return OUTCOME_TIMEOUT;
    }
    tcp_note(channel, fds[0].revents);
    if (!channel->tcp_connected) {
        getsockopt(channel->tcp, SOL_SOCKET, SO_ERROR, &problem, &size);
        return outcome_of_errno(problem);
    }
    return OUTCOME_REPLY;
}

/* Sends length and message; the outcome is OUTCOME_REPLY when all is on its way. */
static enum evidence_outcome tcp_write(const struct sending *sending)
{
    const size_t length = sending->request->length;
    const uint8_t head[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16),
                             (uint8_t)(length >> 8), (uint8_t)length};
    struct buffer message = {0};
    enum evidence_outcome outcome = OUTCOME_REPLY;
    size_t done = 0;

    buffer_append(&message, head, sizeof(head));
    buffer_append(&message, sending->request->bytes, length);
    while (outcome == OUTCOME_REPLY && done < message.length) {
        struct pollfd fds[2] = {{.fd = sending->channel->tcp, .events = POLLOUT}};
        ssize_t sent;

        if (stopper_poll(sending->stopper, fds, 1, REPLY_WAIT_US) == 0) {
            outcome = OUTCOME_TIMEOUT;
            break;
        }
        sent = send(fds[0].fd, message.data + done, message.length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            outcome = OUTCOME_CLOSED;
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    buffer_release_secret(&message);
    return outcome;
}

/* Reads the length and the message; the reply buffer holds the message alone on success. */
static enum evidence_outcome tcp_read(const struct sending *sending, int64_t until)
{
    struct buffer *reply = sending->reply;
    uint8_t head[4];
    size_t head_length = 0;
    size_t expected = 0;

    while (head_length < sizeof(head) || reply->length < expected) {
        struct pollfd fds[2] = {{.fd = sending->channel->tcp, .events = POLLIN}};
        char chunk[16 * 1024];
        size_t want =
            head_length < sizeof(head) ? sizeof(head) - head_length : expected - reply->length;
        ssize_t got;

        if (stopper_poll(sending->stopper, fds, 1, until - clock_monotonic_us()) == 0) {
            return OUTCOME_TIMEOUT;
        }
        got = recv(fds[0].fd, chunk, want < sizeof(chunk) ? want : sizeof(chunk), 0);
        if (got <= 0) {
            return got < 0 && errno == EAGAIN ? OUTCOME_TIMEOUT : OUTCOME_CLOSED;
        }
        if (head_length < sizeof(head)) {
            memcpy(head + head_length, chunk, (size_t)got);
            head_length += (size_t)got;
            expected =
                (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
            if (head_length == sizeof(head) && (expected == 0 || expected > REPLY_LIMIT)) {
                return OUTCOME_MALFORMED;
            }
        } else {
            buffer_append(reply, chunk, (size_t)got);
        }
    }
    return OUTCOME_REPLY;
}

static void tcp_try(const struct sending *sending, size_t index)
{
    struct kdc_channel *channel = sending->channel;
    struct evidence_kdc *record = add_record(sending, &channel->list.items[index], TRANSPORT_TCP);

    int fresh_left = sending->request->once ? 1 : TCP_TRIES;

    for (;;) {
        const bool was_used = channel->tcp >= 0 && channel->tcp_used && channel->tcp_index == index;
        int64_t sent;

        fresh_left -= was_used ? 0 : 1;
        record->outcome = tcp_complete(sending, index);
        if (record->outcome != OUTCOME_REPLY) {
            break;
        }
        record->connect_us = was_used ? EVIDENCE_UNKNOWN : channel->tcp_connect_us;
        record->attempts++;
        sent = clock_monotonic_us();
        record->outcome = tcp_write(sending);
        if (record->outcome == OUTCOME_REPLY) {
            record->outcome = tcp_read(sending, sent + REPLY_WAIT_US);
        }
        record->rtt_us = clock_monotonic_us() - sent;
        if (record->outcome != OUTCOME_CLOSED || sending->reply->length > 0 || fresh_left == 0) {
            break;
        }
        kdc_channel_close(channel); /* it keeps none open, or has too many: on a new one */
    }
    record->outcome = unless_cut(sending->stopper, record->outcome);
    if (record->outcome == OUTCOME_REPLY) {
        channel->tcp_used = true;
        take_reply(sending, record);
    }
    if (record->outcome != OUTCOME_REPLY) {
        kdc_channel_close(channel);
    }
}

static const struct evidence_kdc *last_reply(const struct evidence_set *evidence, size_t from)
{
    for (size_t i = evidence->count; i > from; i--) {
        const struct evidence_record *record = &evidence->records[i - 1];

        if (record->kind == EVIDENCE_KDC && record->kdc->outcome == OUTCOME_REPLY) {
            return record->kdc;
        }
    }
    return NULL;
}

static bool is_too_big(const struct evidence_kdc *record)
{
    return record->reply->error && record->reply->error->code == RESPONSE_TOO_BIG;
}

/* One KDC: over UDP, TCP, or both, as the request and the replies ask for. */
static const struct evidence_kdc *try_kdc(const struct sending *sending, size_t index)
{
    const struct kdc_request *request = sending->request;
    const size_t first = sending->evidence->count;
    const struct evidence_kdc *answered = NULL;

    if (!(sending->channel->tcp_connected && sending->channel->tcp_index == index)) {
        tcp_begin(sending->channel, index);
    }
    if (!request->once && request->length <= UDP_LIMIT) {
        udp_try(sending, index);
        answered = last_reply(sending->evidence, first);
        if (answered && !is_too_big(answered)) {
            return answered;
        }
        buffer_truncate(sending->reply, 0);
    }
    tcp_try(sending, index);
    answered = last_reply(sending->evidence, first);
    if (!answered && request->once && request->length <= UDP_LIMIT &&
        sending->evidence->records[sending->evidence->count - 1].kdc->attempts == 0) {
        buffer_truncate(sending->reply,
                        0); /* nothing went out by TCP, so this is still the only time */
        udp_try(sending, index);
        answered = last_reply(sending->evidence, first);
    }
    return answered && !is_too_big(answered) ? answered : NULL;
}

const struct evidence_kdc *kdc_send(struct kdc_channel *channel, const struct stopper *stopper,
                                    uint32_t case_id, const struct kdc_request *request,
                                    struct evidence_set *evidence, struct buffer *reply)
{
    const struct sending sending = {channel, stopper, request, evidence, reply, case_id};

    for (size_t i = 0; i < channel->list.count && stopper_left(stopper) > 0; i++) {
        const size_t index = (channel->current + i) % channel->list.count;
        const struct evidence_kdc *answered;

        buffer_truncate(reply, 0);
        answered = try_kdc(&sending, index);
        if (answered) {
            channel->current = index;
            return answered;
        }
        if (request->once) {
            break;
        }
    }
    return NULL;
}
