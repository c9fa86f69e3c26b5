#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a capture as a busy management point would give it: make_capture.py [OPTIONS] FILE

A quarter of the frames is HTTP (CCM_POST and its answers) and Kerberos over TCP and UDP, the rest
is SMB, TLS and other UDP. Segments are lost and sent again, doubled, mixed up with their
neighbours, and a few are missing in the recording. The same seed gives the same bytes.
"""

import argparse
import os
import random
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
KERBEROS = os.path.join(HERE, os.pardir, "fuzz", "corpus", "kerberos")
MSS = 1460
START = 1_100_000_000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
HEADERS = 14 + 20 + 20      # Ethernet, IPv4 and TCP


def kerberos(name):
    with open(os.path.join(KERBEROS, name), "rb") as handle:
        return handle.read()


class Host:
    def __init__(self, address):
        self.address = bytes(int(part) for part in address.split("."))
        self.mac = b"\x02\x00" + self.address


class Connection:
    """One TCP connection; each call gives a list of frames."""

    def __init__(self, client, server, ports, rng):
        self.ends = (client, server)
        self.ports = ports
        self.sequence = [rng.getrandbits(32), rng.getrandbits(32)]

    def frame(self, side, flags, payload=b"", sequence=None):
        source, target = self.ends[side], self.ends[1 - side]
        if sequence is None:
            sequence = self.sequence[side]
        acknowledges = self.sequence[1 - side] if flags & ACK else 0
        tcp = struct.pack(">HHIIBBHHH", self.ports[side], self.ports[1 - side],
                          sequence & 0xffffffff, acknowledges & 0xffffffff, 0x50, flags,
                          8192, 0, 0)
        return frame_of(source, target, 6, tcp + payload)

    def open(self):
        frames = [self.frame(0, SYN)]
        self.sequence[0] += 1
        frames.append(self.frame(1, SYN | ACK))
        self.sequence[1] += 1
        return [*frames, self.frame(0, ACK)]

    def send(self, side, data):
        """The segments, and an acknowledgement for every other one."""
        frames = []
        for number, start in enumerate(range(0, len(data), MSS)):
            part = data[start:start + MSS]
            frames.append(self.frame(side, ACK | PSH, part))
            self.sequence[side] += len(part)
            if number % 2:
                frames.append(self.frame(1 - side, ACK))
        return frames

    def close(self):
        frames = []
        for side in (0, 1):
            frames.append(self.frame(side, FIN | ACK))
            self.sequence[side] += 1
        return [*frames, self.frame(0, ACK)]


def frame_of(source, target, protocol, payload):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 128, protocol, 0,
                     source.address, target.address)
    frame = target.mac + source.mac + b"\x08\x00" + ip + payload
    return frame if len(frame) >= 60 else frame + bytes(60 - len(frame))


def datagram(source, target, ports, payload):
    udp = struct.pack(">HHHH", *ports, 8 + len(payload), 0)
    return frame_of(source, target, 17, udp + payload)


def post(host, extra=b"", body=b""):
    return (b"CCM_POST /ccm_system_windowsauth/request HTTP/1.1\r\nUser-Agent: ccmhttp\r\n"
            b"Host: %s\r\n%sContent-Length: %d\r\n\r\n%s" % (host, extra, len(body), body))


def http_exchange(connection, rng):
    """What a client does that is approved: 401, then the ticket, then 200."""
    body = rng.randbytes(rng.randint(2000, 60000))
    denied = (b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\nServer: Microsoft-IIS/10.0"
              b"\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 1293\r\n\r\n" + b"x" * 1293)
    answer = rng.randbytes(rng.randint(500, 80000))
    token = b"Authorization: Negotiate " + b"YII" + b"A" * 2997 + b"\r\n"
    steps = [connection.open(), connection.send(0, post(b"mp.example.com")),
             connection.send(1, denied), connection.send(0, post(b"mp.example.com", token, body)),
             connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer)
                             + answer), connection.close()]
    return [frame for step in steps for frame in step]


def kerberos_exchange(connection, pairs):
    steps = [connection.open()]
    for request, reply in pairs:
        steps.append(connection.send(0, struct.pack(">I", len(request)) + request))
        steps.append(connection.send(1, struct.pack(">I", len(reply)) + reply))
    steps.append(connection.close())
    return [frame for step in steps for frame in step]


def noise_exchange(connection, rng, block):
    """SMB or TLS: long, and to be passed over."""
    frames = connection.open()
    for _ in range(rng.randint(2, 12)):
        frames += connection.send(0, block[:rng.randint(100, 2000)])
        start = rng.randrange(len(block) // 2)
        frames += connection.send(1, block[start:start + rng.randint(1000, 200000)])
    return frames + connection.close()


def cut(frame, start, end):
    """The segment with a part of the payload only."""
    payload = frame[HEADERS:14 + int.from_bytes(frame[16:18], "big")]
    sequence = (int.from_bytes(frame[38:42], "big") + start) & 0xffffffff
    part = payload[start:end]
    return (frame[:16] + struct.pack(">H", HEADERS - 14 + len(part)) + frame[18:38]
            + struct.pack(">I", sequence) + frame[42:HEADERS] + part)


def overlapping(frame):
    length = 14 + int.from_bytes(frame[16:18], "big") - HEADERS
    if length < 3:
        return [frame]
    return [cut(frame, 0, 2 * length // 3), cut(frame, length // 3, length)]


def disturb(frames, rng, rate):
    """What a network and a capture do to the frames of one connection."""
    out = []
    for index, frame in enumerate(frames):
        chance = rng.random()
        # A handshake is left alone: without it tshark and we may take sides differently.
        if chance > 4 * rate or index < 3:
            out.append(frame)
        elif chance < rate:         # lost before the capture, and sent again
            out[len(out):] = [frames[index + 1], frame] if index + 1 < len(frames) else [frame]
        elif chance < 2 * rate:     # twice
            out += [frame, frame]
        elif chance < 3 * rate and len(out) > 3:    # behind its time
            out.insert(len(out) - 1, frame)
        elif chance < 3 * rate + rate / 8:          # not recorded
            continue
        else:                       # sent in two segments that have something in common
            out += overlapping(frame)
    return out


class Traffic:
    def __init__(self, rng, rate):
        self.rng = rng
        self.rate = rate
        self.clients = [Host(f"10.{n >> 8 & 255}.{n & 255}.{n % 250 + 1}") for n in range(2000)]
        self.mp, self.dc = Host("192.168.0.10"), Host("192.168.0.1")
        self.files = [Host(f"192.168.1.{n}") for n in range(1, 20)]
        self.pairs = [(kerberos("as-req"), kerberos("error-25")),
                      (kerberos("as-req-preauth"), kerberos("as-rep")),
                      (kerberos("tgs-req"), kerberos("tgs-rep"))]
        block = rng.randbytes(400000)
        self.blocks = {445: b"\x00\x00\xff\xf0\xfeSMB" + block,
                       443: b"\x17\x03\x03\x40\x00" + block}

    def one(self):
        """The frames of one conversation, and whether it is of those that matter."""
        rng = self.rng
        client = rng.choice(self.clients)
        ports = [rng.randint(49152, 65535), 0]
        kind = rng.random()
        if kind < 0.35:
            ports[1] = 80
            frames = http_exchange(Connection(client, self.mp, ports, rng), rng)
        elif kind < 0.6:
            ports[1] = 88
            frames = kerberos_exchange(Connection(client, self.dc, ports, rng), self.pairs)
        elif kind < 0.7:
            request, reply = rng.choice(self.pairs)
            return [datagram(client, self.dc, (ports[0], 88), request),
                    datagram(self.dc, client, (88, ports[0]), reply[:1400])], True
        elif kind < 0.8:
            block = self.blocks[443]
            return [datagram(client, rng.choice(self.files), (ports[0], 4500), block[n:n + 1200])
                    for n in range(0, 1200 * rng.randint(1, 40), 1200)], False
        else:
            ports[1] = rng.choice((445, 443))
            frames = noise_exchange(Connection(client, rng.choice(self.files), ports, rng), rng,
                                    self.blocks[ports[1]])
        return disturb(frames, rng, self.rate), ports[1] in (80, 88)


def interleave(traffic, rng, total, share):
    """Frames of up to 200 conversations at a time, `share` of them of HTTP and Kerberos."""
    running, counts = [], [0, 0]
    sent = 0
    while sent < total:
        while len(running) < 200:
            frames, matters = traffic.one()
            # Whichever kind is behind its share may come.
            if matters == (counts[1] * (1 - share) <= counts[0] * share):
                counts[matters] += len(frames)
                running.append(iter(frames))
        index = rng.randrange(len(running))
        for _ in range(rng.randint(1, 8)):
            frame = next(running[index], None)
            if frame is None:
                running[index] = running[-1]
                running.pop()
                break
            yield frame
            sent += 1


def main(arguments):
    parser = argparse.ArgumentParser(prog="make_capture.py", description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=600_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disturb", type=float, default=0.003, metavar="RATE",
                        help="of each kind of disturbance")
    parser.add_argument("--share", type=float, default=0.25, help="of HTTP and Kerberos")
    parser.add_argument("file")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    traffic = Traffic(rng, options.disturb)
    with open(options.file, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for number, frame in enumerate(interleave(traffic, rng, options.frames, options.share)):
            micros = number * 50
            out.write(struct.pack("<IIII", START + micros // 1000000, micros % 1000000, len(frame),
                                  len(frame)) + frame)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
