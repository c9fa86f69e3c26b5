#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is told of recordings acted out by hand.

stories.py check CCMPROBE FOLDER [NAME]...    holds verdict and report of each against its row
stories.py write NAME FILE                    one of them
stories.py list
"""

import base64
import json
import os
import re
import struct
import subprocess
import sys

from recording import SYN, Connection, Recording, corpus, packed

CLIENT, OTHER, DC, MP, MP2 = "10.0.0.5", "10.0.0.6", "10.0.0.10", "10.0.0.20", "10.0.0.21"
HOST = "mp.contoso.lab"
WINDOWS, PLAIN = "/ccm_system_windowsauth/request", "/ccm_system/request"
TICKET = corpus("negotiate", "spnego-init")
REFUSAL = corpus("negotiate", "spnego-reply-wrong")
ACCEPTED = corpus("negotiate", "spnego-reply-ok")


# --- what is sent ---

def request(path=WINDOWS, token=b"", body=b"", host=HOST, scheme=b"Negotiate", head=b""):
    name = f"Host: {host}\r\n".encode() if host else b""
    token = token and b"Authorization: %s %s\r\n" % (scheme, base64.b64encode(token))
    kind = b'Content-Type: multipart/mixed; boundary="aAbBcCdDv1234567890VxXyYzZ"\r\n'
    return (b"CCM_POST %s HTTP/1.1\r\nUser-Agent: ccmhttp\r\n" % path.encode() + name + token
            + head + (kind if body else b"") + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def reply(status, token=b"", body=b"", head=b""):
    reason = {200: "OK", 401: "Unauthorized", 500: "Internal Server Error"}.get(status, "Other")
    token = b" " + base64.b64encode(token) if token else b""
    schemes = b"WWW-Authenticate: Negotiate%s\r\n" % token if status == 401 or token else b""
    if status == 401 and not token:
        schemes += b"WWW-Authenticate: NTLM\r\n"
    return (f"HTTP/1.1 {status} {reason}\r\nServer: Microsoft-IIS/10.0\r\n".encode() + schemes
            + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns(recording, name, addresses, client=CLIENT, server=DC, number=1):
    question = dns_name(name) + struct.pack(">HH", 1, 1)
    recording.udp(client, server, (53000 + number, 53),
                  struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0) + question)
    answers = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4)
                       + bytes(map(int, address.split("."))) for address in addresses)
    recording.udp(server, client, (53, 53000 + number),
                  struct.pack(">HHHHHH", number, 0x8180, 1, len(addresses), 0, 0) + question
                  + answers)


def service_ticket(recording, client=CLIENT, port=51000, kdc=88):
    """Asked for over UDP, and given."""
    recording.udp(client, DC, (port, kdc), corpus("kerberos", "tgs-req"))
    recording.udp(DC, client, (kdc, port), corpus("kerberos", "tgs-rep"))


def connect(recording, client=CLIENT, server=MP, port=50000, to=80):
    return Connection(recording, client, server, (port, to)).open()


def ask(connection, status, path=WINDOWS, token=b"", answer=b"", body=b"", said=b"", host=HOST):
    connection.send(0, request(path, token, body, host))
    connection.send(1, reply(status, answer, said))


def sign_in(recording, refused=False, **where):
    host = where.pop("host", HOST)
    connection = connect(recording, **where)
    ask(connection, 401, host=host)
    if refused:
        ask(connection, 401, token=TICKET, answer=REFUSAL, host=host)
    else:
        ask(connection, 200, token=TICKET, answer=ACCEPTED, host=host)
    return connection


# --- the stories ---

def registers_anonymously(recording):
    service_ticket(recording)
    sign_in(recording, refused=True).close()
    connection = connect(recording, port=50001)
    ask(connection, 200, PLAIN, body=corpus("ccm_message", "request.bin"),
        said=corpus("ccm_message", "response.bin"))
    ask(connection, 200, PLAIN, body=b"status message")
    connection.close()


def message_after_refusal(recording):
    """The message cannot be read."""
    sign_in(recording, refused=True).close()
    ask(connect(recording, port=50001), 200, PLAIN, body=b"something")


def message_after_sign_in(recording):
    sign_in(recording).close()
    ask(connect(recording, port=50001), 200, PLAIN, body=corpus("ccm_message", "request.bin"))


def one_address_refuses(recording):
    """A server behind the same name has another key."""
    dns(recording, HOST, [MP, MP2])
    service_ticket(recording)
    sign_in(recording, refused=True).close()
    recording.wait(60)
    sign_in(recording, server=MP2, port=50001).close()


def one_address_unreachable(recording):
    dns(recording, HOST, [MP, MP2])
    for _ in range(3):
        Connection(recording, CLIENT, MP, (50000, 80)).segment(0, SYN)
        recording.wait(3)
    service_ticket(recording)
    sign_in(recording, server=MP2, port=50001).close()


def one_address_unavailable(recording):
    connection = connect(recording)
    ask(connection, 503)
    connection.close()
    recording.wait(60)
    sign_in(recording, server=MP2, port=50001).close()


def address_changes(recording):
    """Between the first request and the one with the ticket."""
    connection = connect(recording)
    ask(connection, 401)
    connection.close()
    service_ticket(recording)
    ask(connect(recording, server=MP2, port=50001), 200, token=TICKET, answer=ACCEPTED)
    recording.wait(20)
    dns(recording, "www.contoso.lab", [OTHER])


def two_names(recording):
    """At one address: two MPs."""
    sign_in(recording).close()
    sign_in(recording, refused=True, port=50001, host="mp2.contoso.lab").close()


def kdc_refused(recording):
    """Nothing listens at the KDC's port; Windows quotes the datagram's header only."""
    ask(connect(recording), 401)
    asked = recording.udp(CLIENT, DC, (51000, 88), corpus("kerberos", "tgs-req"))
    recording.unreachable(DC, CLIENT, asked)
    recording.wait(20)
    dns(recording, "www.contoso.lab", [OTHER])


def kdc_refused_once(recording):
    """The service starts in between."""
    ask(connect(recording), 401)
    asked = recording.udp(CLIENT, DC, (51000, 88), corpus("kerberos", "tgs-req"))
    recording.unreachable(DC, CLIENT, asked)
    recording.wait(2)
    service_ticket(recording)
    ask(connect(recording, port=50001), 200, token=TICKET, answer=ACCEPTED)


def kdc_behind_firewall(recording):
    """A router says that it may not pass; TCP is refused there as well."""
    ask(connect(recording), 401)
    asked = recording.udp(CLIENT, DC, (51000, 88), corpus("kerberos", "tgs-req"))
    recording.unreachable("10.0.0.1", CLIENT, asked, code=13)
    asked = Connection(recording, CLIENT, DC, (51001, 88)).segment(0, SYN)
    recording.unreachable("10.0.0.1", CLIENT, asked, code=13)
    recording.wait(20)
    dns(recording, "www.contoso.lab", [OTHER])


def dns_refused(recording):
    question = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + dns_name(HOST)
    asked = recording.udp(CLIENT, DC, (53000, 53), question + struct.pack(">HH", 1, 1))
    recording.unreachable(DC, CLIENT, asked, quoted=60)


def mp_rejects(recording):
    """A firewall on the MP: REJECT, as Linux has it."""
    dns(recording, HOST, [MP])
    service_ticket(recording)
    asked = Connection(recording, CLIENT, MP, (50000, 80)).segment(0, SYN)
    recording.unreachable(MP, CLIENT, asked)


def forged_refusal(recording):
    """Sent to another host than the one whose datagram it quotes."""
    ask(connect(recording), 401)
    asked = recording.udp(CLIENT, DC, (51000, 88), corpus("kerberos", "tgs-req"))
    recording.unreachable(DC, OTHER, asked)
    recording.udp(DC, CLIENT, (88, 51000), corpus("kerberos", "tgs-rep"))


def kdc_after_retries(recording):
    """The third of three datagrams is answered."""
    ask(connect(recording), 401)
    for _ in range(2):
        recording.udp(CLIENT, DC, (51000, 88), corpus("kerberos", "tgs-req"))
        recording.wait(1)
    service_ticket(recording)
    ask(connect(recording, port=50001), 200, token=TICKET, answer=ACCEPTED)


def repeated_segments(recording):
    """Whole, in larger and in smaller pieces, and the end of one with what comes next."""
    connection = connect(recording)
    for size in 1400, 500, 90:
        asked = request(token=TICKET, host=HOST)
        connection.send(0, asked, size=700)
        connection.again(0, asked, size=size)
        answer = reply(401, REFUSAL, b"x" * 3000)
        connection.send(1, answer)
        connection.again(1, answer, size=size)
    asked = request(PLAIN, body=corpus("ccm_message", "request.bin"))
    connection.send(0, asked[:1000])
    connection.send(0, asked[1000:2000])
    connection.again(0, asked[700:2000])
    connection.send(0, asked[2000:])
    connection.send(1, reply(200))


def two_at_once(recording):
    """Two machines behind one address."""
    first, second = connect(recording), connect(recording, port=50001)
    for connection in first, second:
        ask(connection, 401)
    service_ticket(recording)
    service_ticket(recording, port=51001)
    for connection in first, second:
        ask(connection, 200, token=TICKET, answer=ACCEPTED)
        connection.close()


def at_once_without_spn(recording):
    """Two machines behind one address: the KDC of one does not know the SPN."""
    first = connect(recording)
    ask(first, 401)
    second = connect(recording, port=50001)
    ask(second, 401)
    service_ticket(recording)
    ask(first, 200, token=TICKET, answer=ACCEPTED)
    recording.udp(CLIENT, DC, (51001, 88), corpus("kerberos", "tgs-req"))
    recording.udp(DC, CLIENT, (88, 51001), corpus("kerberos", "error-07"))
    recording.wait(60)
    dns(recording, "www.contoso.lab", [OTHER])


def ask_for_tgt(recording, port, answer):
    for message, said in ("as-req", "error-25"), ("as-req-preauth", answer):
        recording.udp(CLIENT, DC, (port, 88), corpus("kerberos", message))
        recording.udp(DC, CLIENT, (88, port), corpus("kerberos", said))
        port += 1


def password_lost(recording, after=4000):
    """It signed in; later the KDC no longer knows its password."""
    ask_for_tgt(recording, 51010, "as-rep-computer")
    service_ticket(recording)
    sign_in(recording).close()
    recording.wait(after)
    ask_for_tgt(recording, 51020, "error-24")
    ask(connect(recording, port=50001), 401)
    recording.wait(60)
    dns(recording, "www.contoso.lab", [OTHER])


def password_lost_soon(recording):
    password_lost(recording, 20)


def http2(recording):
    """With prior knowledge, as RFC 9113 3.3 calls it: no TLS."""
    dns(recording, HOST, [MP])
    service_ticket(recording)
    connection = connect(recording)
    connection.send(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(20))
    connection.send(1, bytes(30))


def http2_alone(recording):
    service_ticket(recording)
    connection = connect(recording)
    connection.send(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(20))


def replies_alone(recording):
    """Only what the MP sends is recorded."""
    sign_in(recording).close()
    recording.frames = [(at, packet) for at, packet in recording.frames
                        if packet[12:16] != packed(CLIENT)]


def sequence_wraps(recording):
    connection = Connection(recording, CLIENT, MP, (50000, 80), (0xffffff38, 0xffffffc4)).open()
    ask(connection, 401)
    ask(connection, 401, token=TICKET, answer=REFUSAL)


def elsewhere(recording):
    """The MP on a port of its own, and a KDC over TCP behind a forwarder: found by content. Two
    records in one segment, and one in many."""
    connection = connect(recording, to=12345)
    ask(connection, 401)
    # Wireshark knows no protocol of this port: it would find ciphertext malformed.
    kdc = Connection(recording, CLIENT, DC, (51000, 10088)).open()
    records = [struct.pack(">I", len(message)) + message for message in
               (corpus("kerberos", name) for name in ("tgs-req", "tgs-rep-referral", "tgs-rep"))]
    kdc.send(0, records[0] * 2, size=4000)
    kdc.send(1, records[1] + records[2], size=7)
    ask(connection, 401, token=TICKET, answer=REFUSAL)


def continues(recording):
    """100-continue; and a refusal before the body came, which then does not come."""
    connection = connect(recording)
    asked = request(head=b"Expect: 100-continue\r\n", body=b"x" * 300)
    head, _, body = asked.partition(b"\r\n\r\n")
    connection.send(0, head + b"\r\n\r\n")
    connection.send(1, b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.send(0, body)
    connection.send(1, reply(401))
    head = request(token=TICKET, head=b"Expect: 100-continue\r\n", body=b"x" * 300)
    connection.send(0, head.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    connection.send(1, reply(401, REFUSAL))
    ask(connection, 200, PLAIN)


def closed_between(recording):
    """By a proxy or load balancer, which resets the connection with the ticket as well."""
    connection = connect(recording)
    connection.send(0, request())
    connection.send(1, reply(401, head=b"Connection: close\r\n"))
    connection.close()
    service_ticket(recording)
    connection = connect(recording, port=50001)
    connection.send(0, request(token=TICKET))
    connection.reset()


def key_changes(recording):
    """The ticket's key version is not that of one which the MP took before."""
    sign_in(recording).close()
    recording.wait(60)
    connection = connect(recording, port=50001)
    ask(connection, 401)
    version = b"\xa0\x03\x02\x01\x12\xa1\x03\x02\x01"      # aes256, kvno
    ask(connection, 401, token=TICKET.replace(version + b"\2", version + b"\3"), answer=REFUSAL)


