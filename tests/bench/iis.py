#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long the verdicts on an IIS log take beside counting its lines, and beside a script."""

import argparse
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "iis.awk")


MANY = 8


def measure(command, output):
    """Wall time and processor time in seconds and peak memory in KiB of a command."""
    with open(output, "w") as handle:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=handle)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begin
    if process.returncode != 0:
        sys.exit(f"iis: {command[0]} ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def forget(path):
    """Takes a file out of the page cache."""
    with open(path, "rb") as handle:
        os.fsync(handle.fileno())
        os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def same(first, second):
    with open(first, "rb") as one, open(second, "rb") as other:
        return one.read() == other.read()


def compare(options, log, folder):
    """Every kind in turn, so that what disturbs one disturbs the others too."""
    pipe = f"rg CCM_POST '{log}' | mawk -f '{SCRIPT}'"
    kinds = {"reader": [options.reader, log], "rg -c": ["rg", "-c", "CCM_POST", log],
             "mawk": ["mawk", "-f", SCRIPT, log], "rg | mawk": ["sh", "-c", pipe]}
    times = {kind: [] for kind in kinds}
    for turn in range(options.runs + 1):
        for kind, command in kinds.items():
            result = measure(command, os.path.join(folder, kind.replace(" ", "")))
            if turn > 0:    # the first fills the page cache
                times[kind].append(result)
    if not same(os.path.join(folder, "reader"), os.path.join(folder, "mawk")):
        sys.exit("iis: the reader and the script do not tell the same")
    return times


def cold(options, log, folder):
    """Of a file that is not in the page cache: the reader, and nothing but reading."""
    kinds = {"reader, cold": [options.reader, "--quiet", log],
             "dd, cold": ["dd", f"if={log}", "of=/dev/null", "bs=256k", "status=none"]}
    times = {kind: [] for kind in kinds}
    for _ in range(3):
        for kind, command in kinds.items():
            forget(log)
            times[kind].append(measure(command, os.path.join(folder, "cold")))
    return times


def middle(results, column):
    return sorted(result[column] for result in results)[len(results) // 2]


def report(times, size, many):
    for kind, results in times.items():
        wall = middle(results, 0)
        print(f"{kind:13} {wall:6.2f} s  fastest {min(results)[0]:6.2f} s  "
              f"{size / wall / 1e9:5.2f} GB/s  CPU {middle(results, 1):6.2f} s")
    print(f"{'':17} {'middle':>7} {'fastest':>8} {'CPU':>6} {'aim':>5}")
    for text, one, other, aim in (("reader / rg -c", "reader", "rg -c", 1.3),
                                  ("mawk / reader", "mawk", "reader", 15),
                                  ("rg|mawk / reader", "rg | mawk", "reader", 4)):
        ratios = (middle(times[one], 0) / middle(times[other], 0),
                  min(times[one])[0] / min(times[other])[0],
                  middle(times[one], 1) / middle(times[other], 1))
        print(f"{text:17} {ratios[0]:7.2f} {ratios[1]:8.2f} {ratios[2]:6.2f} {aim:5}")
    peak = max(result[2] for result in times["reader"])
    print(f"peak of the reader {peak / 1024:.1f} MiB, of {MANY} such logs {many / 1024:.1f} MiB "
          "(aim: 32)")


def main(arguments):
    parser = argparse.ArgumentParser(prog="iis.py", description=__doc__)
    parser.add_argument("--reader", required=True, metavar="PATH", help="the program read_iis")
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    parser.add_argument("--lines", type=int, default=7800000, metavar="N")
    parser.add_argument("--log", metavar="FILE", help="keep the log here, or take it from there")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ccmprobe-iis-") as folder:
        log = options.log or os.path.join(folder, "iis.log")
        if not os.path.exists(log):
            subprocess.run([sys.executable, os.path.join(HERE, "make_iis_log.py"), log, "--lines",
                            str(options.lines)], check=True)
        size = os.path.getsize(log)
        print(f"\nIIS log, {size / 1e6:.0f} MB", flush=True)
        times = compare(options, log, folder)
        many = measure([options.reader, "--quiet", *[log] * MANY], os.path.join(folder, "many"))[2]
        report({**times, **cold(options, log, folder)}, size, many)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
