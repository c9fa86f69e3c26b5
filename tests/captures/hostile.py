#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that are made to take all memory or all time.

hostile.py write NAME COUNT FILE          one of them, of COUNT units (hostile.py list --counts)
hostile.py check CCMPROBE FOLDER [loose]  reads each: the memory it takes, and that every limit that
                                          was hit is in the report. "loose": a sanitized program,
                                          whose own memory is not the program's.
Nothing here is timed: tests/bench/capture.py does that.
"""

import gzip
import json
import os
import struct
import subprocess
import sys
import zlib

MEMORY_MIB = 64
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, MP, DC = b"\x0a\0\0\x01", b"\x0a\0\0\x02", b"\x0a\0\0\x03"
POST = b"CCM_POST /ccm_system_windowsauth/request HTTP/1.1\r\nHost: mp.contoso.lab\r\n"


class Capture:
    """Raw IPv4 packets, ten microseconds apart."""

    def __init__(self, out):
        self.out = out
        self.number = 0
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))

    def packet(self, source, target, protocol, payload):
        length = 20 + len(payload)
        at = self.number * 10
        self.number += 1
        self.out.write(struct.pack("<IIIIBBHHHBBH4s4s", 1_700_000_000 + at // 1_000_000,
                                   at % 1_000_000, length, length, 0x45, 0,
                                   int.from_bytes(struct.pack(">H", length), "big") >> 8
                                   | (length & 0xff) << 8, 0, 0x40, 64, protocol, 0, source,
                                   target) + payload)


class Connection:
    def __init__(self, capture, client, server, ports):
        self.capture = capture
        self.ends = (client, server)
        self.ports = ports
        self.sequence = [1000, 5000]

    def segment(self, side, flags, data=b"", ahead=0):
        header = struct.pack(">HHIIBBHHH", self.ports[side], self.ports[1 - side],
                             self.sequence[side] + ahead & 0xffffffff,
                             self.sequence[1 - side] & 0xffffffff if flags & ACK else 0, 0x50,
                             flags, 8192, 0, 0)
        self.capture.packet(self.ends[side], self.ends[1 - side], 6, header + data)

    def open(self):
        self.segment(0, SYN)
        self.sequence[0] += 1
        self.segment(1, SYN | ACK)
        self.sequence[1] += 1

    def send(self, side, data, size=1400):
        for start in range(0, len(data), size):
            part = data[start:start + size]
            self.segment(side, ACK | PSH, part)
            self.sequence[side] += len(part)


def endless_header(capture, count):
    connection = Connection(capture, CLIENT, MP, (50000, 80))
    connection.open()
    connection.send(0, POST + b"X: " + b"a" * count, 1)


def reverse_order(capture, count):
    connection = Connection(capture, CLIENT, MP, (50000, 80))
    connection.open()
    text = POST + b"Content-Length: %d\r\n\r\n" % (100 * count)
    data = text + b"x" * (100 * count - len(text))
    for start in range(100 * (count - 1), -1, -100):
        connection.segment(0, ACK, data[start:start + 100], start)


def lone_syns(capture, count):
    for number in range(count):
        address = struct.pack(">I", 0x0b000000 + number)
        Connection(capture, address, MP, (50000, (80, 88, 443, 445)[number % 4])).segment(0, SYN)


def gzip_body(capture, count):
    """`count` MiB in the packed body of an answer."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(count)) + packer.flush()
    connection = Connection(capture, CLIENT, MP, (50000, 80))
    connection.open()
    connection.send(0, POST + b"Content-Length: 0\r\n\r\n")
    connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body)


def nested_kerberos(capture, count):
    """An AS-REQ of 60 KB and nothing but headers, each within the one before: `count` times."""
    inner = b"\x30\x00"
    while len(inner) < 60_000:
        inner = b"\x30\x84" + struct.pack(">I", len(inner)) + inner
    message = b"\x6a\x84" + struct.pack(">I", len(inner)) + inner
    connection = Connection(capture, CLIENT, DC, (50000, 88))
    connection.open()
    for _ in range(count):
        connection.send(0, struct.pack(">I", len(message)) + message)


def record_length(capture, count):
    """A Kerberos record of 4 GiB less one; one of LDAP; then a frame that claims as much."""
    for number in range(count):
        connection = Connection(capture, CLIENT, DC, (1024 + number, 88))
        connection.open()
        connection.send(0, b"\xff\xff\xff\xff" + b"\x6a" * 1000)
        connection = Connection(capture, CLIENT, DC, (1024 + number, 389))
        connection.open()
        connection.send(0, b"\x30\x84\xff\xff\xff\xff" + b"\x02" * 1000)
    capture.out.write(struct.pack("<IIII", 1_700_000_000, 0, 0xffffffff, 0xffffffff))


