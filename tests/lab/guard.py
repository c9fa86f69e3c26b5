"""A KDC that enforces selective authentication, which Samba's does not.

`guard.py ADDRESS UPSTREAM REALM HOST...` answers TGS-REQs for services of the named hosts as the
KDC of a Windows forest does when the client lacks "Allowed to authenticate" on them:
KDC_ERR_POLICY with STATUS_AUTHENTICATION_FIREWALL_FAILED. All other requests go to the KDC at
UPSTREAM.
"""

import re
import socket
import struct
import sys
import threading

from scripted import der, integer, krb_error

PORT = 88
TGS_REQ = 0x6C      # [APPLICATION 12], RFC 4120 5.4.1
KDC_ERR_POLICY = 12
STATUS_AUTHENTICATION_FIREWALL_FAILED = 0xC0000413
KERB_ERR_TYPE_EXTENDED = 3      # [MS-KILE] 2.2.2; the value is NTSTATUS, 0 and 1 (2.2.1)
TIMEOUT = 5


def policy_error(realm, service, host):
    status = struct.pack("<III", STATUS_AUTHENTICATION_FIREWALL_FAILED, 0, 1)
    data = der(0x30, der(0xA1, integer(KERB_ERR_TYPE_EXTENDED)), der(0xA2, der(0x04, status)))
    return krb_error(KDC_ERR_POLICY, realm, (service, host), data)


class Guard:
    def __init__(self, address, upstream, realm, hosts):
        self.address = address
        self.upstream = upstream
        self.realm = realm
        # sname is in the clear: two GeneralStrings (tag 1B), the service and the host.
        names = b"|".join(re.escape(host.encode()) for host in hosts)
        self.refused = re.compile(rb"\x1b.(HTTP|HOST)\x1b.(" + names + rb")",
                                  re.IGNORECASE | re.DOTALL)

    def answer(self, request, ask):
        found = self.refused.search(request)
        if found and request[0] == TGS_REQ:
            return policy_error(self.realm, found[1].decode(), found[2].decode())
        return ask(request)

    def ask_over_udp(self, request):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
            upstream.settimeout(TIMEOUT)
            upstream.sendto(request, (self.upstream, PORT))
            return upstream.recv(65536)

    def ask_over_tcp(self, request):
        with socket.create_connection((self.upstream, PORT), timeout=TIMEOUT) as upstream:
            upstream.sendall(struct.pack(">I", len(request)) + request)
            return receive(upstream)

    def serve_udp(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind((self.address, PORT))
            while True:
                request, peer = server.recvfrom(65536)
                try:
                    server.sendto(self.answer(request, self.ask_over_udp), peer)
                except OSError:
                    pass    # the client asks again, or not

    def serve_tcp(self):
        with socket.create_server((self.address, PORT), backlog=64) as server:
            while True:
                connection, _ = server.accept()
                threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        with connection:
            connection.settimeout(TIMEOUT)
            try:
                while request := receive(connection):
                    reply = self.answer(request, self.ask_over_tcp)
                    connection.sendall(struct.pack(">I", len(reply)) + reply)
            except OSError:
                pass    # the client went away, which is its right


def receive(connection):
    """One message behind its length (RFC 4120 7.2.2), or nothing at the end."""
    head = connection.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        return b""
    return connection.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL)


if __name__ == "__main__":
    guard = Guard(*sys.argv[1:4], sys.argv[4:])
    threading.Thread(target=guard.serve_udp, daemon=True).start()
    guard.serve_tcp()