def through_a_proxy(recording):
    connection = connect(recording, server="10.0.0.99", to=8080)
    for status, token, answer in ((401, b"", b""), (401, TICKET, REFUSAL)):
        asked = request(token=token, host="proxy.contoso.lab")
        connection.send(0, asked.replace(b"CCM_POST /", b"CCM_POST http://mp.contoso.lab/", 1))
        connection.send(1, reply(status, answer, head=b"Via: 1.1 proxy\r\n"))


class Expected:
    def __init__(self, cause, findings="", absent="", cases=1, text=(), arguments=()):
        self.cause = cause
        self.findings = set(findings.split())
        self.absent = set(absent.split())
        self.cases = cases
        self.arguments = arguments
        self.text = text        # patterns in the report of analyze -v


STORIES = {
    "registers-anonymously": (registers_anonymously, Expected(
        "ticket.wrong-key", "approval.anonymous",
        text=(r"The client issues the CCM_POST to /ccm_system/request with no security information "
              r"in frame 16, and the MP responds with 200 OK in frame 19",
              r" 19 0\.180 s \|<--------------\| 200 OK",      # not 10 ms behind its first frame
              r"Clocks against the capture's clock",
              r"approval\.anonymous: .* proven, seen in frames 16 and 19"))),
    "message-after-refusal": (message_after_refusal, Expected(
        "ticket.wrong-key", "approval.anonymous")),
    "one-address-refuses": (one_address_refuses, Expected(
        "http.address-differs", "ticket.wrong-key", "http.no-second-attempt",
        text=(r"http\.address-differs: .*10\.0\.0\.20: 401.*",))),
    "one-address-unreachable": (one_address_unreachable, Expected(
        "http.address-differs", "", "http.unreachable http.no-second-attempt",
        text=(r"connects to 10\.0\.0\.20 in frame 3, but no answer comes",
              r"no security information to 10\.0\.0\.21 in frame 11",
              r"10\.0\.0\.20: no answer in time"))),
    "one-address-unavailable": (one_address_unavailable, Expected(
        "http.address-differs", "", "http.no-second-attempt")),
    "address-changes": (address_changes, Expected(
        None, "", "http.no-second-attempt http.address-differs")),
    "two-names": (two_names, Expected(
        "spn.other-name", "", "http.address-differs", cases=2)),
    "kdc-refused": (kdc_refused, Expected(
        "kdc.unreachable",
        text=(r"requests a ticket for HTTP/mp.contoso.lab from the KDC of CONTOSO.LAB in frame 6, "
              r"but the datagram is refused in frame 7\.",
              r" 7 0\.030 s \| x \| \| connection refused",
              r"kdc\.unreachable: .* seen in frames 6 and 7"))),
    "kdc-refused-once": (kdc_refused_once, Expected(
        None, "", "kdc.unreachable", text=(r"makes the same request to the KDC of CONTOSO.LAB in "
                                           r"frame 8, and the KDC responds with the ticket",))),
    "kdc-behind-firewall": (kdc_behind_firewall, Expected(
        "kdc.unreachable", text=(r"the address cannot be reached in frame 7",
                                 r"the address cannot be reached in frame 9"))),
    "dns-refused": (dns_refused, Expected(
        "dns.server-silent", arguments=("--mp", HOST),
        text=(r"the server cannot be reached in frame 2",))),
    "mp-rejects": (mp_rejects, Expected(
        "http.unreachable", text=(r"connects to 10\.0\.0\.20 in frame 5, but the connection is "
                                  r"refused in frame 6",))),
    "forged-refusal": (forged_refusal, Expected("http.no-second-attempt", "", "kdc.unreachable")),
    "kdc-after-retries": (kdc_after_retries, Expected(
        None, text=(r" 6 0\.020 s \|------->\| \| TGS-REQ .*sent 3 times 9 2\.050 s \|<------",))),
    "repeated-segments": (repeated_segments, Expected("ticket.wrong-key")),
    "two-at-once": (two_at_once, Expected(
        None, text=(r"2 tries, 0 failed; the last is shown; 1 at the same time as another",))),
    "at-once-without-spn": (at_once_without_spn, Expected(
        "spn.missing", "", "http.no-second-attempt")),
    "password-lost": (password_lost, Expected("account.wrong-password")),
    "password-lost-soon": (password_lost_soon, Expected("account.wrong-password")),
    "http2": (http2, Expected(
        None, "capture.encrypted",
        text=(r"URL http://mp\.contoso\.lab SPN",
              r"In the recording, but unreadable \(TLS or HTTP/2\): the first request"))),
    "http2-alone": (http2_alone, Expected(
        None, cases=0, text=(r"There is HTTP/2, which is not read: the MP's IIS log tells more",
                             r"There is Kerberos, but no web server's ticket was asked for in "
                             r"vain\."))),
    "replies-alone": (replies_alone, Expected(
        None, cases=0, text=(r"one direction only: .* where both directions pass",))),
    "sequence-wraps": (sequence_wraps, Expected("ticket.wrong-key")),
    "elsewhere": (elsewhere, Expected("ticket.wrong-key", text=(
        r"TGS-REP, referral to FABRIKAM\.LAB .*TGS-REP, ticket \(aes256",))),
    "continues": (continues, Expected("ticket.wrong-key", "approval.anonymous")),
    "closed-between": (closed_between, Expected("http.connection-lost")),
    "key-changes": (key_changes, Expected("ticket.key-changed", "ticket.wrong-key")),
    "through-a-proxy": (through_a_proxy, Expected(
        "ticket.wrong-key", "http.proxy", text=(r"MP mp\.contoso\.lab URL", ))),
    "message-after-sign-in": (message_after_sign_in, Expected(None, "", "approval.anonymous")),
}


