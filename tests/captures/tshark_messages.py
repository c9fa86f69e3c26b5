#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The messages found beside those of tshark:

    tshark_messages.py LIST_MESSAGES MAKE_CAPTURE SAMPLES FOLDER

Every AS and TGS message, every KRB-ERROR by its code, every HTTP request by its method and path,
and every HTTP reply by its status, in the frame in which it (HTTP: its head) ends: in the samples,
and in captures that are generated with loss, doubles, overlaps and frames out of order. Everything
that tshark finds has to be found here. The other way round only where nothing was lost: behind some
lost segments tshark waits for them to the end of the recording, and does not tell what it has. 77
(a skip to ctest) when there is no tshark.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter

SKIP = 77
RATES = (("clean", 0.0, 1), ("some", 0.003, 2), ("more", 0.01, 3))
FRAMES = 20000
MORE_AT_MOST = 0.01
KDC_TYPES = ("10", "11", "12", "13")
FIELDS = ("frame.number", "frame.protocols", "kerberos.msg_type", "kerberos.error_code",
          "http.request.method", "http.request.uri", "http.response.code")


def run(*command):
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout.decode()


def ours(program, path):
    found = Counter()
    for line in run(program, path).splitlines():
        frame, protocol, _, code, text = line.split("\t")
        found[(int(frame), protocol, text or code)] += 1
    return found


def kerberos_of(frame, types, codes):
    """What stands inside of another message (an AP-REQ in a TGS-REQ) is none."""
    codes = codes.split(",") if codes else []
    for kind in types.split(","):
        if kind in KDC_TYPES:
            yield (frame, "kerberos", kind)
        elif kind == "30" and codes:
            yield (frame, "kerberos", str(1000 + int(codes.pop(0))))


def theirs(path):
    options = [option for field in FIELDS for option in ("-e", field)]
    found = Counter()
    for line in run("tshark", "-n", "-r", path, "-o", "tcp.reassemble_out_of_order:TRUE",
                    "-o", "http.desegment_body:FALSE", "-Y", "kerberos || http", "-T", "fields",
                    *options).splitlines():
        frame, protocols, types, codes, methods, paths, statuses = line.split("\t")
        if ":http" not in protocols:
            found.update(kerberos_of(int(frame), types, codes))
        for method, uri in zip(methods.split(","), paths.split(",")):
            if method:
                found[(int(frame), "http", f"{method} {uri}")] += 1
        for status in statuses.split(","):
            if status:
                found[(int(frame), "http", status)] += 1
    return found


def compare(program, path, has_loss):
    mine, other = ours(program, path), theirs(path)
    more = sorted((mine - other).elements())
    problems = [f"only tshark: {item}" for item in sorted((other - mine).elements())]
    if not has_loss or len(more) > MORE_AT_MOST * sum(other.values()):
        problems += [f"only here: {item}" for item in more]
    return sum(other.values()), len(more), problems


def check(program, name, path, has_loss=False):
    total, more, problems = compare(program, path, has_loss)
    print(f"{name}: {total} messages, {more} more here, {len(problems)} problems")
    print("".join(f"  {problem}\n" for problem in problems[:20]), end="")
    return len(problems) + (total == 0)


def main(program, make_capture, samples, folder):
    if not shutil.which("tshark"):
        print("tshark is not installed")
        return SKIP
    failed = sum(check(program, name, os.path.join(samples, name))
                 for name in sorted(os.listdir(samples)) if not name.endswith(".md"))
    for name, rate, seed in RATES:
        path = os.path.join(folder, name + ".pcap")
        run(sys.executable, make_capture, "--frames", str(FRAMES), "--seed", str(seed),
            "--disturb", str(rate), path)
        failed += check(program, name, path, rate > 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
