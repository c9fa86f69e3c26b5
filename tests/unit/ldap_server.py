#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted LDAP server on one connection, its standard input: ldap_server.py WAY [ENTRIES]

It answers searches, as many pages and ways as a hostile directory may think of. Nothing is bound,
nothing else is understood.
"""

import hashlib
import socket
import sys

GUID_PREFIX_TAG = 0x80      # "initial" of a substring filter
PAGED = b"1.2.840.113556.1.4.319"


def ber(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes(4, "big")
    return bytes([tag, 0x84]) + length + body


def integer(value, tag=2):
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def text(value, tag=4):
    return ber(tag, value if isinstance(value, bytes) else value.encode())


class Reader:
    """Takes BER apart, which here comes from the program under test."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def more(self):
        return self.at < len(self.data)

    def take(self):
        tag = self.data[self.at]
        length = self.data[self.at + 1]
        self.at += 2
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(self.data[self.at:self.at + count], "big")
            self.at += count
        body = self.data[self.at:self.at + length]
        self.at += length
        return tag, body


def prefixes(tag, body):
    """First bytes of objectGUID that a filter asks for; empty when it does not speak of it."""
    if tag in (0xA0, 0xA1, 0xA2):       # and, or, not
        inner = Reader(body)
        found = set()
        while inner.more():
            found |= prefixes(*inner.take())
        return found
    if tag == 0xA4:                     # substrings
        inner = Reader(body)
        name = inner.take()[1]
        kind, value = Reader(inner.take()[1]).take()
        if name.lower() == b"objectguid" and kind == GUID_PREFIX_TAG:
            return {value[0]}
    return set()


class Search:
    """What matters of a search request."""

    def __init__(self, number, operation, controls):
        self.number = number
        request = Reader(operation)
        self.base = request.take()[1].decode()
        for _ in range(5):
            request.take()
        self.prefixes = prefixes(*request.take())
        attributes = Reader(request.take()[1])
        self.attributes = []
        while attributes.more():
            self.attributes.append(attributes.take()[1].decode())
        self.size, self.cookie = 0, b""
        while controls.more():
            control = Reader(controls.take()[1])
            name = control.take()[1]
            value = control.take()
            value = control.take()[1] if value[0] == 1 else value[1]
            if name == PAGED:
                inner = Reader(Reader(value).take()[1])
                self.size = int.from_bytes(inner.take()[1], "big")
                self.cookie = inner.take()[1]


# Number of SPNs that a glance at the account is to give (-1: read it in full), and its attributes.
COMPUTER = ("objectClass", "top", "user", "computer")
NAMES = (("sAMAccountName", "WEB1$"), ("dNSHostName", "web1.contoso.lab"))
ACCOUNTS = (
    (2, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/WEB1", "http/Web1.Contoso.lab",
                           "HOST/other", "TERMSRV/x:1")),
    (1, COMPUTER, ("sAMAccountName", "LONGNAME-IS-CUT$"), ("dNSHostName", "longname-is-cut-off.x"),
     ("servicePrincipalName", "HTTP/longname-is-cut-off")),
    (1, COMPUTER, ("sAMAccountName", "OLD$"), ("dNSHostName", "new.x"),
     ("servicePrincipalName", "HTTP/old")),
    (0, COMPUTER, *NAMES, ("servicePrincipalName", "HOST/web1")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/web1", "HTTP/web2")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/web1:8530")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/web1/x")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/web1.contoso.la")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName", "HTTP/w\u00e9b1")),
    (-1, COMPUTER, ("servicePrincipalName", "HTTP/web1")),
    (-1, COMPUTER, *NAMES, ("servicePrincipalName;range=0-0", "HTTP/web1")),
    (-1, ("objectClass", "top", "user"), *NAMES, ("servicePrincipalName", "HTTP/web1")),
    (-1, (*COMPUTER, "msDS-GroupManagedServiceAccount"), *NAMES,
     ("servicePrincipalName", "HTTP/web1")),
    (-1, *NAMES, ("servicePrincipalName", "HTTP/web1")),
)


