#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whole exchanges in less than 4 KiB, which is what an input of a fuzz target may have.

short_seeds.py writes corpus/messages/short-*, from the recordings beside them, and the same as
captures to corpus/capture/short-* and corpus/redact/short-*: tickets, tokens and certificates are
shortened, and what says nothing new is left out.
"""

import base64
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "bench"))
import make_capture     # noqa: E402

CORPUS = os.path.join(HERE, "corpus")
LIMIT = 4096
START = 1_100_000_000_000_000       # microseconds
PORTS = (80, 88, 53, 389, 8530, 3268, 443, 50001)   # as fuzz_messages.c has them
DATA, OPEN, FIN, DATAGRAM = 0, 1, 4, 7
OCTET_STRING, OID, GSS = 0x04, 0x06, 0x60
AAAA = b"\0\x1c\0\x01"     # type and class of a question
KEPT_OCTETS = 8
REPLIES = 2      # of the MP, and no more


class _Fixed:
    @staticmethod
    def getrandbits(_):
        return 1000


def element(data):
    """(tag, content, rest) of the first element of DER."""
    length, at = data[1], 2
    if length & 0x80:
        at += length & 0x7f
        length = int.from_bytes(data[2:at], "big")
    if at + length > len(data):
        raise ValueError("cut")
    return data[0], data[at:at + length], data[at + length:]


def encode(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def shorten(data):
    """DER with its long octet strings cut; those that hold DER are shortened inside."""
    out = b""
    while data:
        tag, content, data = element(data)
        if tag == GSS and content[:1] == bytes([OID]) and content[1] == 9:  # Kerberos: RFC 4121 4.1
            content = content[:13] + shorten(content[13:])
        elif tag & 0x20:
            content = shorten(content)
        elif tag == OCTET_STRING and len(content) > KEPT_OCTETS:
            try:
                content = shorten(content)
            except (ValueError, IndexError):
                content = content[:KEPT_OCTETS]
        out += encode(tag, content)
    return out


def shorten_token(match):
    token = base64.b64decode(match.group(2))
    try:
        token = shorten(token)
    except (ValueError, IndexError):
        token = token[:KEPT_OCTETS]
    return match.group(1) + base64.b64encode(token)


def shorten_http(data):
    head, end, body = data.partition(b"\r\n\r\n")
    head = re.sub(rb"(Negotiate )([A-Za-z0-9+/=]+)", shorten_token, head)
    head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % min(len(body), 8), head)
    return head + end + body[:8]


def shorten_bytes(port, data, is_stream):
    if port == 88 and is_stream:
        data = shorten(data[4:])
        return struct.pack(">I", len(data)) + data
    if port in (88, 3268):
        return shorten(data)
    return shorten_http(data) if port == 80 else data


def is_wanted(connection, port, data):
    """Of DNS the MP's IPv4 address, of LDAP one bind of each kind."""
    if port == 53:
        return connection == 0 and AAAA not in data
    return port != 3268 or connection == 1


def events(name):
    """(what, connection, port, side, bytes) of a recording, as fuzz_messages.c reads it."""
    with open(os.path.join(CORPUS, "messages", name), "rb") as handle:
        data = handle.read()
    ports, made, asked, replies = {}, [], set(), 0
    while data:
        what, where, length = struct.unpack(">BBH", data[:4])
        data = data[4:]
        taken, data = (data[:length], data[length:]) if what in (DATA, DATAGRAM) else (b"", data)
        connection, port = where & 7, PORTS[where >> 3 & 7]
        if what != DATAGRAM:
            port = ports.setdefault(connection, port)
        key = (port, where >> 7, taken[2:])
        known = taken and (key in asked or replies == REPLIES)
        if known or not is_wanted(connection, port, taken):
            continue
        replies += what == DATA and port == 80 and where >> 7
        asked.add(key)
        made.append((what, connection, port, where >> 7,
                     shorten_bytes(port, taken, what == DATA) if taken else b""))
    return made


