#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast `ccmprobe analyze` reads traces, logs and lists of clients, beside what people use for
the same: README.md."""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

Result = collections.namedtuple("Result", "wall cpu memory output")

HERE = pathlib.Path(__file__).resolve().parent
CALL = HERE.parent / "fuzz" / "corpus" / "sql_trace" / "named.sql"

# What the trace is read for: every call, its certificates hashed, the thumbprints compared.
PYTHON_TRACE = r"""
import hashlib, re, sys
wrong = calls = 0
value = re.compile(r"@(\w+)=(N?'[^']*'|0x[0-9A-Fa-f]*|NULL|-?\d+)")
for line in open(sys.argv[1], encoding="utf-8"):
    at = line.find("spUpdateClientRegistration")
    if at < 0:
        continue
    calls += 1
    row = dict(value.findall(line, at))
    for key, stated in (("Certificate", "Thumbprint"), ("EncKey", "EncThumbprint")):
        der = bytes.fromhex(row[key][2:])
        if hashlib.sha1(der).hexdigest().upper() != row[stated][2:].upper():
            wrong += 1
print(calls, wrong)
"""


def parse(arguments):
    parser = argparse.ArgumentParser(prog="logs.py", description=__doc__.split(":", 1)[0])
    parser.add_argument("--ccmprobe", default="ccmprobe", metavar="PATH")
    parser.add_argument("--read-sql", metavar="PATH", help="the program read_sql",
                        default=str(HERE.parents[1] / "build/release/tests/bench/read_sql"))
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--scale", type=float, default=1, metavar="X",
                        help="of 60,000 registrations, 10 million rows and 1 GB of logs")
    parser.add_argument("--only", choices=("trace", "list", "log"))
    return parser.parse_args(arguments)


def patched(call, name, number):
    """The call of another client: its name is in the certificates, too, which get the thumbprints
    that they have then. One client in a thousand states one that is not its certificate's."""
    old = "WK02-020-51W"
    for text in ("", "hex"):
        before, after = (part.encode().hex().upper() if text else part for part in (old, name))
        call = call.replace(before, after)
    for key, stated in (("Certificate", "Thumbprint"), ("EncKey", "EncThumbprint")):
        digits = re.search(rf"@{key}=0x([0-9A-F]*)", call).group(1)
        thumbprint = hashlib.sha1(bytes.fromhex(digits)).hexdigest().upper()
        if number % 1000 == (333 if key == "EncKey" else 999):
            thumbprint = thumbprint[1:] + thumbprint[0]
        call = re.sub(rf"@{stated}=0x[0-9A-F]*", f"@{stated}=0x{thumbprint}", call)
    return call.replace("EEAF9390", f"{number:08X}")


def make_trace(path, registrations):
    """As Profiler writes it as text: calls of the procedure, a client each, between other lines."""
    call = next(line for line in CALL.read_text(encoding="utf-8").splitlines()
                if "spUpdateClientRegistration" in line)
    noise = ("2009-05-20 19:35:14.250 exec sp_executesql N'SELECT a.x FROM dbo.Table AS a WHERE "
             "a.y = @y',N'@y int',@y=" + "7" * 400 + "\n") * 6
    with open(path, "w", encoding="utf-8") as trace:
        for number in range(registrations):
            trace.write(noise)
            trace.write(patched(call, f"WK{number:06d}-51W", number) + "\n")


def make_list(path, rows):
    """One GUID in a thousand is on two machines."""
    pick = random.Random(5)
    last = ""
    with open(path, "w", encoding="ascii") as report:
        report.write("Name,SMS Unique Identifier\n")
        for number in range(rows):
            if number % 1000 != 999:
                text = f"{pick.getrandbits(128):032X}"
                last = f"GUID:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
            report.write(f"PC{number:08d},{last}\n")


def make_log(path, size):
    """An MP's registration log: a client in a hundred entries fails."""
    entry = ('<![LOG[%s]LOG]!><time="10:%02d:%02d.%03d-60" date="09-07-2022" '
             'component="MP_RegistrationManager" context="" type="1" thread="%d" '
             'file="registrationmanager.cpp:9728">\n')
    quiet = ("Mp Reg: Reply message", "MP Reg: Message Timeout : 60000", "Parsing done.",
             "MP Reg: Processing completed. Completion state = 0",
             "Successfully created certificate context.")
    written = number = 0
    with open(path, "w", encoding="ascii") as log:
        while written < size:
            number += 1
            text = (f"Processing Registration request from Client 'WK{number % 7000:05d}'"
                    if number % 20 == 0 else "MP Reg: Registration failed."
                    if number % 500 == 1 else quiet[number % 5])
            written += log.write(entry % (text, number // 60000 % 60, number // 1000 % 60,
                                          number % 1000, number % 7 + 2000))