def ccm_bomb(capture, count):
    """A registration whose zlib body becomes 64 MiB, `count` times."""
    head = ("<Msg ReplyCompression=\"zlib\" SchemaVersion=\"1.1\"><Body Type=\"ByteRange\"/>"
            "<Hooks><Hook3 Name=\"zlib-compress\"/></Hooks><SourceHost>WK01</SourceHost>"
            "<TargetAddress>mp:MP_ClientRegistration</TargetAddress></Msg>").encode("utf-16")
    inner = "<ClientRegistrationRequest>".encode("utf-16") + b" \0" * (32 * 1024 * 1024)
    packed = zlib.compress(inner, 9)[:60_000]
    body = (b"--aAbBcCdDv1234567890VxXyYzZ\r\ncontent-type: text/plain; charset=UTF-16\r\n\r\n"
            + head + b"\r\n--aAbBcCdDv1234567890VxXyYzZ\r\n"
            b"content-type: application/octet-stream\r\n\r\n" + packed
            + b"\r\n--aAbBcCdDv1234567890VxXyYzZ--")
    for number in range(count):
        connection = Connection(capture, CLIENT, MP, (1024 + number, 80))
        connection.open()
        connection.send(0, POST + b"Content-Type: multipart/mixed; boundary=\""
                        b"aAbBcCdDv1234567890VxXyYzZ\"\r\nContent-Length: %d\r\n\r\n" % len(body)
                        + body)
        connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def many_clients(capture, count):
    """Each has a challenge from the MP and nothing more."""
    for number in range(count):
        connection = Connection(capture, struct.pack(">I", 0x0b000000 + number), MP, (50000, 80))
        connection.open()
        connection.send(0, POST + b"Content-Length: 0\r\n\r\n")
        connection.send(1, b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n"
                        b"Content-Length: 0\r\n\r\n")


def packed_frames(capture, count):
    """`count` MiB of frames that hold nothing: to be packed."""
    frame = struct.pack("<IIII", 1_700_000_000, 0, 65520, 65520) + bytes(65520)
    for _ in range(count):
        capture.out.write(frame * 16)


# name -> (what it writes, its count, packed, the limits that are hit and the problems that are met)
CASES = {
    "endless-header": (endless_header, 200_000, False, {"bytes of an HTTP head"}),
    "reverse-order": (reverse_order, 40_000, False,
                      {"bytes of a connection that wait for lost ones"}),
    "lone-syns": (lone_syns, 1_000_000, False, {"open connections"}),
    "gzip-body": (gzip_body, 1024, False, set()),
    "nested-kerberos": (nested_kerberos, 16, False, set()),
    "record-length": (record_length, 1000, False, {"a frame of 4294967295 bytes is damage"}),
    "ccm-bomb": (ccm_bomb, 16, False, {"the compressed body holds more than is read"}),
    "many-clients": (many_clients, 100_000, False, {"cases"}),
    "packed-frames": (packed_frames, 1024, True, {"the gzip data becomes more than"}),
}


def write(name, count, path):
    make, _, packed, _ = CASES[name]
    opened = gzip.open(path, "wb", compresslevel=9) if packed else open(path, "wb")
    with opened as out:
        make(Capture(out), count)


def read(program, path, saved):
    """(exit status, what it said on stderr, KiB of memory)"""
    with open(saved + ".err", "wb+") as errors:
        done = subprocess.Popen([program, "analyze", "-o", saved + ".txt", "--save", saved, path],
                                stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return done.returncode, errors.read().decode(errors="replace"), usage.ru_maxrss


def told(saved):
    """The limits and problems of all records, in words."""
    words = []
    with open(saved) as lines:
        for line in lines:
            record = json.loads(line)
            words += [limit["name"] for limit in record.get("limits", [])]
            words += [record["problem"]] if "problem" in record else []
    return words


def check_one(name, program, folder, loose):
    _, count, _, expected = CASES[name]
    path = os.path.join(folder, name + ".pcap")
    saved = os.path.join(folder, name + ".jsonl")
    # In a process of its own: a child's peak begins with what its parent had.
    subprocess.run([sys.executable, __file__, "write", name, str(count), path], check=True)
    status, errors, memory = read(program, path, saved)
    os.unlink(path)
    words = told(saved) if status in (0, 1, 2, 3) else []
    wrong = [f"not reported: {word}" for word in expected if not any(word in w for w in words)]
    if status not in (0, 1, 2, 3) or errors:
        wrong.append(f"exit status {status}: {errors}")
    if memory > MEMORY_MIB * 1024 and not loose:
        wrong.append(f"{memory / 1024:.1f} MiB of memory")
    print(f"{name}: status {status}, {memory / 1024:.1f} MiB; {'; '.join(sorted(set(words)))}")
    return [f"{name}: {text}" for text in wrong]


def check(program, folder, loose):
    wrong = []
    for name in CASES:
        wrong += check_one(name, program, folder, loose)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def main(arguments):
    if arguments[:1] == ["write"] and len(arguments) == 4:
        write(arguments[1], int(arguments[2]), arguments[3])
        return 0
    if arguments[:1] == ["check"] and len(arguments) in (3, 4):
        return check(arguments[1], arguments[2], arguments[3:] == ["loose"])
    if arguments == ["list", "--counts"]:
        print("\n".join(f"{name} {row[1]}" for name, row in CASES.items()))
        return 0
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
