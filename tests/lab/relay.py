"""A long line: carries frames between two interfaces, each of them some time after it came.

`relay.py MILLISECONDS INTERFACE INTERFACE` is a userspace stand-in for netem, which not every
kernel has. Packet sockets need no /dev/net/tun, so it works without root as well. The time is
that of a round trip: half of it is spent in each direction.
"""

import collections
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_VNET_HDR = 15    # carry offload metadata along: veth leaves checksums to the "hardware"
PACKET_MR_PROMISC = 1
PACKET_OUTGOING = 4
SO_SNDBUFFORCE = 32
SO_RCVBUFFORCE = 33
BUFFER = 64 << 20       # bytes that may wait: a line is long, not narrow
LARGEST = 1 << 17


class Direction:
    """Frames on their way from one interface to the other, oldest first."""

    def __init__(self, source, target, delay):
        self.source = source
        self.target = target
        self.delay = delay
        self.queue = collections.deque()

    def take(self):
        """Queue everything that has arrived."""
        while True:
            try:
                frame, address = self.source.recvfrom(LARGEST)
            except BlockingIOError:
                return
            if address[2] != PACKET_OUTGOING:
                self.queue.append((time.monotonic() + self.delay, frame))

    def deliver(self):
        """Send what is due; returns when the next frame will be."""
        while self.queue and self.queue[0][0] <= time.monotonic():
            try:
                self.target.send(self.queue.popleft()[1])
            except OSError:
                pass    # a full queue loses frames, as a line does
        return self.queue[0][0] if self.queue else None


def open_interface(name):
    interface = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    interface.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    for option in (SO_SNDBUFFORCE, SO_RCVBUFFORCE):
        interface.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    interface.bind((name, ETH_P_ALL))
    membership = struct.pack("IHH8s", socket.if_nametoindex(name), PACKET_MR_PROMISC, 0, b"")
    interface.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    interface.setblocking(False)
    return interface


def main(milliseconds, one, other):
    delay = float(milliseconds) / 2000
    one, other = open_interface(one), open_interface(other)
    directions = {one: Direction(one, other, delay), other: Direction(other, one, delay)}
    while True:
        due = [when for when in (way.deliver() for way in directions.values()) if when is not None]
        timeout = max(0, min(due) - time.monotonic()) if due else None
        for interface in select.select(list(directions), [], [], timeout)[0]:
            directions[interface].take()


if __name__ == "__main__":
    main(*sys.argv[1:])
