"""Servers with a script instead of a mind: what Samba, MIT and Apache cannot be made to do.

Run as a program inside the lab: `scripted.py KIND=ADDRESS[:PORT]...`. Every connection is handled
by a thread of its own, so that a slow answer holds nobody up.
"""

import base64
import os
import socket
import struct
import sys
import threading
import time

READ_LIMIT = 256 * 1024
OID_KRB5 = bytes.fromhex("06092a864886f712010202")      # 1.2.840.113554.1.2.2
OID_MS_KRB5 = bytes.fromhex("06092a864882f712010202")   # 1.2.840.48018.1.2.2
KRB_AP_ERR_MODIFIED = 41
TOK_ID_KRB_ERROR = b"\x03\x00"
ACCEPT_INCOMPLETE = 1
RESPONSE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "fuzz", "corpus",
                        "ccm_message", "response.bin")

MPLIST = ('<MPList><MP Name="{short}" FQDN="{host}"><Version>9141</Version>'
          '<Capabilities SchemaVersion="1.0"/></MP></MPList>')
TOO_LONG = ('<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/'
            'strict.dtd">\r\n<HTML><HEAD><TITLE>Bad Request</TITLE>\r\n<META HTTP-EQUIV='
            '"Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n<BODY><h2>Bad Request '
            '- Request Too Long</h2>\r\n<hr><p>HTTP Error 400. The size of the request headers is '
            'too long.</p>\r\n</BODY></HTML>\r\n')


# ---- a little DER -------------------------------------------------------------------------------

def der(tag, *contents):
    body = b"".join(contents)
    length = len(body)
    if length < 0x80:
        return bytes([tag, length]) + body
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + body


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def general_string(text):
    return der(0x1B, text.encode("ascii"))


def krb_error(code, realm, names, data=b""):
    """KRB-ERROR (RFC 4120 5.9.1) with the fields that Windows sends, and e-data if there is any."""
    now = time.time()
    stamp = der(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(now)).encode("ascii"))
    name = der(0x30, der(0xA0, integer(2)),
               der(0xA1, der(0x30, *(general_string(part) for part in names))))
    return der(0x7E, der(0x30,
                         der(0xA0, integer(5)), der(0xA1, integer(30)), der(0xA4, stamp),
                         der(0xA5, integer(int(now % 1 * 1e6))), der(0xA6, integer(code)),
                         der(0xA9, general_string(realm)), der(0xAA, name),
                         der(0xAC, der(0x04, data)) if data else b""))


def rejected_ticket(realm, names):
    """The token IIS returns for a ticket under another key: SPNEGO around a GSS KRB-ERROR."""
    inner = der(0x60, OID_KRB5, TOK_ID_KRB_ERROR, krb_error(KRB_AP_ERR_MODIFIED, realm, names))
    response = der(0xA1, der(0x30, der(0xA0, der(0x0A, bytes([ACCEPT_INCOMPLETE]))),
                             der(0xA1, OID_MS_KRB5), der(0xA2, der(0x04, inner))))
    return base64.b64encode(response).decode("ascii")


# ---- HTTP ---------------------------------------------------------------------------------------

class Request:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()

    @property
    def token(self):
        return self._token_of("negotiate")

    @property
    def ntlm(self):
        return base64.b64decode(self._token_of("ntlm"))

    def _token_of(self, wanted):
        scheme, _, token = self.fields.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == wanted else ""

    @property
    def host(self):
        return self.fields.get("host", "").partition(":")[0]


def requests(connection):
    """Yield one request after the other until the client closes; bodies are skipped."""
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more or len(data) > READ_LIMIT:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        request = Request(head)
        left = int(request.fields.get("content-length", "0"))
        # RFC 9110 10.1.1: the client waits for this before it sends the body.
        if request.fields.get("expect", "") and len(data) < left:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(data) < left:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        data = data[left:]
        yield request


