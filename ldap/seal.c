/* SPDX-License-Identifier: Apache-2.0 */
/* The security layer of SASL GSSAPI below libldap: everything encrypted, nothing else accepted. */
#include <errno.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <poll.h>
#include <string.h>

#include "ldap/private.h"

enum {
    LENGTH_BYTES = 4,
    PACKET_MAX = 0xFFFFFF, /* what was told the server at the bind */
    READ_BYTES = 32768,
};

static void drop_plain(struct seal *seal)
{
    seal->plain = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
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

/* Bytes that are missing from the next packet: first from its length, then from its token. 0 when
   it is whole, -1 when its length cannot be true. */
static ssize_t missing(const struct seal *seal)
{
    const size_t held = seal->incoming.length - seal->next;
    const uint8_t *bytes;
    size_t length;

    if (held < LENGTH_BYTES) {
        return (ssize_t)(LENGTH_BYTES - held);
    }
    bytes = (const uint8_t *)seal->incoming.data + seal->next;
    length = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    if (length == 0 || length > PACKET_MAX) {
        return -1;
    }
    return held >= LENGTH_BYTES + length ? 0 : (ssize_t)(LENGTH_BYTES + length - held);
}

static int seal_control(Sockbuf_IO_Desc *descriptor, int option, void *argument)
{
    const struct seal *seal = descriptor->sbiod_pvt;

    if (option == LBER_SB_OPT_DATA_READY &&
        (seal->plain_at < seal->plain.length || missing(seal) <= 0)) {
        return 1;
    }
    return LBER_SBIOD_CTRL_NEXT(descriptor, option, argument);
}

/* Reads until a packet is whole, and what comes along of others; as read(2): 1 for a packet, 0 at
   the end, -1 with errno. */
static ber_slen_t fill(Sockbuf_IO_Desc *descriptor, struct seal *seal)
{
    struct buffer *incoming = &seal->incoming;
    char chunk[READ_BYTES];
    ssize_t wanted = missing(seal);

    if (wanted > 0 && seal->next > 0) {
        memmove(incoming->data, incoming->data + seal->next, incoming->length - seal->next);
        buffer_truncate(incoming, incoming->length - seal->next);
        seal->next = 0;
    }
    while (wanted > 0) {
        const ber_slen_t got = LBER_SBIOD_READ_NEXT(descriptor, chunk, sizeof(chunk));

        if (got <= 0) {
            return got;
        }
        buffer_append(incoming, chunk, (size_t)got);
        wanted = missing(seal);
    }
    if (wanted < 0) {
        errno = EPROTO;
        return -1;
    }
    return 1;
}

/* Opens the packet where it stands; one that is not encrypted is refused. */
static bool open_packet(struct seal *seal)
{
    uint8_t *bytes = (uint8_t *)seal->incoming.data + seal->next;
    const size_t length =
        (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    gss_iov_buffer_desc parts[] = {
        {GSS_IOV_BUFFER_TYPE_STREAM, {length, bytes + LENGTH_BYTES}},
        {GSS_IOV_BUFFER_TYPE_DATA, GSS_C_EMPTY_BUFFER},
    };
    OM_uint32 minor;
    int encrypted = 0;
    OM_uint32 major = gss_unwrap_iov(&minor, seal->context, &encrypted, NULL, parts, 2);

    seal->next += LENGTH_BYTES + length;
    if (GSS_ERROR(major) || !encrypted) {
        errno = EPROTO;
        return false;
    }
    seal->plain = parts[1].buffer;
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
