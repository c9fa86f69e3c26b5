/* SPDX-License-Identifier: Apache-2.0 */
/* The security layer of SASL GSSAPI below libldap: everything encrypted, nothing else accepted. */
#include <errno.h>
#include <gssapi/gssapi.h>
#include <poll.h>
#include <string.h>

#include "ldap/private.h"

enum {
    LENGTH_BYTES = 4,
    PACKET_MAX = 0xFFFFFF, /* what was told the server at the bind */
    READ_BYTES = 16384,
};

static void drop_plain(struct seal *seal)
{
    OM_uint32 minor;

    gss_release_buffer(&minor, &seal->plain);
    seal->plain_at = 0;
}

static int seal_setup(Sockbuf_IO_Desc *descriptor, void *seal)
{
    descriptor->sbiod_pvt = seal;
    return 0;
}

static int seal_remove(Sockbuf_IO_Desc *descriptor)
{
    struct seal *seal = descriptor->sbiod_pvt;

    drop_plain(seal);
    buffer_release(&seal->incoming);
    return 0;
}

static int seal_control(Sockbuf_IO_Desc *descriptor, int option, void *argument)
{
    const struct seal *seal = descriptor->sbiod_pvt;

    if (option == LBER_SB_OPT_DATA_READY && seal->plain_at < seal->plain.length) {
        return 1;
    }
    return LBER_SBIOD_CTRL_NEXT(descriptor, option, argument);
}

/* Bytes that are missing from the packet: first from its length, then from its token. 0 when it is
   whole, -1 when its length cannot be true. */
static ssize_t missing(const struct buffer *incoming)
{
    const uint8_t *bytes = (const uint8_t *)incoming->data;
    size_t length;

    if (incoming->length < LENGTH_BYTES) {
        return (ssize_t)(LENGTH_BYTES - incoming->length);
    }
    length = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    if (length == 0 || length > PACKET_MAX) {
        return -1;
    }
    return (ssize_t)(LENGTH_BYTES + length - incoming->length);
}

/* Reads until a packet is whole; as read(2): 1 for a packet, 0 at the end, -1 with errno. */
static ber_slen_t fill(Sockbuf_IO_Desc *descriptor, struct seal *seal)
{
    char chunk[READ_BYTES];
    ssize_t wanted;

    while ((wanted = missing(&seal->incoming)) > 0) {
        size_t size = (size_t)wanted < sizeof(chunk) ? (size_t)wanted : sizeof(chunk);
        ber_slen_t got = LBER_SBIOD_READ_NEXT(descriptor, chunk, size);

        if (got <= 0) {
            return got;
        }
        buffer_append(&seal->incoming, chunk, (size_t)got);
    }
    if (wanted < 0) {
        errno = EPROTO;
        return -1;
    }
    return 1;
}

/* Opens the packet; one that is not encrypted is refused. */
static bool open_packet(struct seal *seal)
{
    gss_buffer_desc token = {seal->incoming.length - LENGTH_BYTES,
                             seal->incoming.data + LENGTH_BYTES};
    OM_uint32 minor;
    int encrypted = 0;
    OM_uint32 major = gss_unwrap(&minor, seal->context, &token, &seal->plain, &encrypted, NULL);

    buffer_truncate(&seal->incoming, 0);
    if (GSS_ERROR(major) || !encrypted) {
        drop_plain(seal);
        errno = EPROTO;
        return false;
    }
    return true;
}

static ber_slen_t seal_read(Sockbuf_IO_Desc *descriptor, void *out, ber_len_t size)
{
    struct seal *seal = descriptor->sbiod_pvt;
    size_t left;

    while (seal->plain_at == seal->plain.length) {
        ber_slen_t got;

        drop_plain(seal);
        got = fill(descriptor, seal);
        if (got <= 0) {
            return got;
        }
        if (!open_packet(seal)) {
            return -1;
        }
    }
    left = seal->plain.length - seal->plain_at;
    left = left < size ? left : size;
    memcpy(out, (const char *)seal->plain.value + seal->plain_at, left);
    seal->plain_at += left;
    return (ber_slen_t)left;
}

/* Requests are small: a socket that takes none of one for seconds is a dead one. */
static bool wait_writable(Sockbuf_IO_Desc *descriptor)
{
    struct pollfd fds = {.events = POLLOUT};

    ber_sockbuf_ctrl(descriptor->sbiod_sb, LBER_SB_OPT_GET_FD, &fds.fd);
    return poll(&fds, 1, CONNECT_LIMIT_US / 1000) > 0;
}

static bool write_all(Sockbuf_IO_Desc *descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ber_slen_t sent = LBER_SBIOD_WRITE_NEXT(descriptor, (void *)bytes, length);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (errno != EINTR &&
                   ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_writable(descriptor))) {
            errno = EPIPE; /* half a packet was sent: the connection is of no more use */
            return false;
        }
    }
    return true;
}

static ber_slen_t seal_write(Sockbuf_IO_Desc *descriptor, void *bytes, ber_len_t size)
{
    struct seal *seal = descriptor->sbiod_pvt;
    const size_t length = size < seal->plain_max ? size : seal->plain_max;
    gss_buffer_desc input = {length, bytes};
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    struct buffer packet = {0};
    OM_uint32 minor;
    int encrypted = 0;
    OM_uint32 major =
        gss_wrap(&minor, seal->context, 1, GSS_C_QOP_DEFAULT, &input, &encrypted, &token);
    bool sent = false;

    if (GSS_ERROR(major) || !encrypted) {
        errno = EPROTO;
    } else {
        for (int shift = 24; shift >= 0; shift -= 8) {
            buffer_putc(&packet, (char)(token.length >> shift));
        }
        buffer_append(&packet, token.value, token.length);
        sent = write_all(descriptor, packet.data, packet.length);
    }
    gss_release_buffer(&minor, &token);
    buffer_release(&packet);
    return sent ? (ber_slen_t)length : -1;
}

static int seal_close(Sockbuf_IO_Desc *descriptor)
{
    (void)descriptor;
    return 0;
}

static Sockbuf_IO SEAL = {seal_setup, seal_remove, seal_control, seal_read, seal_write, seal_close};

bool seal_install(struct directory *directory, OM_uint32 packet_max)
{
    struct seal *seal = &directory->seal;
    Sockbuf *socket_buffer = NULL;
    OM_uint32 minor;

    if (GSS_ERROR(gss_wrap_size_limit(&minor, seal->context, 1, GSS_C_QOP_DEFAULT, packet_max,
                                      &seal->plain_max)) ||
        seal->plain_max == 0 ||
        ldap_get_option(directory->ld, LDAP_OPT_SOCKBUF, &socket_buffer) != LDAP_OPT_SUCCESS) {
        return false;
    }
    return ber_sockbuf_add_io(socket_buffer, &SEAL, LBER_SBIOD_LEVEL_APPLICATION, seal) == 0;
}
