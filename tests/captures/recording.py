# SPDX-License-Identifier: Apache-2.0
"""Recordings acted out by hand: who sends what, ten milliseconds after what went before. Raw IPv4
packets in a pcap file; checksums are right."""

import ipaddress
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, os.pardir, "fuzz", "corpus")
START = 1795224468          # 2026-11-21 01:27:48, the time in the corpus' messages
STEP = 0.01
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP, ICMP = 6, 17, 1
MSS = 1400
LINK_RAW = 101


def corpus(kind, name):
    with open(os.path.join(CORPUS, kind, name), "rb") as file:
        return file.read()


def checksum(*parts):
    data = b"".join(part + bytes(len(part) % 2) for part in parts)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packed(address):
    return ipaddress.ip_address(address).packed


class Recording:
    def __init__(self):
        self.frames = []        # (time, packet)
        self.now = float(START)

    def wait(self, seconds):
        self.now += seconds

    def packet(self, source, target, protocol, payload):
        head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(payload), 0, 0x4000, 128, protocol)
        ends = packed(source) + packed(target)
        packet = head + struct.pack(">H", checksum(head, ends)) + ends + payload
        self.frames.append((self.now, packet))
        self.now += STEP
        return packet

    def with_checksum(self, source, target, protocol, payload, place):
        pseudo = packed(source) + packed(target) + struct.pack(">HH", protocol, len(payload))
        value = checksum(pseudo, payload)
        payload = payload[:place] + struct.pack(">H", value) + payload[place + 2:]
        return self.packet(source, target, protocol, payload)

    def udp(self, source, target, ports, payload):
        return self.with_checksum(source, target, UDP,
                                  struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload, 6)

    def unreachable(self, source, target, packet, code=3, quoted=28):
        """An ICMP message that `packet` could not be delivered."""
        body = struct.pack(">BBHI", 3, code, 0, 0) + packet[:quoted]
        self.packet(source, target, ICMP,
                    body[:2] + struct.pack(">H", checksum(body)) + body[4:])

    def write(self, path, link=LINK_RAW, header=b"", snap=262144):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snap, link))
            for at, packet in self.frames:
                packet = header + packet
                kept = packet[:snap]
                file.write(struct.pack("<IIII", int(at), round(at % 1 * 1e6) % 1000000,
                                       len(kept), len(packet)) + kept)


class Connection:
    """One TCP connection; side 0 opened it."""

    def __init__(self, recording, client, server, ports, sequence=(1000, 5000)):
        self.recording = recording
        self.ends = (client, server)
        self.ports = ports
        self.sequence = list(sequence)

    def segment(self, side, flags, data=b"", sequence=None):
        if sequence is None:
            sequence = self.sequence[side]
        header = struct.pack(">HHIIBBHHH", self.ports[side], self.ports[1 - side],
                             sequence & 0xffffffff,
                             self.sequence[1 - side] & 0xffffffff if flags & ACK else 0, 0x50,
                             flags, 8192, 0, 0)
        return self.recording.with_checksum(self.ends[side], self.ends[1 - side], TCP,
                                            header + data, 16)

    def open(self):
        self.segment(0, SYN)
        self.sequence[0] += 1
        self.segment(1, SYN | ACK)
        self.sequence[1] += 1
        self.segment(0, ACK)
        return self

    def refused(self):
        self.segment(0, SYN)
        self.sequence[0] += 1
        self.segment(1, RST | ACK)

    def send(self, side, data, size=MSS, lose=False):
        for start in range(0, len(data), size):
            part = data[start:start + size]
            if not lose:
                self.segment(side, ACK | PSH, part)
            self.sequence[side] += len(part)

    def again(self, side, data, size=MSS):
        """Sends again what was sent last."""
        at = self.sequence[side] - len(data)
        for start in range(0, len(data), size):
            self.segment(side, ACK | PSH, data[start:start + size], at + start)

    def close(self):
        for side in (0, 1):
            self.segment(side, FIN | ACK)
            self.sequence[side] += 1
        self.segment(0, ACK)

    def reset(self, side=1):
        self.segment(side, RST | ACK)
