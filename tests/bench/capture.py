#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long reading a capture takes beside other programs that read it: README.md, "Captures"."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    pass


def programs(options, folder, path):
    """name -> (command, rounds); what is not installed is left out, and said."""
    loop = os.path.join(folder, "pcap_loop")
    subprocess.run(["cc", "-O2", "-o", loop, os.path.join(HERE, "pcap_loop.c"), "-lpcap"],
                   check=True)
    rounds = options.runs
    rows = {
        "libpcap loop": ([loop, path], rounds),
        "transport, all": ([options.follow, "--count", path], rounds),
        "transport, boring": ([options.follow, "--boring", path], rounds),
        "tcpdump": (["tcpdump", "-r", path, "-w", "-", "port 80 or port 88"], rounds),
        "tcpflow": (["tcpflow", "-r", path, "-o", os.path.join(folder, "flows"), "-a",
                     "port 80 or port 88"], max(2, rounds // 4)),
        "tshark": (["tshark", "-n", "-r", path, "-Y", "kerberos||http", "-T", "fields", "-e",
                    "frame.number"], 1),
    }
    for name in list(rows):
        if not shutil.which(rows[name][0][0]):
            print(f"bench: {name} is not installed", file=sys.stderr)
            del rows[name]
        elif name == "tshark" and options.no_tshark:
            del rows[name]
    return rows


def measure(command):
    """(seconds, KiB of memory)"""
    before = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(null, number)
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise Failed(f"{' '.join(command)} ended with status {status}")
    return time.monotonic() - before, usage.ru_maxrss


def run(rows):
    """name -> [(seconds, memory)]; in turn, so that a busy machine slows all of them."""
    results = {name: [] for name in rows}
    for name, (command, count) in rows.items():
        if count > 1:
            measure(command)
    for number in range(max(count for _, count in rows.values())):
        for name, (command, count) in rows.items():
            if number < count:
                results[name].append(measure(command))
    return results


def report(results):
    base = statistics.median(time for time, _ in results["libpcap loop"])
    fastest = min(time for time, _ in results["libpcap loop"])
    print(f"{'':20} {'median':>9} {'fastest':>9} {'/ libpcap':>10} {'fastest /':>10} {'MiB':>7}")
    for name, rows in results.items():
        middle = statistics.median(time for time, _ in rows)
        least = min(time for time, _ in rows)
        print(f"{name:20} {middle:8.3f}s {least:8.3f}s {middle / base:10.2f} "
              f"{least / fastest:10.2f} {max(memory for _, memory in rows) / 1024:7.1f}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="capture.py", description=__doc__)
    parser.add_argument("--follow", required=True, metavar="PATH",
                        help="tests/captures/follow of a release build")
    parser.add_argument("--runs", type=int, default=12, metavar="N")
    parser.add_argument("--frames", type=int, default=600_000)
    parser.add_argument("--no-tshark", action="store_true", help="it takes most of the time")
    parser.add_argument("--file", help="another capture than a generated one")
    parser.add_argument("--json", metavar="FILE", help="also save every time and size")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or os.path.join(folder, "big.pcap")
        if not options.file:
            subprocess.run([sys.executable, os.path.join(HERE, "make_capture.py"), "--frames",
                            str(options.frames), path], check=True)
        print(f"{os.path.getsize(path) / 1e6:.0f} MB, {options.runs} runs")
        try:
            results = run(programs(options, folder, path))
        except (Failed, subprocess.CalledProcessError) as failure:
            print(f"bench: {failure}", file=sys.stderr)
            return 1
    report(results)
    if options.json:
        with open(options.json, "w") as handle:
            json.dump(results, handle)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
