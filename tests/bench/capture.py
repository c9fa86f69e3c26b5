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
HOSTILE = os.path.join(HERE, os.pardir, "captures", "hostile.py")


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
        "analyze, text": ([options.ccmprobe, "analyze", path], rounds),
        "analyze, json": ([options.ccmprobe, "analyze", "--format", "json", path], rounds),
        "transport, all": ([options.follow, "--count", path], rounds),
        "transport, boring": ([options.follow, "--boring", path], rounds),
        "tcpdump": (["tcpdump", "-r", path, "-w", "-", "port 80 or port 88"], rounds),
        "tcpflow": (["tcpflow", "-r", path, "-o", os.path.join(folder, "flows"), "-a",
                     "port 80 or port 88"], max(2, rounds // 4)),
        "tshark": (["tshark", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", path,
                    "-Y", "kerberos||http", "-T", "fields", "-e", "frame.number"], 1),
    }
    for name in list(rows):
        if not shutil.which(rows[name][0][0]):
            print(f"bench: {name} is not installed", file=sys.stderr)
            del rows[name]
        elif name == "tshark" and options.no_tshark:
            del rows[name]
    return rows


def measure(command, good=(0,)):
    """(seconds, seconds of CPU, KiB of memory)"""
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
    if os.waitstatus_to_exitcode(status) not in good:
        raise Failed(f"{' '.join(command)} ended with status {status}")
    return time.monotonic() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def good_of(name):
    """`analyze` ends with what it found: 0 to 3."""
    return (0, 1, 2, 3) if name.startswith("analyze") else (0,)


def run(rows):
    """name -> [(seconds, CPU, memory)]; in turn, so that a busy machine slows all of them."""
    results = {name: [] for name in rows}
    for name, (command, count) in rows.items():
        if count > 1:
            measure(command, good_of(name))
    for number in range(max(count for _, count in rows.values())):
        for name, (command, count) in rows.items():
            if number < count:
                results[name].append(measure(command, good_of(name)))
    return results


def report(results):
    """Of the fastest runs: on a busy machine the others measure its other work."""
    base = min(results["libpcap loop"])
    print(f"{'':20} {'wall':>8} {'median':>8} {'CPU':>8} {'/ libpcap':>10} {'CPU /':>7} {'MiB':>7}")
    for name, rows in results.items():
        wall = min(row[0] for row in rows)
        cpu = min(row[1] for row in rows)
        print(f"{name:20} {wall:7.3f}s {statistics.median(row[0] for row in rows):7.3f}s "
              f"{cpu:7.3f}s {wall / base[0]:10.2f} "
              f"{cpu / min(row[1] for row in results['libpcap loop']):7.2f} "
              f"{max(row[2] for row in rows) / 1024:7.1f}")
    ours = results["analyze, text"]
    for name in ("tshark", "tcpflow"):
        if name in results:
            print(f"{name} / analyze: wall {min(results[name])[0] / min(ours)[0]:.1f}, CPU "
                  f"{min(row[1] for row in results[name]) / min(row[1] for row in ours):.1f}")


def hostile(options, folder):
    """Each capture of tests/captures/hostile.py, and one of twice its size."""
    print(f"\n{'':20} {'CPU':>8} {'twice':>8} {'ratio':>6} {'MiB':>7}")
    for name in subprocess.run([sys.executable, HOSTILE, "list", "--counts"], check=True,
                               capture_output=True, text=True).stdout.splitlines():
        name, count = name.split()
        rows = []
        for number in (int(count), 2 * int(count)):
            path = os.path.join(folder, "hostile")
            subprocess.run([sys.executable, HOSTILE, "write", name, str(number), path], check=True)
            measure([options.ccmprobe, "analyze", path], (0, 1, 2, 3))
            runs = [measure([options.ccmprobe, "analyze", path], (0, 1, 2, 3)) for _ in range(3)]
            rows.append((min(run[1] for run in runs), max(run[2] for run in runs)))
        print(f"{name:20} {rows[0][0]:7.3f}s {rows[1][0]:7.3f}s {rows[1][0] / rows[0][0]:6.2f} "
              f"{max(row[1] for row in rows) / 1024:7.1f}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="capture.py", description=__doc__)
    parser.add_argument("--ccmprobe", required=True, metavar="PATH", help="of a release build")
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
            report(results)
            hostile(options, folder)
        except (Failed, subprocess.CalledProcessError) as failure:
            print(f"bench: {failure}", file=sys.stderr)
            return 1
    if options.json:
        with open(options.json, "w") as handle:
            json.dump(results, handle)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
