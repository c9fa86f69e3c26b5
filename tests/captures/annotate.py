#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Captures with comments, as tshark reads them: annotate.py CCMPROBE FOLDER

In every format: the same frames with the same bytes and times as before, comments that were there
stay, and each new one stands at the frame that the evidence names. 77 (a skip to ctest) when there
is no tshark.
"""

import json
import os
import shutil
import subprocess
import sys

import formats

SKIP = 77
FIELDS = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len")
# Simple packets have no comments; and the frames of these events are no packets to pcapng.
NO_COMMENTS = ("pcapng-old", "netmon-events")
MARK = "ccmprobe: "


def run(*command, status=(0,)):
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode not in status:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


def frames_of(path):
    options = [option for field in FIELDS for option in ("-e", field)]
    return (run("tshark", "-n", "-r", path, "-T", "fields", *options),
            run("tshark", "-n", "-r", path, "-x"))


def comments_of(path):
    found = {}
    for line in run("tshark", "-n", "-r", path, "-Y", "frame.comment", "-T", "fields", "-E",
                    "aggregator=/s", "-e", "frame.number", "-e", "frame.comment").splitlines():
        number, text = line.split("\t", 1)
        found[int(number)] = text
    return found


def places_of(ccmprobe, path):
    report = json.loads(run(ccmprobe, "analyze", "--format", "json", path, status=(0, 1, 2, 3)))
    return {place[key] for record in report["evidence"] if record["kind"] == "http"
            for place in [record["place"]] for key in ("frame", "reply_frame") if key in place}


def check(ccmprobe, folder, name, content):
    path, out = os.path.join(folder, name), os.path.join(folder, "out.pcapng")
    with open(path, "wb") as file:
        file.write(content)
    run(ccmprobe, "analyze", path, "--annotate", out, status=(0, 1, 2, 3))
    wrong = []
    if name not in NO_COMMENTS and frames_of(path) != frames_of(out):
        wrong.append(f"{name}: other frames, times or bytes than before")
    before, after = comments_of(path), comments_of(out)
    for number, text in before.items():
        if not after.get(number, "").startswith(text):
            wrong.append(f"{name}: frame {number} has lost {text!r}: {after.get(number)!r}")
    mine = {number for number, text in after.items() if MARK in text}
    places = places_of(ccmprobe, path)
    if name not in NO_COMMENTS and mine != places:
        wrong.append(f"{name}: comments at {sorted(mine)}, evidence at {sorted(places)}")
    if path.endswith("-mixed") and "mp.lab" not in run("tshark", "-r", out, "-z", "hosts", "-q"):
        wrong.append(f"{name}: the names are lost")
    return wrong


def main(ccmprobe, folder):
    if not shutil.which("tshark"):
        print("tshark is missing")
        return SKIP
    wrong, commented = [], 0
    for name, (content, _) in formats.files().items():
        wrong += check(ccmprobe, folder, name, content)
        commented += 1
    if commented < 10:
        wrong.append(f"only {commented} files")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
