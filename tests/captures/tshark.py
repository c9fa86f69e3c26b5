#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the transport reads beside what tshark reads: tshark.py FOLLOW MAKE_CAPTURE FOLDER

Captures are generated with loss, doubles and frames out of order. The bytes of each side of each
connection must be those of tshark's "follow", and the frames must have the same numbers, times and
lengths. 77 (a skip to ctest) when there is no tshark.
"""

import os
import re
import shutil
import subprocess
import sys

SKIP = 77
RATES = (("clean", 0.0, 1), ("some", 0.01, 2), ("much", 0.05, 3), ("wild", 0.15, 4))
FRAMES = 6000
HEX_LIMIT = 128 * 1024    # of follow.c


def run(*command):
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout.decode()


def tshark(path, *options):
    return run("tshark", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", path, *options)


def our_streams(follow, path):
    """[(ends, hex of the opener, hex of the other)], in the order of their first frames."""
    streams = []
    for line in run(follow, path).splitlines():
        opener, other, opened, _, _, first, second = line.split(" ")
        streams.append((int(opened), (opener, other), first.strip('"'), second.strip('"')))
    return [stream[1:] for stream in sorted(streams)]


def their_streams(path, count):
    """The same of tshark, where missing bytes are a text between brackets."""
    options = [option for number in range(count)
               for option in ("-z", f"follow,tcp,raw,{number}")]
    streams = {}
    for part in tshark(path, "-q", *options).split("=" * 67 + "\nFollow: tcp,raw\n")[1:]:
        lines = part.split("\n")
        ends = tuple(re.sub(r":(\d+)$", r",\1", line.split(": ", 1)[1]) for line in lines[1:3])
        sides = ["", ""]
        for line in lines[3:]:
            if line.startswith("="):
                break
            sides[line.startswith("\t")] += line.strip()
        streams[int(lines[0].rsplit(" ", 1)[1])] = dict(zip(ends, sides))
    return [streams[number] for number in sorted(streams)]


def without_gaps(text):
    """tshark's words for lost bytes, with their NUL, become ours."""
    def put(match):
        words = bytes.fromhex(match.group(0)).decode()
        return "[" + words[1:words.index(" ")] + "]"
    words = b" bytes missing in capture file]".hex()
    return re.sub(rf"5b(?:3[0-9])+{words}(00)?", put, text)


def agree(mine, theirs):
    """Only the beginning of long ones was printed. tshark takes for lost what comes just behind its
    acknowledgement, where we have the bytes; and what follows a stream's last gap it does not tell
    when nothing in the rest of the recording acknowledges it."""
    full = len(mine) < HEX_LIMIT
    for part in re.split(r"(\[\d+\])", theirs):
        if mine.startswith(part):
            mine = mine[len(part):]
        elif part.startswith("[") and not mine[:1] == "[":
            mine = mine[2 * int(part[1:-1]):]
        else:
            return not full and part.startswith(mine)
    return mine == "" or mine[0] == "["


def compare_streams(follow, path):
    ours = our_streams(follow, path)
    theirs = their_streams(path, len(ours))
    problems = []
    if len(ours) != len(theirs):
        problems.append(f"{len(ours)} connections, of tshark {len(theirs)}")
    for number, (mine, other) in enumerate(zip(ours, theirs)):
        for side in (1, 2):
            expected = without_gaps(other.get(mine[0][side - 1], "no such address"))
            if not agree(mine[side], expected):
                problems.append(f"stream {number} ({mine[0][0]} to {mine[0][1]}): side {side} has "
                                f"{len(mine[side])} digits, of tshark {len(expected)}")
    return problems, len(ours)


def compare_frames(follow, path):
    ours = run(follow, "--frames", path).splitlines()
    theirs = []
    for line in tshark(path, "-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch",
                       "-e", "frame.cap_len", "-e", "frame.len").splitlines():
        number, time, captured, length = line.split("\t")
        seconds, _, fraction = time.partition(".")
        theirs.append(f"{number} {int(seconds) * 1000000 + int(fraction[:6] or 0)} "
                      f"{captured} {length}")
    if ours != theirs:
        at = next((n for n, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]),
                  min(len(ours), len(theirs)))
        return [f"{len(ours)} frames, of tshark {len(theirs)}; the first that differs is {at + 1}"]
    return []


def main(follow, make_capture, folder):
    if not shutil.which("tshark"):
        print("tshark is not installed")
        return SKIP
    failed = 0
    for name, rate, seed in RATES:
        path = os.path.join(folder, name + ".pcap")
        run(sys.executable, make_capture, "--frames", str(FRAMES), "--seed", str(seed),
            "--disturb", str(rate), path)
        problems = compare_frames(follow, path)
        more, count = compare_streams(follow, path)
        problems += more
        print(f"{name}: {count} connections, {len(problems)} differences")
        print("".join(f"  {problem}\n" for problem in problems[:20]), end="")
        failed += len(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
