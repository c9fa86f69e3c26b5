/* SPDX-License-Identifier: Apache-2.0 */
#include "live/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "decode/dns.h"

/* The first try waits so long for each server, the second twice as long (milliseconds): a server
   on the far side of a slow line answers within it, a dead one costs three seconds. */
enum { DNS_TRY_MS = 1000, DNS_TRIES = 2 };

/* One question under way. */
struct pending {
    struct arena *arena;
    struct evidence_dns *record;
    int64_t sent; /* monotonic */
    bool done;
};

static const struct {
    const char *word;
    int number; /* RFC 1035, 3596, 2782 */
} TYPES[] = {{"A", 1}, {"PTR", 12}, {"AAAA", 28}, {"SRV", 33}};

static int type_number(const char *word)
{
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (strcmp(TYPES[i].word, word) == 0) {
            return TYPES[i].number;
        }
    }
    return 0;
}

/* What c-ares' own status means when it hands over no message. */
static enum dns_outcome outcome_of_status(int status)
{
    switch (status) {
    case ARES_ENODATA:
        return DNS_NODATA;
    case ARES_ENOTFOUND:
        return DNS_NXDOMAIN;
    case ARES_ESERVFAIL:
        return DNS_SERVFAIL;
    case ARES_EREFUSED:
        return DNS_REFUSED;
    case ARES_EFORMERR:
    case ARES_ENOTIMP:
        return DNS_OTHER_RCODE;
    case ARES_EBADRESP:
        return DNS_MALFORMED;
    case ARES_ETIMEOUT:
        return DNS_TIMEOUT;
    case ARES_EDESTRUCTION: /* the run was over before the server's time was */
        return DNS_UNKNOWN;
    default:
        return DNS_UNREACHABLE;
    }
}

static void on_reply(void *argument, int status, int timeouts, unsigned char *message, int length)
{
    struct pending *pending = argument;

    (void)timeouts;
    pending->done = true;
    pending->record->rtt_us = clock_monotonic_us() - pending->sent;
    pending->record->outcome = outcome_of_status(status);
    if (message && length > 0) {
        dns_decode(pending->arena, message, (size_t)length, pending->record);
    }
}

static int open_channel(const struct dns_settings *settings, int flags, ares_channel *channel)
{
    struct ares_options options = {.flags = flags, .timeout = DNS_TRY_MS, .tries = DNS_TRIES};
    int status =
        ares_init_options(channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);

    if (status == ARES_SUCCESS && settings->resolver) {
        status = ares_set_servers_ports_csv(*channel, settings->resolver);
        if (status != ARES_SUCCESS) {
            ares_destroy(*channel);
        }
    }
    return status;
}

enum ccm_status dns_check_settings(const struct dns_settings *settings, struct ccm_error *error)
{
    ares_channel channel;
    int status = open_channel(settings, 0, &channel);

    if (status != ARES_SUCCESS) {
        return settings->resolver
                   ? ccm_fail(error, CCM_ERROR_USAGE,
                              "--resolver %s: expected an address such as 10.0.0.1 or 10.0.0.1:53",
                              settings->resolver)
                   : ccm_fail(error, CCM_ERROR_INTERNAL, "c-ares: %s", ares_strerror(status));
    }
    ares_destroy(channel);
    return CCM_OK;
}

static bool all_done(const struct pending *pending, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!pending[i].done) {
            return false;
        }
    }
    return true;
}