# Links as captures have them, with the numbers of https://www.tcpdump.org/linktypes.html.
ENDS = bytes(12)
LINKS = {
    "Ethernet": (1, ENDS + b"\x08\0"),
    "VLAN": (1, ENDS + b"\x81\0\0\5\x08\0"),
    "QinQ": (1, ENDS + b"\x88\xa8\0\5\x81\0\0\6\x08\0"),
    "cooked": (113, struct.pack(">HHH8sH", 0, 1, 6, b"", 0x800)),
    "cooked 2": (276, struct.pack(">HHIHBB8s", 0x800, 0, 1, 1, 0, 6, b"")),
    "null": (0, b"\2\0\0\0"),
    "loopback": (108, b"\0\0\0\2"),
    "PPP": (9, b"\xff\x03\0\x21"),
}


# --- the check ---

def run(*command):
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode not in (0, 1, 2, 3):
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


def write(name, path, **how):
    recording = Recording()
    STORIES[name][0](recording)
    recording.write(path, **how)


def check(program, name, path):
    expected = STORIES[name][1]
    report = json.loads(run(program, "analyze", "--format", "json", *expected.arguments, path))
    cases = report["cases"]
    found = {finding["id"] for case in cases for finding in case["findings"]}
    causes = [(case["verdict"].get("root_cause") or {}).get("id") for case in cases]
    text = " ".join(run(program, "analyze", "-v", "--color", "never", *expected.arguments,
                        path).split())
    wrong = []
    if len(cases) != expected.cases:
        wrong.append(f"{len(cases)} cases, not {expected.cases}")
    if expected.cause not in (causes or [None]) or (not expected.cause and any(causes)):
        wrong.append(f"root cause {causes}, not {expected.cause}")
    wrong += [f"{finding} is missing" for finding in sorted(expected.findings - found)]
    wrong += [f"{finding} is there" for finding in sorted(expected.absent & found)]
    wrong += [f"not in the report: {pattern}" for pattern in expected.text
              if not re.search(pattern, text)]
    return [f"{name}: {line}" for line in wrong]


def main(action, *arguments):
    if action == "list":
        print("\n".join(STORIES))
        return 0
    if action == "write":
        write(*arguments)
        return 0
    program, folder, *names = arguments
    wrong = []
    for name in names or STORIES:
        path = os.path.join(folder, f"{name}.pcap")
        write(name, path)
        wrong += check(program, name, path)
    for link, (number, header) in LINKS.items() if not names else ():
        name = "registers-anonymously"
        recording = Recording()
        STORIES[name][0](recording)
        recording.write(path, number, header)
        wrong += [f"{link}: {line}" for line in check(program, name, path)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
