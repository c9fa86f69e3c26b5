#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long ccmprobe takes beside the separate tools that gather the same: README.md.

The program starts itself again inside the lab, where the servers are: once as they are, once with
a long line between the client and them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LAB_FOLDER = os.path.join(HERE, os.pardir, "lab")
LAB = os.path.join(LAB_FOLDER, "lab.py")
sys.path.insert(0, LAB_FOLDER)
import measure      # noqa: E402  (needs the lab's modules)
import summary      # noqa: E402

DELAY_MS = 40


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ccmprobe", default="ccmprobe", metavar="PATH")
    parser.add_argument("--runs", type=int, default=20, metavar="N",
                        help="of each kind on loopback; a quarter of it over the long line")
    parser.add_argument("--json", metavar="FILE", help="also save every time, in seconds")
    parser.add_argument("--lab-build", metavar="DIR", help="--build of the lab")
    parser.add_argument("--inside", choices=("near", "far"), help=argparse.SUPPRESS)
    parser.add_argument("--result", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.runs < 8:
        parser.error("--runs: at least 8, or a quarter of it has no median to speak of")
    return options


def inside(options):
    """Measures on the lab's client."""
    far = options.inside == "far"
    rounds = options.runs // 4 if far else options.runs
    try:
        result = {"healthy": measure.healthy(options.ccmprobe, rounds, with_start=not far)}
        result["many"] = measure.many(options.ccmprobe, os.path.dirname(options.result))
        if not far:
            result["silence"] = measure.silence(options.ccmprobe, os.path.dirname(options.result))
    except measure.Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    with open(options.result, "w") as handle:
        json.dump(result, handle)
    return 0


def measure_in_lab(options, place, folder):
    """Starts a lab for one part; its result, or None when it failed (and said why)."""
    path = os.path.join(folder, place + ".json")
    program = options.ccmprobe
    if os.sep in program:
        program = os.path.abspath(program)
    lab = [sys.executable, LAB, "exec"]
    lab += ["--build", options.lab_build] if options.lab_build else []
    lab += ["--delay", str(DELAY_MS)] if place == "far" else []
    print("bench: " + (f"with {DELAY_MS} ms of round trip" if place == "far" else
                       "on loopback, then against silence") + ", about a minute", file=sys.stderr)
    done = subprocess.run([*lab, "--", sys.executable, os.path.abspath(__file__), "--inside", place,
                           "--result", path, "--ccmprobe", program, "--runs", str(options.runs)],
                          check=False)
    if done.returncode != 0:
        return None
    with open(path) as handle:
        return json.load(handle)


def large_forest(options):
    """Starts the servers of the large forest; the words, or None when it failed (and said why)."""
    print("bench: a large forest, about five minutes", file=sys.stderr)
    done = subprocess.run([sys.executable, os.path.join(HERE, "forest.py"),
                           "--ccmprobe", options.ccmprobe], stdout=subprocess.PIPE, text=True,
                          check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def main(arguments):
    options = parse(arguments)
    if options.inside:
        return inside(options)
    results = {}
    with tempfile.TemporaryDirectory(prefix="ccmprobe-bench-") as folder:
        for place in ("near", "far"):
            results[place] = measure_in_lab(options, place, folder)
            if results[place] is None:
                return 1
        large = large_forest(options)
        if large is None:
            return 1
    print(summary.text(results, DELAY_MS) + "\n\n" + large)
    if options.json:
        with open(options.json, "w") as handle:
            json.dump(results, handle, indent=2)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