def reply(status, body="", kind="text/html", server="Microsoft-IIS/10.0", fields=()):
    lines = ["HTTP/1.1 " + status, "Content-Type: " + kind, "Server: " + server, *fields,
             time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
             f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")


def denied(*challenges):
    return reply("401 Unauthorized", fields=["WWW-Authenticate: " + value for value in challenges])


def mp_list(request):
    """The answer to the MPLIST request, or None for any other."""
    if "/.sms_aut" not in request.line.lower():
        return None
    short = request.host.partition(".")[0].upper()
    return reply("200 OK", MPLIST.format(short=short, host=request.host), kind="text/xml")


# ---- behaviours ---------------------------------------------------------------------------------

def reset(connection):
    """Takes the request, then resets the connection."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(connection):
    """Answers something that is no HTTP."""
    connection.recv(65536)
    connection.sendall(b"\x00\x01\x02SSH-2.0-not a web server\r\n\xff\xfe\r\n\r\n" * 3)


def garbage_kdc(connection):
    """Answers a KDC's length prefix and nothing that could be a KDC reply."""
    connection.recv(65536)
    connection.sendall(struct.pack(">I", 64) + b"\xde\xad\xbe\xef" * 16)


def iis_wrong_key(connection):
    """An MP on IIS whose key is another one: every ticket is answered with KRB-ERROR 41."""
    for request in requests(connection):
        answer = mp_list(request)
        if answer is None and request.token:
            account = request.host.partition(".")[0].upper() + "$"
            realm = request.host.partition(".")[2].upper()
            answer = denied("Negotiate " + rejected_ticket(realm, [account]))
        connection.sendall(answer or denied("Negotiate", "NTLM"))


def iis_too_long(connection):
    """http.sys with a limit that any Negotiate field exceeds; it closes after the complaint."""
    for request in requests(connection):
        if request.token:
            connection.sendall(reply(
                "400 Bad Request", TOO_LONG, kind="text/html; charset=us-ascii",
                server="Microsoft-HTTPAPI/2.0", fields=["Connection: close"]))
            return
        connection.sendall(mp_list(request) or denied("Negotiate", "NTLM"))


def slow(connection):
    """A healthy MP over a line that delivers each answer's head in drops, two seconds long."""
    for request in requests(connection):
        answer = mp_list(request)
        if answer is None:
            answer = reply("200 OK") if request.token else denied("Negotiate", "NTLM")
        head, _, body = answer.partition(b"\r\n\r\n")
        head += b"\r\n\r\n"
        for byte in head:
            connection.sendall(bytes([byte]))
            time.sleep(2 / len(head))
        connection.sendall(body)


def approves(connection):
    """A healthy MP that answers what it was sent with an approval."""
    with open(RESPONSE, "rb") as handle:
        body = handle.read().decode("latin-1")
    kind = 'multipart/mixed; boundary="' + body[2:body.index("\r\n")] + '"'
    for request in requests(connection):
        connection.sendall(reply("200 OK", body, kind=kind) if request.token
                           else denied("Negotiate", "NTLM"))


def ntlm_challenge():
    """CHALLENGE_MESSAGE of [MS-NLMP] 2.2.1.2 with a target name and an empty list of target data:
    signature, type 2, name, flags (Unicode, NTLM, target is a domain, target data), challenge."""
    name = "CONTOSO".encode("utf-16-le")
    return (b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 48, 0x00810201)
            + b"\1\2\3\4\5\6\7\x08" + bytes(8)
            + struct.pack("<HHI", 4, 4, 48 + len(name)) + name + bytes(4))


def takes_ntlm(connection):
    """An MP that lets everybody in who signs in with NTLM, whatever the password."""
    challenge = base64.b64encode(ntlm_challenge()).decode("ascii")
    for request in requests(connection):
        if request.ntlm[8:9] == b"\3":
            connection.sendall(reply("200 OK"))
        else:
            connection.sendall(denied("NTLM " + challenge) if request.ntlm
                               else denied("Negotiate", "NTLM"))


BEHAVIOURS = {"reset": reset, "garbage": garbage, "garbage-kdc": garbage_kdc, "slow": slow,
              "iis-wrong-key": iis_wrong_key, "iis-too-long": iis_too_long,
              "approves": approves, "takes-ntlm": takes_ntlm}


def handle(behaviour, connection):
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            behaviour(connection)
        except OSError:
            pass    # the client went away, which is its right


def listen(behaviour, address, port):
    with socket.create_server((address, port), backlog=64) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=handle, args=(behaviour, connection), daemon=True).start()


def answer_datagrams(address, port):
    """The UDP side of the garbage KDC."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, port))
        while True:
            _, peer = server.recvfrom(65536)
            server.sendto(b"\xde\xad\xbe\xef" * 16, peer)


def relay_datagrams(address, port, server):
    """A KDC behind a firewall: UDP is passed on, and nothing listens for TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        near.bind((address, port))
        while True:
            request, peer = near.recvfrom(65536)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
                far.settimeout(5)
                far.sendto(request, (server, port))
                try:
                    near.sendto(far.recv(65536), peer)
                except OSError:
                    pass


def fail_questions(address, port):
    """A DNS server that cannot find out anything: SERVFAIL, with the question repeated."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, port))
        while True:
            question, peer = server.recvfrom(65536)
            end = question.index(0, 12) + 5
            server.sendto(question[:2] + b"\x81\x82\0\1\0\0\0\0\0\0" + question[12:end], peer)


def main(arguments):
    threads = []
    for argument in arguments:
        kind, _, place = argument.partition("=")
        if kind in ("udp-relay", "failing-dns"):
            serve = relay_datagrams if kind == "udp-relay" else fail_questions
            address, port, *rest = place.split(":")
            threads.append(threading.Thread(target=serve, args=(address, int(port), *rest)))
            continue
        address, _, port = place.partition(":")
        port = int(port or 80)
        threads.append(threading.Thread(target=listen, args=(BEHAVIOURS[kind], address, port)))
        if kind == "garbage-kdc":
            threads.append(threading.Thread(target=answer_datagrams, args=(address, port)))
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main(sys.argv[1:])