/* One turn of waiting for c-ares' sockets. */
static void wait_once(ares_channel channel, const struct stopper *stopper)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM + 1];
    struct timeval longest = {.tv_sec = 60};
    struct timeval *wait;
    struct timeval storage;
    nfds_t count = 0;
    unsigned mask = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);

    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        /* ARES_GETSOCK_READABLE and _WRITABLE, without their shift into the sign bit. */
        short events = (short)((mask >> i & 1U ? POLLIN : 0) |
                               (mask >> (i + ARES_GETSOCK_MAXNUM) & 1U ? POLLOUT : 0));

        if (events) {
            fds[count++] = (struct pollfd){.fd = sockets[i], .events = events};
        }
    }
    wait = ares_timeout(channel, &longest, &storage);
    stopper_poll(stopper, fds, count, (int64_t)wait->tv_sec * CLOCK_US_PER_SECOND + wait->tv_usec);
    for (nfds_t i = 0; i < count; i++) {
        const short ready = fds[i].revents;

        ares_process_fd(channel, ready & ~POLLOUT ? fds[i].fd : ARES_SOCKET_BAD,
                        ready & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* Asks what no server has answered yet, all at once. */
static void ask_servers(const struct dns_settings *settings, const struct stopper *stopper,
                        int flags, struct pending *pending, size_t count)
{
    ares_channel channel;

    if (open_channel(settings, flags, &channel) != ARES_SUCCESS) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct evidence_dns *record = pending[i].record;

        pending[i].done = record->outcome != DNS_UNREACHABLE;
        if (!pending[i].done) {
            pending[i].sent = clock_monotonic_us();
            ares_query(channel, record->name, 1 /* IN */, type_number(record->type), on_reply,
                       &pending[i]);
        }
    }
    while (!all_done(pending, count) && stopper_left(stopper) > 0) {
        wait_once(channel, stopper);
    }
    ares_destroy(channel); /* tells on_reply of what is still under way */
}

void dns_ask(const struct dns_settings *settings, const struct stopper *stopper, uint32_t case_id,
             struct evidence_set *evidence, const struct dns_question *questions, size_t count,
             const struct evidence_dns *asked[])
{
    struct pending pending[DNS_QUESTIONS_AT_ONCE] = {0};

    count = count < DNS_QUESTIONS_AT_ONCE ? count : DNS_QUESTIONS_AT_ONCE;
    for (size_t i = 0; i < count; i++) {
        struct evidence_dns *record =
            evidence_add(evidence, EVIDENCE_DNS, case_id, clock_wall_us());

        record->server = arena_strdup(&evidence->arena, settings->resolver);
        record->name = arena_strdup(&evidence->arena, questions[i].name);
        record->type = arena_strdup(&evidence->arena, questions[i].type);
        record->outcome = DNS_UNREACHABLE;
        asked[i] = record;
        pending[i] = (struct pending){.arena = &evidence->arena, .record = record};
    }
    ask_servers(settings, stopper, 0, pending, count);
    /* SERVFAIL, REFUSED and NOTIMP make c-ares ask the next server, as they should, and look like
       no server at all when there is none: only then is the message itself asked for. */
    for (size_t i = 0; i < count; i++) {
        if (pending[i].record->outcome == DNS_UNREACHABLE) {
            ask_servers(settings, stopper, ARES_FLAG_NOCHECKRESP, pending, count);
            break;
        }
    }
}

const char *dns_search_domain(struct arena *arena)
{
    struct ares_options options = {0};
    ares_channel channel;
    const char *domain = NULL;
    int mask = 0;

    if (ares_init(&channel) != ARES_SUCCESS) {
        return NULL;
    }
    if (ares_save_options(channel, &options, &mask) == ARES_SUCCESS && options.ndomains > 0) {
        domain = arena_strdup(arena, options.domains[0]);
    }
    ares_destroy_options(&options);
    ares_destroy(channel);
    return domain;
}

const char *dns_reverse_name(struct arena *arena, const char *address)
{
    unsigned char bytes[16];
    char name[73] = "";

    if (inet_pton(AF_INET, address, bytes) == 1) {
        return arena_printf(arena, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1],
                            bytes[0]);
    }
    if (inet_pton(AF_INET6, address, bytes) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < 32; i++) {
        unsigned byte = bytes[15 - i / 2];

        name[2 * i] = "0123456789abcdef"[i % 2 ? byte >> 4 : byte & 15];
        name[2 * i + 1] = '.';
    }
    return arena_printf(arena, "%sip6.arpa", name);
}
