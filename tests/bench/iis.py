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


def measure(command, output):
    """Wall time in seconds and peak memory in KiB of a command."""
    with open(output, "w") as handle:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=handle)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begin
    if process.returncode != 0:
        sys.exit(f"iis: {command[0]} ended with {process.returncode}")
    return wall, usage.ru_maxrss


def same(first, second):
    with open(first, "rb") as one, open(second, "rb") as other:
        return one.read() == other.read()


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
        pipe = f"rg CCM_POST '{log}' | mawk -f '{SCRIPT}'"
        kinds = {"reader": [options.reader, log], "rg -c": ["rg", "-c", "CCM_POST", log],
                 "mawk": ["mawk", "-f", SCRIPT, log], "rg | mawk": ["sh", "-c", pipe]}
        walls = {kind: [] for kind in kinds}
        peak = 0
        for turn in range(options.runs + 1):
            for kind, command in kinds.items():
                wall, memory = measure(command, os.path.join(folder, kind.replace(" ", "")))
                if turn > 0:    # the first fills the page cache
                    walls[kind].append(wall)
                peak = max(peak, memory) if kind == "reader" else peak
        if not same(os.path.join(folder, "reader"), os.path.join(folder, "mawk")):
            sys.exit("iis: the reader and the script do not tell the same")
        size = os.path.getsize(log)
    middle = {kind: sorted(values)[len(values) // 2] for kind, values in walls.items()}
    for kind, wall in middle.items():
        print(f"{kind:10} {wall:6.2f} s  fastest {min(walls[kind]):6.2f} s  "
              f"{size / wall / 1e9:5.2f} GB/s")
    print(f"reader / rg -c    {middle['reader'] / middle['rg -c']:6.2f}  (aim: 1.3)")
    print(f"mawk / reader     {middle['mawk'] / middle['reader']:6.2f}  (aim: 15)")
    print(f"rg|mawk / reader  {middle['rg | mawk'] / middle['reader']:6.2f}  (aim: 4)")
    print(f"reader's peak     {peak / 1024:6.1f} MiB (aim: 32)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
