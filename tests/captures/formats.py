#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small captures in every format and variant: formats.py write FOLDER | formats.py check FOLLOW TMP

"write" makes the files of tests/fuzz/corpus/capture; "check" makes them anew and compares the
frames that `follow --frames` reads with those that were written and with those of tshark.
"""

import gzip
import os
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "bench"))
import make_capture     # noqa: E402

START = 1_100_000_000_123_456       # microseconds
FILETIME_1970 = 116_444_736_000_000_000
SECTION, INTERFACE, PACKET, SIMPLE, NAMES, STATISTICS, ENHANCED = 0x0a0d0d0a, 1, 2, 3, 4, 5, 6
JOURNAL, CUSTOM = 9, 0xbad
CUSTOM_NOT_COPIED = 0x40000bad


def conversation():
    """A request and its answer, as Ethernet frames."""
    client, server = make_capture.Host("10.0.0.5"), make_capture.Host("10.0.0.9")
    connection = make_capture.Connection(client, server, (50000, 80), _Fixed())
    return [*connection.open(), *connection.send(0, make_capture.post(b"mp.example.com")),
            *connection.send(1, b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
            *connection.close()]


class _Fixed:
    @staticmethod
    def getrandbits(_):
        return 0xfffffff0       # wraps soon


def pcap(order, nanoseconds, frames):
    out = struct.pack(order + "IHHiIII", 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4, 0, 0,
                      65535, 1)
    for at, frame in frames:
        out += struct.pack(order + "IIII", at // 1000000,
                           at % 1000000 * (1000 if nanoseconds else 1), len(frame), len(frame))
        out += frame
    return out


def padded(data):
    return data + bytes(-len(data) % 4)


def block(order, kind, body):
    body = padded(body)
    length = len(body) + 12
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def option(order, code, data):
    return struct.pack(order + "HH", code, len(data)) + padded(data)


def section(order):
    return block(order, SECTION, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1)
                 + option(order, 1, b"a comment of the section") + option(order, 0, b""))


def interface(order, link=1, snap=0, resolution=None, offset=None):
    options = option(order, 2, b"eth0")
    if resolution is not None:
        options += option(order, 9, bytes([resolution]))
    if offset is not None:
        options += option(order, 14, struct.pack(order + "q", offset))
    return block(order, INTERFACE, struct.pack(order + "HHI", link, 0, snap) + options
                 + option(order, 0, b""))


def enhanced(order, number, units, frame, length=None, comment=None):
    options = option(order, 1, comment) + option(order, 0, b"") if comment else b""
    return block(order, ENHANCED, struct.pack(
        order + "IIIII", number, units >> 32, units & 0xffffffff, len(frame),
        length or len(frame)) + padded(frame) + options)


def pcapng_resolutions(order, frames):
    """An interface each for many resolutions, and one with an offset of time."""
    kinds = [(None, 0, 1_000_000), (3, 0, 1000), (6, 0, 10**6), (9, 0, 10**9), (0, 0, 1),
             (0x80 + 20, 0, 2**20), (9, -3600, 10**9), (0x80 + 10, 1_000_000_000, 2**10)]
    out = section(order)
    expected = []
    for resolution, offset, _ in kinds:
        out += interface(order, resolution=resolution, offset=offset if offset else None)
    for number, (resolution, offset, units) in enumerate(kinds):
        at, frame = frames[number % len(frames)]
        value = (at - offset * 1_000_000) * units // 1_000_000
        out += enhanced(order, number, value, frame)
        expected.append((value * 1_000_000 // units + offset * 1_000_000, len(frame), len(frame)))
    return out, expected


def pcapng_mixed(frames):
    """Two sections of different byte order, interfaces of different kinds, blocks of all kinds."""
    expected = []
    out = b""
    for order in "<", ">":
        out += section(order) + interface(order, 1, 65535) + interface(order, 101, 96)
        out += block(order, NAMES, struct.pack(order + "HH", 1, 11) + padded(
            bytes([10, 0, 0, 9]) + b"mp.lab\0") + struct.pack(order + "I", 0))
        for number, (at, frame) in enumerate(frames[:6]):
            bare = frame[14:14 + 96]    # an IP packet, cut by the snap length
            if number % 2:
                out += enhanced(order, 1, at, bare, len(frame) - 14, b"look here")
                expected.append((at, len(bare), len(frame) - 14))
            else:
                out += enhanced(order, 0, at, frame)
                expected.append((at, len(frame), len(frame)))
        out += block(order, STATISTICS, struct.pack(order + "III", 0, 0, 0))
        out += block(order, 0x7777, b"of a later standard")
        out += block(order, CUSTOM_NOT_COPIED, struct.pack(order + "I", 32473) + b"ours alone")
        out += block(order, CUSTOM, struct.pack(order + "I", 32473) + b"ours alone")
        out += block(order, JOURNAL, b"__REALTIME_TIMESTAMP=1100000000000000\nMESSAGE=hello\n")
        expected += [(None, 0, 0)] * 3
    return out, expected


def pcapng_old(frames):
    """Simple and obsolete packet blocks; without a padded length."""
    out = section("<") + interface("<", 1, 60)
    expected = []
    for at, frame in frames[:4]:
        out += block("<", SIMPLE, struct.pack("<I", len(frame)) + frame[:60])
        expected.append((None, min(60, len(frame)), len(frame)))
        out += block("<", PACKET, struct.pack("<HHIIII", 0, 0, at >> 32, at & 0xffffffff,
                                              len(frame), len(frame)) + padded(frame))
        expected.append((at, len(frame), len(frame)))
    return out, expected


def netmon(minor, frames, shuffle=False):
    """The header, frames with the trailer of their version, and the table."""
    start = 1_099_999_980_000_000       # 2004-11-09 11:33:00
    body, offsets = b"", []
    for at, frame in frames:
        trailer = struct.pack("<H", 1)
        trailer += struct.pack("<I", 0xffffffff)
        trailer += struct.pack("<QB", at * 10 + FILETIME_1970, 0)
        trailer = trailer[:(0, 2, 6, 15)[minor]]
        offsets.append(128 + len(body))
        body += struct.pack("<QII", at - start, len(frame), len(frame)) + frame + trailer
    if shuffle:
        offsets.reverse()
        frames = frames[::-1]
    table = b"".join(struct.pack("<I", offset) for offset in offsets)
    header = b"GMBU" + struct.pack("<BBH8HII", minor, 2, 1, 2004, 11, 2, 9, 11, 33, 0, 0,
                                   128 + len(body), len(table))
    return header.ljust(128, b"\0") + body + table, [(at, len(frame), len(frame))
                                                     for at, frame in frames]


def netmon_events(frames):
    """2.1 with records that are no packets, and one with a media type of pcap."""
    body, offsets, expected = b"", [], []
    start = 1_099_999_980_000_000
    for (at, frame), media in zip(frames, (0xfffb, 1, 0xffe0, 0xe001, 0xfffc, 0xfffd, 0xfffe,
                                           0xffff, 0)):
        offsets.append(128 + len(body))
        body += struct.pack("<QII", at - start, len(frame), len(frame)) + frame
        body += struct.pack("<H", media)
        if media not in (0xfffc, 0xfffd, 0xfffe):   # Wireshark does not count these
            expected.append((at, len(frame), len(frame)))
    table = b"".join(struct.pack("<I", offset) for offset in offsets)
    header = b"GMBU" + struct.pack("<BBH8HII", 1, 2, 1, 2004, 11, 2, 9, 11, 33, 0, 0,
                                   128 + len(body), len(table))
    return header.ljust(128, b"\0") + body + table, expected


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def files():
    """name -> (content, frames, does tshark read it the same way)"""
    frames = [(START + 1000 * number, frame) for number, frame in enumerate(conversation())]
    plain = [(at, len(frame), len(frame)) for at, frame in frames]
    made = {}
    for name, order in ("le", "<"), ("be", ">"):
        made["pcap-" + name] = (pcap(order, False, frames), plain)
        made["pcap-ns-" + name] = (pcap(order, True, frames), plain)
        made["pcapng-resolutions-" + name] = pcapng_resolutions(order, frames)
    made["pcapng-mixed"] = pcapng_mixed(frames)
    made["pcapng-old"] = pcapng_old(frames)
    for minor in range(4):
        made[f"netmon-2.{minor}"] = netmon(minor, frames)
    made["netmon-events"] = netmon_events(frames)
    made["pcap-gzip"] = (gzip.compress(made["pcap-le"][0], mtime=0), plain)
    half = len(made["pcap-le"][0]) // 2
    made["pcap-gzip-twice"] = (gzip.compress(made["pcap-le"][0][:half], mtime=0)
                               + gzip.compress(made["pcap-le"][0][half:], mtime=0), plain)
    made["netmon-gzip"] = (gzip.compress(made["netmon-2.3"][0], mtime=0), plain)
    if shutil.which("zstd"):
        made["pcapng-zstd"] = (zstd(made["pcapng-mixed"][0]), made["pcapng-mixed"][1])
    return made


def output(*command):
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.splitlines(), done.stderr


def ours(follow, path):
    lines, errors = output(follow, "--frames", path)
    rows = [tuple(int(number) for number in line.split()[1:]) for line in lines]
    return [(None if at == -2**63 else at, *rest) for at, *rest in rows], errors


def of_tshark(path):
    lines, _ = output("tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.time_epoch",
                      "-e", "frame.cap_len", "-e", "frame.len")
    rows = []
    for line in lines:
        time, captured, length = line.split("\t")
        seconds, _, fraction = time.partition(".")
        at = int(seconds) * 1000000 + int(fraction[:6]) if time else None
        rows.append((at, int(captured), int(length)))
    return rows


def check(follow, folder):
    failed = 0
    os.environ["TZ"] = "UTC"    # tshark takes Network Monitor's times for those of its own zone
    for name, (content, expected) in files().items():
        path = os.path.join(folder, name)
        with open(path, "wb") as handle:
            handle.write(content)
        read, errors = ours(follow, path)
        problems = []
        if read != expected:
            problems.append(f"read {read}\n  written {expected}\n  {errors}")
        if shutil.which("tshark"):
            theirs = of_tshark(path)
            # What is no packet has neither time nor bytes here.
            theirs = [(None, 0, 0) if mine == (None, 0, 0) else other
                      for mine, other in zip(read, theirs)] + theirs[len(read):]
            if theirs != read:
                problems.append(f"read {read}\n  tshark {theirs}")
        print(f"{name}: {len(read)} frames", *problems, sep="\n  ")
        failed += len(problems)
    return 1 if failed else 0


def write(folder):
    for name, (content, _) in files().items():
        with open(os.path.join(folder, name), "wb") as handle:
            handle.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(write(sys.argv[2]) if sys.argv[1] == "write" else check(*sys.argv[2:]))
