#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ccmprobe analyze over the logs of web servers: test_web.py CCMPROBE DATA

After a wanted change of the report: CCM_UPDATE_GOLDEN=1 ctest -R web, then read the difference.
"""

import gzip
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
DATA = pathlib.Path()
FIELDS = ("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
          "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n")
SIGN_IN = "/ccm_system_windowsauth/request"


def run(*arguments, **options):
    return subprocess.run([PROGRAM, "analyze", *map(str, arguments)], capture_output=True,
                          text=True, timeout=100, check=False, **options)


def analyze(*arguments, **options):
    done = run("--format", "json", *arguments, **options)
    return done, json.loads(done.stdout) if done.stdout else None


def records(report, kind):
    return [record for record in report["evidence"] if record["kind"] == kind]


def post(clock, address, status, user="-", path=SIGN_IN, server="10.0.0.20"):
    return (f"2026-11-20 {clock} {server} CCM_POST {path} - 80 {user} {address} ccmhttp - "
            f"{status} 15\n")


class Web(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, text, encoding="utf-8"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return path

    def test_published_lines(self):
        done = run("u_ex090520.log", "excerpts.log", "httperr1.log", cwd=DATA)
        self.assertEqual(done.returncode, 2, done.stderr)
        golden = DATA / "report.txt"
        if os.environ.get("CCM_UPDATE_GOLDEN"):
            golden.write_text(done.stdout, encoding="utf-8")
        self.assertEqual(done.stdout, golden.read_text(encoding="utf-8"))
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_compressed(self):
        text = (DATA / "u_ex090520.log").read_bytes()
        packed = {"gzip": gzip.compress(text)}
        if shutil.which("zstd"):
            packed["zstd"] = subprocess.run(["zstd", "-q", "-c"], input=text, timeout=60,
                                            stdout=subprocess.PIPE, check=True).stdout
        _, plain = analyze(DATA / "u_ex090520.log")
        for kind, content in packed.items():
            with self.subTest(kind):
                path = self.folder / "u_ex090520.log.packed"
                path.write_bytes(content)
                done, report = analyze(path)
                self.assertEqual(done.returncode, 0, done.stderr)
                recording, = records(report, "recording")
                self.assertEqual((recording["format"], recording["compression"],
                                  recording["frames"]), ("IIS log", kind, 6))
                self.assertEqual(
                    [(request.get("user"), request["status"], request["line"])
                     for request in records(report, "web_client")[0]["requests"]],
                    [(request.get("user"), request["status"], request["line"])
                     for request in records(plain, "web_client")[0]["requests"]])

    def test_log_that_ends_before_the_sign_in(self):
        lines = [post("08:00:00", "10.0.0.5", "401 2 5"),
                 post("08:00:01", "10.0.0.5", "200 0 0", "CONTOSO\\WK05$"),
                 post("08:00:02", "10.0.0.6", "401 2 5"),
                 post("08:00:03", "10.0.0.6", "200 0 0", "CONTOSO\\WK06$")]
        for count, level, status in ((1, "unknown", 3), (2, "ok", 0), (3, "unknown", 3),
                                     (4, "ok", 0)):
            with self.subTest(count):
                log = self.write("u_ex261120.log", FIELDS + "".join(lines[:count]))
                done, report = analyze(log)
                self.assertEqual(done.returncode, status)
                self.assertEqual(report["clients"][0]["level"], level)
                self.assertNotIn("no", {client["signed_in"]["answer"]
                                        for client in report["clients"]})

    def test_compressed_httperr(self):
        """What is inside is told by its columns, which are found behind the compression."""
        path = self.folder / "httperr1.log.gz"
        path.write_bytes(gzip.compress((DATA / "httperr1.log").read_bytes()))
        _, report = analyze(path)
        recording, = records(report, "recording")
        self.assertEqual((recording["format"], recording["compression"]), ("HTTPERR log", "gzip"))

    def test_narrowed(self):
        """By client, MP, and time; a folder that is called like the MP names it, too."""
        text = FIELDS + "".join(
            post(f"08:0{number}:00", f"10.0.0.{number}", "200 0 0", f"CONTOSO\\WK0{number}$",
                 server=f"10.0.9.{number}") for number in (1, 2, 3))
        self.write("MP01/W3SVC1/u_ex261120.log", text)
        for arguments, expected in (
                (("--client", "WK02"), ["WK02"]),
                (("--client", "10.0.0.3"), ["WK03"]),
                (("--mp", "10.0.9.1"), ["WK01"]),
                (("--mp", "mp01"), ["WK01", "WK02", "WK03"]),
                (("--mp", "10.0.9.9"), []),
                (("--since", "2026-11-20 08:02"), ["WK02", "WK03"]),
                (("--since", "2026-11-20 08:02", "--until", "2026-11-20 08:02"), ["WK02"])):
            with self.subTest(arguments):
                _, report = analyze(*arguments, self.folder)
                self.assertEqual(sorted(run["client_host"] for run in records(report, "run")),
                                 expected)
                recording, = records(report, "recording")
                self.assertNotIn("problem", recording)
        _, report = analyze("--mp", "mp02", self.folder)
        self.assertEqual(records(report, "recording")[0]["problem"],
                         "requests that may be to another MP, as the log does not name its server "
                         "so: 3")
        self.assertEqual(len(records(report, "run")), 3)

    def test_endless_line(self):
        """Whatever a line is of, it takes no memory."""
        path = self.folder / "u_ex261120.log"
        with path.open("wb") as log:
            log.write(FIELDS.encode())
            log.truncate(768 << 20)     # a hole, which no disk has to hold
            log.seek(0, os.SEEK_END)
            log.write(b"\n" + post("08:00:00", "10.0.0.5", "401 2 5").encode())
        done, report = analyze(path)
        self.assertEqual(done.returncode, 3, done.stderr)
        recording, = records(report, "recording")
        self.assertEqual((recording["frames"], recording["limits"][0]["dropped"]), (3, 1))
        request, = records(report, "web_client")[0]["requests"]
        self.assertEqual(request["line"], 3)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 400 << 10)


if __name__ == "__main__":
    PROGRAM, DATA = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=sys.argv[:1])
