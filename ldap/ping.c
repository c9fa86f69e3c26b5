/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/ping.h"

#include <lber.h>
#include <ldap.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    TRIES = 2,
    WAIT_US = CLOCK_US_PER_SECOND,
    ANSWER_MAX = 4096, /* bytes of a datagram; real ones have some 200 */
};

/* NETLOGON_NT_VERSION_5 and _5EX ([MS-ADTS] 6.3.1.1), little-endian: asks for the answer that
   names sites. */
static const char NT_VERSION[] = {6, 0, 0, 0};

/* RFC 4511 4.5.1.7: tags of "and" and "equalityMatch" */
static const ber_tag_t FILTER_AND = 0xA0;
static const ber_tag_t FILTER_EQUALITY = 0xA3;

/* (&(DnsDomain=DOMAIN)(NtVer=\06\00\00\00)), attribute Netlogon, on the rootDSE. */
static struct berval *build_request(int id, const char *domain)
{
    BerElement *ber = ber_alloc_t(LBER_USE_DER);
    struct berval *bytes = NULL;

    if (!ber) {
        return NULL;
    }
    if (ber_printf(ber, "{it{seeiib", (ber_int_t)id, (ber_tag_t)LDAP_REQ_SEARCH, "",
                   (ber_int_t)LDAP_SCOPE_BASE, (ber_int_t)LDAP_DEREF_NEVER, (ber_int_t)0,
                   (ber_int_t)0, (ber_int_t)0) < 0 ||
        ber_printf(ber, "t{t{ss}t{so}}{s}}}", FILTER_AND, FILTER_EQUALITY, "DnsDomain", domain,
                   FILTER_EQUALITY, "NtVer", NT_VERSION, (ber_len_t)sizeof(NT_VERSION),
                   "Netlogon") < 0 ||
        ber_flatten(ber, &bytes) < 0) {
        bytes = NULL;
    }
    ber_free(ber, 1);
    return bytes;
}

/* The value of the only attribute of the entry with our id. */
static bool read_answer(const void *bytes, size_t length, int id, struct arena *arena,
                        struct netlogon_answer *answer)
{
    struct berval packet = {length, (char *)bytes};
    struct berval **values = NULL;
    BerElement *ber = ber_init(&packet);
    ber_int_t answer_id = 0;
    ber_len_t size;
    bool good = false;

    if (ber && ber_scanf(ber, "{i", &answer_id) != LBER_ERROR && answer_id == id &&
        ber_peek_tag(ber, &size) == LDAP_RES_SEARCH_ENTRY &&
        ber_scanf(ber, "{x{{x[V]", &values) != LBER_ERROR && values && values[0]) {
        good = netlogon_decode(arena, values[0]->bv_val, values[0]->bv_len, answer);
    }
    if (values) {
        ber_bvecfree(values);
    }
    ber_free(ber, 1);
    return good;
}

/* A UDP socket that takes packets from the DC only, or -1. */
static int open_socket(const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int fd = -1;

    if (getaddrinfo(address, "389", &hints, &found) != 0) {
        return -1;
    }
    fd = socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* Waits for the answer to one packet. */
static bool await(int fd, int id, const struct stopper *stopper, struct arena *arena,
                  struct netlogon_answer *answer)
{
    const int64_t end = clock_monotonic_us() + WAIT_US;
    char bytes[ANSWER_MAX];
    int64_t left;

    while ((left = end - clock_monotonic_us()) > 0) {
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}};
        ssize_t length;

        if (stopper_poll(stopper, fds, 1, left) <= 0) {
            return false;
        }
        length = recv(fd, bytes, sizeof(bytes), 0);
        if (length < 0) {
            return false; /* the port is closed */
        }
        if (read_answer(bytes, (size_t)length, id, arena, answer)) {
            return true;
        }
    }
    return false;
}

bool directory_ping(const char *address, const char *domain, const struct stopper *stopper,
                    struct arena *arena, struct netlogon_answer *answer_out)
{
    bool answered = false;
    int fd = open_socket(address);

    *answer_out = (struct netlogon_answer){0};
    for (int i = 1; fd >= 0 && i <= TRIES && !answered && stopper_left(stopper) > 0; i++) {
        struct berval *request = build_request(i, domain);

        answered = request && send(fd, request->bv_val, request->bv_len, MSG_NOSIGNAL) > 0 &&
                   await(fd, i, stopper, arena, answer_out);
        ber_bvfree(request);
    }
    if (fd >= 0) {
        close(fd);
    }
    return answered;
}
