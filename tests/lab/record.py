#!/usr/bin/python3
"""Records what passes a network interface: record.py INTERFACE FILE

Run as a program inside the lab. Says "ready" when it listens, and ends with its standard input:
everything that was sent by then is in the file (pcap, nanoseconds). Fails when the kernel dropped
something.
"""

import contextlib
import os
import select
import socket
import struct
import subprocess
import sys

import network
from isolation import LabError

ETH_P_ALL = 3
SOL_PACKET, PACKET_STATISTICS = 263, 6      # linux/if_packet.h
SO_TIMESTAMPNS = 35                         # asm-generic/socket.h
BUFFER_BYTES = 64 << 20
FRAME_BYTES = 1 << 18                       # more than any segment before it is cut for the wire
PCAP_NANOSECONDS, LINKTYPE_ETHERNET = 0xA1B23C4D, 1
TIMESPEC = struct.Struct("@ll")


@contextlib.contextmanager
def recorded(path, node="client"):
    """Records into a file what passes a node's interface."""
    with subprocess.Popen(
            network.inside(node, [sys.executable, os.path.abspath(__file__), "eth0", path]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as recorder:
        recorder.stdout.readline()
        yield
        recorder.stdin.close()
        if recorder.wait() != 0:
            raise LabError("a recording is incomplete")


def listen(interface):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    packets.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    packets.bind((interface, ETH_P_ALL))
    packets.setblocking(False)
    return packets


def write_waiting(packets, out):
    """Everything that waits in the socket."""
    while True:
        try:
            frame, extra, _, _ = packets.recvmsg(FRAME_BYTES, socket.CMSG_SPACE(TIMESPEC.size))
        except BlockingIOError:
            return
        seconds, nanoseconds = TIMESPEC.unpack(
            next(data for _, kind, data in extra if kind == SO_TIMESTAMPNS))
        out.write(struct.pack("=IIII", seconds, nanoseconds, len(frame), len(frame)) + frame)


def main(interface, path):
    packets = listen(interface)
    with open(path, "wb") as out:
        out.write(struct.pack("=IHHiIII", PCAP_NANOSECONDS, 2, 4, 0, 0, FRAME_BYTES,
                              LINKTYPE_ETHERNET))
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([packets, sys.stdin], [], [])
            write_waiting(packets, out)
            if sys.stdin in ready:
                break
    _, dropped = struct.unpack("=II", packets.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    return f"record: {dropped} frames were dropped" if dropped else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