class Server:
    def __init__(self, connection, way, entries):
        self.connection = connection
        self.way = way
        self.guids = [hashlib.md5(str(number).encode()).digest() for number in range(entries)]
        self.pending = b""

    def send(self, number, operation, controls=b""):
        self.connection.sendall(ber(0x30, integer(number), operation, controls))

    def entry(self, search, number, *extra):
        guid = self.guids[number] if number < len(self.guids) else b""
        attributes = [ber(0x30, text("cn"), ber(0x31, text(f"entry{number}"))), *extra]
        if guid:
            attributes.append(ber(0x30, text("objectGUID"), ber(0x31, text(guid))))
        self.send(search.number, ber(0x64, text(f"CN=entry{number},DC=x"),
                                     ber(0x30, *attributes)))

    def done(self, search, cookie=b""):
        value = ber(0x30, integer(0), text(cookie))
        self.send(search.number, ber(0x65, ber(10, b"\0"), text(""), text("")),
                  ber(0xA0, ber(0x30, text(PAGED), text(value))))

    def listing(self, search):
        """An honest directory, and two that do not know parts."""
        chosen = range(len(self.guids))
        if search.prefixes and self.way == "no-parts":
            chosen = []
        elif search.prefixes and self.way != "deaf-to-parts":
            chosen = [number for number in chosen if self.guids[number][0] in search.prefixes]
            if self.way == "lost-part" and 0x30 in search.prefixes:
                chosen = []
        start = int(search.cookie or b"0")
        for number in chosen[start:start + search.size]:
            self.entry(search, number)
        more = start + search.size < len(chosen)
        self.done(search, str(start + search.size).encode() if more else b"")

    def accounts(self, search):
        for number, (expected, *attributes) in enumerate(ACCOUNTS):
            attributes.append(("expected", str(expected)))
            self.entry(search, number, *(ber(0x30, text(name), ber(0x31, *map(text, values)))
                                         for name, *values in attributes))
        self.done(search)

    def same_page(self, search):
        for number in range(3):
            self.entry(search, number)
        self.done(search, b"again")

    def endless_pages(self, search):
        start = int(search.cookie or b"0")
        for number in range(start, start + 100):
            self.entry(search, number)
        self.done(search, str(start + 100).encode())

    def empty_pages(self, search):
        self.done(search, b"again")

    def endless_page(self, search):
        number = 0
        while True:
            self.entry(search, number)
            number += 1

    def references(self, search):
        reference = ber(0x73, text("ldap://elsewhere.lab/DC=x"))
        while True:
            self.send(search.number, reference)

    def ranges(self, search):
        """One value to each request, and always one more."""
        asked = [name for name in search.attributes if ";range=" in name]
        first = int(asked[0].split("=")[1].split("-")[0]) if asked else 0
        name = f"servicePrincipalName;range={first}-{first}"
        self.entry(search, 0, ber(0x30, text(name), ber(0x31, text(f"HTTP/x{first}"))))
        self.done(search)

    def huge(self, search):
        self.entry(search, 0, ber(0x30, text("description"),
                                  ber(0x31, text(b"x" * (17 * 1024 * 1024)))))
        self.done(search)

    def answer(self, message):
        reader = Reader(Reader(message).take()[1])
        number = int.from_bytes(reader.take()[1], "big")
        tag, operation = reader.take()
        controls = Reader(reader.take()[1] if reader.more() else b"")
        if tag == 0x42:     # unbind
            return False
        if tag == 0x63:
            search = Search(number, operation, controls)
            way = self.way.replace("-", "_")
            getattr(self, way, self.listing)(search)
        return True

    def message(self):
        """The next whole message, or None at the end."""
        while True:
            if len(self.pending) >= 2:
                count = self.pending[1] & 0x7F if self.pending[1] >= 0x80 else 0
                if len(self.pending) >= 2 + count:
                    length = self.pending[1] if not count else \
                        int.from_bytes(self.pending[2:2 + count], "big")
                    whole = 2 + count + length
                    if len(self.pending) >= whole:
                        message, self.pending = self.pending[:whole], self.pending[whole:]
                        return message
            data = self.connection.recv(65536)
            if not data:
                return None
            self.pending += data


def main(way, entries="0"):
    server = Server(socket.socket(fileno=0), way, int(entries))
    try:
        message = server.message()
        while message is not None and server.answer(message):
            message = server.message()
    except (BrokenPipeError, ConnectionResetError):
        pass    # the program had enough


if __name__ == "__main__":
    main(*sys.argv[1:])
