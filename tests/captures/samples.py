#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The samples beside their README: samples.py CCMPROBE FOLDER

Exit status and root cause of each recording must be those of the table in FOLDER/README.md, which
names every file. All of them together are one report with the cases of each.
"""

import json
import os
import re
import subprocess
import sys

ROW = re.compile(r"^\| (\S+) \| (\d) \| (\S+) \| .* \|$", re.MULTILINE)
WORST_FIRST = (2, 3, 1, 0)
SIZE_MAX, SIZES_MAX = 40 * 1024, 320 * 1024


def analyze(program, path):
    """Exit status, root cause ("-" for none) and the number of cases."""
    done = subprocess.run([program, "analyze", "--format", "json", path], check=False,
                          capture_output=True, stdin=subprocess.DEVNULL)
    report = json.loads(done.stdout)
    cause = report["verdict"]["root_cause"] or {"id": "-"}
    return done.returncode, cause["id"], len(report["cases"])


def check_sizes(folder, files):
    sizes = {name: os.path.getsize(os.path.join(folder, name)) for name in files}
    return [f"{name}: {size} bytes" for name, size in sizes.items() if size > SIZE_MAX] + (
        [f"{sum(sizes.values())} bytes in all"] if sum(sizes.values()) > SIZES_MAX else [])


def main(program, folder):
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as handle:
        expected = {name: (int(status), cause)
                    for name, status, cause in ROW.findall(handle.read())}
    files = set(os.listdir(folder)) - {"README.md"}
    problems = [f"{name}: only in the {'folder' if name in files else 'README'}"
                for name in sorted(files ^ expected.keys())]
    problems += check_sizes(folder, files)
    total = 0
    for name in sorted(files & expected.keys()):
        status, cause, cases = analyze(program, os.path.join(folder, name))
        total += cases
        if (status, cause) != expected[name]:
            problems.append(f"{name}: exit status {status}, root cause {cause} instead of "
                            f"{expected[name][0]}, {expected[name][1]}")
    status, _, cases = analyze(program, folder)
    worst = min((status for status, _ in expected.values()), key=WORST_FIRST.index)
    if (status, cases) != (worst, total):
        problems.append(f"the folder: exit status {status}, {cases} cases instead of {worst}, "
                        f"{total}")
    print(f"{len(files)} recordings, {total} cases")
    print("".join(f"  {problem}\n" for problem in problems), end="")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