def registration():
    """A CCM_POST with a message, and the reply with another."""
    made = [(OPEN, 0, 80, 0, b"")]
    for side, head, name in ((0, b"CCM_POST /ccm_system/request HTTP/1.1\r\nHost: mp.lab\r\n",
                              "confirmation.bin"),
                             (1, b"HTTP/1.1 200 OK\r\n", "response.bin")):
        with open(os.path.join(CORPUS, "ccm_message", name), "rb") as handle:
            body = handle.read()
        head += (b"Content-Type: multipart/mixed; boundary=\"aAbBcCdDv1234567890VxXyYzZ\"\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(body))
        made.append((DATA, 0, 80, side, head + body))
    return [*made, (FIN, 0, 80, 0, b""), (FIN, 0, 80, 1, b"")]


def precedent():
    """One client's ticket is accepted, another's is not, and who asks the DNS is told in TCP."""
    recorded = {name: [event for event in events(name) if event[0] == DATA and event[2] == 80]
                for name in ("mp", "mp-user")}
    made = []
    for connection, name in enumerate(("mp", "mp-user")):
        anonymous, _, asked, answered = recorded[name][:4]
        made.append((OPEN, connection, 80, 0, b""))
        made += [(DATA, connection, 80, side, re.sub(rb"mp-user\.", b"mp.", data))
                 for _, _, _, side, data in (asked, answered)]
        made.append((FIN, connection, 80, 1, b""))
    made.append((OPEN, 2, 80, 0, b""))
    made.append((DATA, 2, 80, 0, re.sub(rb"mp-user\.", b"mp.", anonymous[4])))
    made.append((DATA, 2, 80, 1, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 b"4;x=y\r\nbody\r\n0\r\nTrailer: x\r\n\r\n"))
    made.append((OPEN, 3, 53, 0, b""))
    for side, name in ((0, "query"), (1, "alias")):
        with open(os.path.join(CORPUS, "dns", name), "rb") as handle:
            data = handle.read()
        made.append((DATA, 3, 53, side, struct.pack(">H", len(data)) + data))
    return made


def as_messages(made):
    out = b""
    for what, connection, port, side, data in made:
        out += struct.pack(">BBH", what, connection | PORTS.index(port) << 3 | side << 7, len(data))
        out += data
    return out


def as_capture(made, clients=1):
    """pcap of IP packets without pure acknowledgements."""
    server = make_capture.Host("10.0.0.9")
    frames, open_ones = [], {}
    for what, connection, port, side, data in made:
        client = make_capture.Host(f"10.0.0.{5 + connection % clients}")
        ports = (50010 + connection, port)
        if what == DATAGRAM:
            ends = (server, client) if side else (client, server)
            frames.append(make_capture.datagram(*ends, ports[::-1] if side else ports, data))
        elif what == OPEN:
            open_ones[connection] = make_capture.Connection(client, server, ports, _Fixed())
            frames += open_ones[connection].open()[:2]
        elif what == DATA:
            frames += [frame for frame in open_ones[connection].send(side, data)
                       if len(frame) > 60]
        elif what == FIN and port != 88:
            frames.append(open_ones[connection].frame(side, make_capture.FIN | make_capture.ACK))
            open_ones[connection].sequence[side] += 1
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for number, frame in enumerate(frames):
        at = START + 1000 * number
        packet = frame[14:14 + int.from_bytes(frame[16:18], "big")]
        out += struct.pack("<IIII", at // 1000000, at % 1000000, len(packet), len(packet)) + packet
    return out


def main():
    made = {"short-" + name: events(name) for name in ("mp", "mp-user", "ldap")}
    made["short-registration"] = registration()
    made["short-precedent"] = precedent()
    for name, happened in made.items():
        capture = as_capture(happened, 2 if name == "short-precedent" else 1)
        for folder, content in (("messages", as_messages(happened)), ("capture", capture),
                                ("redact", capture)):
            print(folder, name, len(content), "" if len(content) <= LIMIT else "TOO LONG")
            with open(os.path.join(CORPUS, folder, name), "wb") as handle:
                handle.write(content)


if __name__ == "__main__":
    main()
