/* SPDX-License-Identifier: Apache-2.0 */
/* What a TCP connection carries, from the first bytes that one side sends. */
#include <string.h>

#include "captures/conversation.h"
#include "decode/der.h"
#include "decode/http_request.h"

bool port_is_known(const uint8_t ports[65536 / 8], uint16_t port)
{
    return ports[port / 8] >> port % 8 & 1;
}

void port_learn(uint8_t ports[65536 / 8], uint16_t port)
{
    ports[port / 8] |= (uint8_t)(1U << port % 8);
}

/* A TLS record (RFC 8446 5.1): type, version 3.x, length of at most 2^14 and some. */
static enum protocol identify_tls(const uint8_t *bytes, size_t length)
{
    enum { CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23 };

    if (bytes[0] < CHANGE_CIPHER_SPEC || bytes[0] > APPLICATION_DATA ||
        (length > 1 && bytes[1] != 3) || (length > 2 && bytes[2] > 4) ||
        (length > 3 && bytes[3] > 0x48)) {
        return PROTOCOL_OTHER;
    }
    return length > 3 ? PROTOCOL_TLS : PROTOCOL_UNDECIDED;
}

static enum protocol identify_kerberos(const uint8_t *bytes, size_t length, enum side side,
                                       enum side *client_out)
{
    const size_t size = kerberos_record_size(bytes, length);

    if (size == SIZE_MAX) {
        return PROTOCOL_OTHER;
    }
    if (size == 0) {
        return PROTOCOL_UNDECIDED;
    }
    *client_out = bytes[4] == DER_APPLICATION + 10 || bytes[4] == DER_APPLICATION + 12
                      ? side
                      : (enum side) !side;
    return PROTOCOL_KERBEROS;
}

static enum protocol identify_http(const uint8_t *bytes, size_t length, enum side side,
                                   enum side *client_out)
{
    static const char preface[] = "PRI * HTTP/2.0"; /* RFC 9113 3.4 */
    const size_t known = length < sizeof(preface) - 1 ? length : sizeof(preface) - 1;

    if (http_may_be_reply(bytes, length)) {
        *client_out = (enum side) !side;
        return length >= 7 ? PROTOCOL_HTTP : PROTOCOL_UNDECIDED;
    }
    if (memcmp(bytes, preface, known) == 0) {
        return known == sizeof(preface) - 1 ? PROTOCOL_HTTP2 : PROTOCOL_UNDECIDED;
    }
    if (!http_may_be_request(bytes, length)) {
        return PROTOCOL_OTHER;
    }
    *client_out = side;
    return memchr(bytes, ' ', length - 1) ? PROTOCOL_HTTP : PROTOCOL_UNDECIDED;
}

/* Port by port where nothing in the bytes is certain, else by content alone. */
enum protocol identify_stream(const struct connection *connection, enum side side,
                              const uint8_t *bytes, size_t length, enum side *client_out)
{
    const uint16_t from = connection->ends[side].port;
    const uint16_t to = connection->ends[!side].port;
    enum protocol protocol;

    *client_out = side;
    if (to == PORT_DNS || from == PORT_DNS) {
        *client_out = to == PORT_DNS ? side : (enum side) !side;
        return PROTOCOL_DNS;
    }
    if (to == PORT_LDAP || to == PORT_GLOBAL_CATALOG || from == PORT_LDAP ||
        from == PORT_GLOBAL_CATALOG) {
        const bool asks = to == PORT_LDAP || to == PORT_GLOBAL_CATALOG;

        *client_out = asks ? side : (enum side) !side;
        protocol = identify_tls(bytes, length);
        return bytes[0] == DER_SEQUENCE ? PROTOCOL_LDAP : protocol;
    }
    protocol = identify_http(bytes, length, side, client_out);
    if (protocol == PROTOCOL_OTHER) {
        protocol = identify_kerberos(bytes, length, side, client_out);
    }
    if (protocol == PROTOCOL_OTHER) {
        protocol = identify_tls(bytes, length);
    }
    return protocol;
}
