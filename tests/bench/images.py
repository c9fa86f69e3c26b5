#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long `ccmprobe image --each` takes over a fleet's identity files, beside a shell loop of
hivexget and grep: README.md."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "disk"))
import hives        # noqa: E402  (needs the path above)

AIM = 20
KEY = r"Microsoft\SMS\Client\Configuration\Client Properties"

# What an administrator would write: every GUID of a folder of folders, then those that come twice.
LOOP = r"""
for folder in "$1"/*/; do
    {
        hivexget "${folder}SOFTWARE" "$2" 'SMS Unique Identifier'
        grep -i '^SMS Unique Identifier=' "${folder}SMSCFG.INI"
    } | grep -oE 'GUID:[0-9A-F-]{36}' | sort -u
done | sort | uniq -d
"""


def parse(arguments):
    parser = argparse.ArgumentParser(prog="images.py", description=__doc__.split(":", 1)[0])
    parser.add_argument("--ccmprobe", default="ccmprobe", metavar="PATH")
    parser.add_argument("--images", type=int, default=10000, metavar="N")
    parser.add_argument("--loop", type=int, default=100, metavar="N", help="of these for the loop")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    return parser.parse_args(arguments)


def guid(number):
    """Every tenth computer was cloned from the one before."""
    return f"GUID:{number - (number % 10 == 9):08X}-7C33-44F2-8496-1A5D3116F7ED"


def make_fleet(folder, first, count):
    for number in range(first, first + count):
        place = folder / f"pc{number:06d}"
        place.mkdir(parents=True)
        hives.write_hive(place / "SOFTWARE", {KEY: {"SMS Unique Identifier": guid(number)}})
        (place / "SMSCFG.INI").write_text(
            "[Configuration - Client Properties]\r\n"
            f"SMS Unique Identifier={guid(number)}\r\n"
            f"SMS Certificate Identifier=SMS;{number:040X}\r\n"
            "Last Version=5.00.9078.1006\r\n", encoding="ascii")


def timed(command, statuses):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.monotonic() - start
    if done.returncode not in statuses:
        sys.exit(f"bench: {command[0]} ended with {done.returncode}: {done.stderr}")
    return took, done.stdout


def measure(options, folder):
    """Times of each, in turn, per image."""
    small, large = folder / "small", folder / "large"
    make_fleet(small, 0, options.loop)
    make_fleet(large, options.loop, options.images - options.loop)
    for place in small.iterdir():
        shutil.copytree(place, large / place.name)
    loops, runs = [], []
    for _ in range(options.runs):
        took, found = timed(["sh", "-c", LOOP, "loop", str(small), KEY], (0,))
        if not found:
            sys.exit("bench: the loop found no GUID twice")
        loops.append(took / options.loop)
        took, report = timed([options.ccmprobe, "image", "--each", str(large)], (2,))
        if "image.shared-guid" not in report:
            sys.exit("bench: ccmprobe found no shared GUID")
        runs.append(took / options.images)
    return loops, runs


def main(arguments):
    options = parse(arguments)
    holder = pathlib.Path(tempfile.mkdtemp(prefix="ccmprobe-images-"))
    try:
        loops, runs = measure(options, holder)
    finally:
        shutil.rmtree(holder)
    ratio = statistics.median(loops) / statistics.median(runs)
    print(f"Shared GUIDs among disks, per image (median of {options.runs})")
    print(f"    hivexget and grep      {statistics.median(loops) * 1000:10.3f} ms   "
          f"{options.loop} images in a shell loop")
    print(f"    ccmprobe image --each  {statistics.median(runs) * 1000:10.3f} ms   "
          f"{options.images} images in one run")
    print(f"    times as fast          {ratio:10.1f}      aim: {AIM}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