def run(command, statuses=(0,), **options):
    """Wall time, CPU time, peak memory in MiB, and the output, which goes to a file so that nothing
    is measured but the command. The shell waits for all parts of a pipe: its times are theirs
    together."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL, **options)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        file.seek(0)
        output = file.read()
    if process.returncode not in statuses:
        sys.exit(f"bench: {command[0]} ended with {process.returncode}")
    return Result(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def best(options, command, statuses=(0,), **more):
    """The fastest by the clock and by CPU; memory and output of the first, as its report, once read
    here, would count as the memory of those that follow."""
    results = [run(command, statuses, **more) for _ in range(options.runs)]
    return Result(min(result.wall for result in results), min(result.cpu for result in results),
                  results[0].memory, results[0].output)


def row(name, result, ours):
    print(f"  {name:34} {result.wall:8.2f} s {result.cpu:8.2f} s {result.memory:6.0f} MiB "
          f"{result.wall / ours.wall:8.1f} {result.cpu / ours.cpu:8.1f}", flush=True)


def title(text):
    print(f"\n{text}\n  {'':34} {'wall':>10} {'CPU':>10} {'memory':>10} {'wall /':>8} {'CPU /':>8}",
          flush=True)


def analyze(options, path, statuses):
    return best(options, [options.ccmprobe, "analyze", "--format", "json", str(path)], statuses)


def trace(options, folder):
    path = folder / "trace.sql"
    make_trace(path, int(60000 * options.scale))
    reader = best(options, [options.read_sql, str(path)])
    python = best(options, [sys.executable, "-c", PYTHON_TRACE, str(path)])
    if reader.output != python.output:
        sys.exit(f"bench: of the trace the reader says {reader.output}, Python {python.output}")
    calls, wrong = map(int, python.output.split())
    ours = analyze(options, path, (1,))
    cases = json.loads(ours.output)["cases"]
    told = sum(finding["id"] == "registration.inconsistent"
               for case in cases for finding in case["findings"])
    if told != wrong:
        sys.exit(f"bench: {told} registrations are told to be wrong, and {wrong} are")
    title(f"SQL trace, {path.stat().st_size / 1e6:.0f} MB, {calls} calls, {wrong} of them wrong "
          "(aim: 8 times Python)")
    row("read_sql, the reader alone", reader, reader)
    row("Python", python, reader)
    row(f"ccmprobe analyze, {len(cases)} cases", ours, reader)
    path.unlink()


def identity_list(options, folder):
    path = folder / "clients.csv"
    make_list(path, int(10_000_000 * options.scale))
    ours = analyze(options, path, (2,))
    title(f"List of clients, {int(10_000_000 * options.scale)} rows "
          "(aim: 6 times sort, 25 times sqlite3, 64 bytes a row)")
    told = ours.output.count('"kind": "duplicate"')
    row(f"ccmprobe analyze ({told} told)", ours, ours)
    other = best(options, ["sh", "-c", "cut -d, -f2 \"$0\" | sort | uniq -d | wc -l", str(path)],
                 env={**os.environ, "LC_ALL": "C"})
    row(f"sort | uniq -d ({other.output.strip()} found)", other, ours)
    if shutil.which("sqlite3"):
        other = run(
            ["sqlite3", ":memory:", ".mode csv", f".import {path} c",
             "SELECT count(*) FROM (SELECT 1 FROM c GROUP BY \"SMS Unique Identifier\" "
             "HAVING count(DISTINCT Name) > 1);"])
        row(f"sqlite3 ({other.output.strip()} found)", other, ours)
    path.unlink()


def ccm_log(options, folder):
    path = folder / "MP_RegistrationManager.log"
    make_log(path, int(1e9 * options.scale))
    ours = analyze(options, path, (2,))
    title(f"Configuration Manager log, {path.stat().st_size / 1e6:.0f} MB (aim: 25 times lnav)")
    row("ccmprobe analyze", ours, ours)
    if shutil.which("lnav"):
        row("lnav -n, one filter",
            run(["lnav", "-n", "-q", "-c", ":filter-in Registration failed", str(path)]), ours)
    row("grep -c, which only counts",
        best(options, ["grep", "-c", "Registration failed", str(path)]), ours)
    path.unlink()


def main(arguments):
    options = parse(arguments)
    options.ccmprobe = shutil.which(options.ccmprobe) or options.ccmprobe
    with tempfile.TemporaryDirectory(prefix="ccmprobe-bench-") as folder:
        for name, measure in (("trace", trace), ("list", identity_list), ("log", ccm_log)):
            if options.only in (None, name):
                measure(options, pathlib.Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
