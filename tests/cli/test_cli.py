#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as a user meets it: wrong input, files, help, interruption.

Usage: test_cli.py CCMPROBE. Only loopback is used, and only addresses at which nobody answers.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

PROGRAM = ""
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
NOTHING = pathlib.Path(__file__).resolve().parent / "nothing"   # with an empty configuration file
USAGE, IO, INTERRUPTED = 64, 74, 130


def run(*arguments, env=None, cwd=None, **more):
    """Runs the program away from any terminal and from what is configured on this machine."""
    base = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "XDG_CONFIG_HOME": str(NOTHING),
            "KRB5_CONFIG": "/dev/null", "KRB5CCNAME": "MEMORY:none"}
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env={**base, **(env or {})}, cwd=cwd,
                          timeout=60, start_new_session=True, check=False, **more)


class Folder(unittest.TestCase):
    """A test in a folder of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def file(self, name, content=""):
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def check_error(self, status, words, *arguments, **more):
        """Exit status, nothing on stdout, one line on stderr that holds `words`."""
        done = run(*arguments, **more)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(done.stdout, "", done)
        self.assertEqual(done.stderr.count("\n"), 1, done)
        self.assertTrue(done.stderr.startswith("ccmprobe: "), done)
        self.assertIn(words, done.stderr)


class BadInput(Folder):
    def test_wrong_usage(self):
        for words, arguments in [
                ("unknown command frobnicate", ["frobnicate"]),
                ("usage: ccmprobe check", ["check"]),
                ("usage: ccmprobe report", ["report"]),
                ("usage: ccmprobe analyze", ["analyze"]),
                ("--since yesterday: expected a time in UTC",
                 ["analyze", "--since", "yesterday", "x"]),
                ("--since 2026-11-21: expected", ["analyze", "--since=2026-11-21", "x"]),
                ("--until 2026-13-21 03:00: expected",
                 ["analyze", "--until=2026-13-21 03:00", "x"]),
                ("--until 2026-11-21 03:00+01:00: expected",
                 ["analyze", "--until", "2026-11-21 03:00+01:00", "x"]),
                ("is after --until", ["analyze", "--since", "2026-11-21T03:00:01Z",
                                      "--until", "2026-11-21 03:00", "x"]),
                ("usage: ccmprobe explain", ["explain"]),
                ("unknown option --frob", ["check", "--frob", "mp"]),
                ("unknown option -x", ["check", "-x", "mp"]),
                ("--port: N is missing", ["check", "mp", "--port"]),
                ("--port 0: expected a number from 1 to 65535", ["check", "--port", "0", "mp"]),
                ("--port 80x: expected a number", ["check", "--port=80x", "mp"]),
                ("--deadline -1: expected", ["check", "--deadline", "-1", "mp"]),
                ("--scheme ftp: expected one of http, https", ["check", "--scheme", "ftp", "mp"]),
                ("--format xml: expected one of text, json", ["report", "-f", "xml", "x"]),
                ("--insecure takes no value", ["check", "--insecure=yes", "mp"]),
                ("--save: FILE is empty", ["check", "--save=", "mp"]),
                ("--kdc CONTOSO: expected REALM=HOST", ["check", "--kdc", "CONTOSO", "mp"]),
                ("--kdc R=h:99999: expected", ["check", "--kdc", "R=h:99999", "mp"]),
                ("--resolver nonsense: expected an address",
                 ["check", "--resolver", "nonsense", "mp"]),
                ("not a URL", ["check", "http://mp.contoso.lab/"]),
                ("neither a host name nor an IP address", ["check", "mp contoso"]),
                ("neither a host name nor an IP address", ["check", "mp..contoso"]),
                ("neither a host name nor an IP address", ["check", ""]),
                ("neither a host name nor an IP address", ["check", "x" * 254]),
                ("--path x: expected a path", ["check", "--path", "x", "mp"]),
                ("--site P1: expected a site code", ["check", "--site", "P1", "--discover"]),
                ("--site P*1: expected", ["check", "--site", "P*1", "--discover"]),
                ("exclude each other", ["check", "--keytab", "a", "--ccache", "b", "mp"]),
                ("--password-file needs --principal", ["check", "--password-file", "a", "mp"]),
                ("leave --principal out", ["check", "--ccache", "a", "-p", "x@Y", "mp"]),
                ("--known-good x: expected SPN=ACCOUNT", ["check", "--known-good", "x", "mp"]),
                ("--known-good HTTP/x=: expected", ["check", "--known-good", "HTTP/x=", "mp"]),
                ("usage: ccmprobe image", ["image"]),
                ("usage: ccmprobe residue", ["residue", "--site", "S01"]),
                ("residue needs --site CODE", ["residue", "/"]),
                ("--site S0: expected three letters or digits", ["residue", "--site", "S0", "/"]),
                ("residue takes at most 1 arguments", ["residue", "--site", "S01", "/", "/"]),
                ("spn takes at most 0 arguments", ["spn", "mp"]),
                ("--domain a b: expected a DNS name", ["spn", "--domain", "a b"]),
                ("--domain .lab: expected", ["spn", "--domain", ".lab"]),
                ("expected one of text, json, csv", ["spn", "--format", "xml"]),
                ("exclude each other", ["spn", "--keytab", "a", "--ccache", "b"]),
                ("--kdc CONTOSO: expected REALM=HOST", ["spn", "--kdc", "CONTOSO"]),
                ("without a terminal", ["check", "--principal", "x@Y", "mp"])]:
            with self.subTest(arguments=arguments):
                self.check_error(USAGE, words, *arguments)

    def test_principal(self):
        secret = self.file("password", "secret\n")
        self.check_error(USAGE, "no realm", "check", "-p", "alice", "--password-file", secret,
                         "127.0.0.1")
        self.check_error(USAGE, "realms are written in upper case: CONTOSO.LAB", "check", "-p",
                         "alice@contoso.lab", "--password-file", secret, "127.0.0.1")
        self.check_error(IO, "missing", "check", "-p", "alice@Contoso.LAB", "--keytab",
                         self.folder / "missing", "127.0.0.1")

    def test_files_that_cannot_be_read(self):
        missing = self.folder / "missing"
        garbage = self.file("garbage", "this is no keytab at all")
        empty = self.file("empty")
        for words, arguments in [
                ("missing: No such file", ["report", missing]),
                ("Is a directory", ["report", self.folder]),
                ("--keytab", ["check", "--keytab", missing, "127.0.0.1"]),
                ("--keytab", ["check", "--keytab", garbage, "127.0.0.1"]),
                ("--ccache", ["check", "--ccache", missing, "127.0.0.1"]),
                ("missing: No such file",
                 ["check", "-p", "x@Y", "--password-file", missing, "127.0.0.1"]),
                ("first line is empty",
                 ["check", "-p", "x@Y", "--password-file", empty, "127.0.0.1"]),
                ("--cacert", ["check", "--cacert", missing, "127.0.0.1"])]:
            with self.subTest(arguments=arguments):
                self.check_error(IO, words, *arguments)

    def test_configuration_that_cannot_be_read(self):
        broken = self.file("krb5.conf", "[libdefaults\n default_realm\n")
        self.check_error(IO, "krb5.conf", "check", "127.0.0.1",
                         env={"KRB5_CONFIG": str(broken)})

    def test_evidence_that_is_damaged(self):
        sound = (GOLDEN / "healthy.jsonl").read_text(encoding="utf-8")
        lines = sound.splitlines(keepends=True)
        for words, content in [
                (":1: is empty", ""),
                (":1: column 2", "no json"),
                (f":{len(lines) - 1}: is cut short", "".join(lines[:-1])),
                (f":{len(lines) - 1}: column", "".join(lines[:-2]) + lines[-2][:40]),
                (":2: /at: ", "".join([lines[0], lines[1].replace('"at":"2', '"at":"x')])),
                (":3: ", "".join([*lines[:2], lines[2].replace('"outcome"', '"outcom"'),
                                  *lines[3:]]))]:
            with self.subTest(words=words):
                path = self.file("damaged.jsonl", content)
                self.check_error(IO, f"{path}{words}", "report", path)


    def test_list_of_mps(self):
        for words, content in [
                (":2: \"mp contoso\" is neither", "# first\nmp contoso\n"),
                (":3: http://mp/: expected the name", "a\n\n  http://mp/  # a URL\n"),
                (":1: \"-mp\" is neither", "-mp"),
                (":2: is no text", "a\r\nb\0c\n"),
                ("no name is in it", " # nothing\r\n\n\t\n")]:
            with self.subTest(content=content):
                path = self.file("mps", content)
                self.check_error(USAGE, f"mps{words}" if words[0] == ":" else words,
                                 "check", "--mp-list", path)
        self.check_error(IO, "missing: No such file", "check", "--mp-list",
                         self.folder / "missing")

    def test_discover_alone(self):
        self.check_error(USAGE, "name none", "check", "--discover", "mp")
        self.check_error(USAGE, "name none", "check", "--discover", "--mp-list", "x")
        self.check_error(USAGE, "exclude each other", "check", "--discover", "--no-directory")
        self.check_error(3, "no identity", "check", "--discover")


class Configuration(Folder):
    """Options from a file."""

    def known_good(self, *arguments, **more):
        done = run("check", "--port", "9", "-f", "json", *arguments, "127.0.0.1", **more)
        self.assertEqual(done.stderr, "")
        records = json.loads(done.stdout)["evidence"]
        return [record for record in records if record["kind"] == "run"][0].get("known_good", [])

    def test_wrong_lines(self):
        for words, content in [
                (":2: unknown option frobnicate", "# first\nfrobnicate 1\n"),
                (":1: --port 0: expected a number", "port = 0"),
                (":1: --port: N is missing", "port"),
                (":1: --principal: NAME is empty", "principal ="),
                (":1: --insecure takes no value", "insecure yes"),
                (":3: --known-good x: expected SPN=ACCOUNT", "\n\nknown-good x\n"),
                (":1: --kdc CONTOSO: expected REALM=HOST", "kdc=CONTOSO"),
                (":1: --path x: expected a path", "path x"),
                (":1: --scheme ftp: expected one of", "scheme ftp"),
                (":1: unknown option --port", "--port 80"),
                (":1: config other.conf: for the command line only", "config other.conf"),
                (":1: help: for the command line only", "help"),
                (":2: is no text", "verbose\na\0b\n")]:
            with self.subTest(content=content):
                path = self.file("x.conf", content)
                self.check_error(USAGE, f"x.conf{words}", "check", "--config", path, "mp")
        self.check_error(IO, "missing: No such file", "check", "--config",
                         self.folder / "missing", "mp")

    def test_options_are_those_of_the_command_line(self):
        path = self.file("x.conf", "known-good HTTP/a=svc-a # a farm\n"
                                   "  known-good = HTTP/b=CONTOSO\\svc-b\r\n#port 0\nverbose\n"
                                   "port 1\ndomain contoso.lab\n")
        self.assertEqual(self.known_good("--config", path, "--known-good", "HTTP/c=svc-c"),
                         ["HTTP/a=svc-a", "HTTP/b=CONTOSO\\svc-b", "HTTP/c=svc-c"])
        report = run("report", "--config", self.file("y.conf", "format json"),
                     GOLDEN / "healthy.jsonl")
        self.assertEqual(report.stdout[:1], "{")
        report = run("report", "--config", self.folder / "y.conf", "-f", "text",
                     GOLDEN / "healthy.jsonl")
        self.assertEqual(report.stdout[:1], "M", "the command line goes before")

    def test_identity_of_the_command_line_replaces_that_of_the_file(self):
        path = self.file("x.conf", "keytab /nowhere/x.keytab\nprincipal a@B\n")
        self.check_error(IO, "/nowhere/x.keytab", "check", "--config", path, "127.0.0.1")
        self.check_error(IO, "/nowhere/cache", "check", "--config", path, "--ccache",
                         "/nowhere/cache", "127.0.0.1")

    def test_where_it_is(self):
        (self.folder / ".config").mkdir()
        self.file(".config/ccmprobe.conf", "known-good HTTP/home=x")
        self.file("ccmprobe.conf", "known-good HTTP/xdg=x")
        home = {"HOME": str(self.folder)}
        self.assertEqual(self.known_good(env={**home, "XDG_CONFIG_HOME": ""}), ["HTTP/home=x"])
        self.assertEqual(self.known_good(env={**home, "XDG_CONFIG_HOME": str(self.folder)}),
                         ["HTTP/xdg=x"])
        self.assertEqual(self.known_good("--config", "/dev/null", env=home), [])


class Files(Folder):
    def test_output_that_cannot_be_written(self):
        sample = GOLDEN / "healthy.jsonl"
        nowhere = self.folder / "no" / "report"
        self.check_error(IO, "--output", "report", "-o", nowhere, sample)
        self.check_error(IO, "--output", "report", "-o", self.folder, sample)
        self.check_error(IO, "--save", "check", "--save", nowhere, "127.0.0.1")

    def test_full_disk_is_no_success(self):
        done = run("report", "-o", "/dev/full", GOLDEN / "healthy.jsonl")
        self.assertEqual(done.returncode, IO, done)
        self.assertIn("/dev/full", done.stderr)

    def test_an_old_report_survives_a_failed_run(self):
        old = self.file("report.txt", "old")
        damaged = self.file("damaged.jsonl", "{")
        self.check_error(IO, "damaged", "report", "-o", old, damaged)
        self.assertEqual(old.read_text(encoding="utf-8"), "old")
        self.assertEqual(sorted(os.listdir(self.folder)), ["damaged.jsonl", "report.txt"])

    def test_output_is_what_stdout_would_be(self):
        path = self.folder / "report.json"
        shown = run("report", "-f", "json", GOLDEN / "wrong-key.jsonl")
        written = run("report", "-f", "json", "-o", path, GOLDEN / "wrong-key.jsonl")
        self.assertEqual((shown.returncode, written.returncode), (2, 2), (shown, written))
        self.assertEqual(written.stdout, "")
        self.assertEqual(path.read_text(encoding="utf-8"), shown.stdout)

    def test_standard_input(self):
        with open(GOLDEN / "healthy.jsonl", encoding="utf-8") as sample:
            done = subprocess.run([PROGRAM, "report", "-"], stdin=sample, capture_output=True,
                                  text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done)

    def test_exit_status_is_the_same_for_every_format(self):
        for name, status in [("healthy", 0), ("wrong-key", 2), ("no-identity", 3)]:
            for form in ["text", "json"]:
                done = run("report", "-f", form, GOLDEN / f"{name}.jsonl")
                self.assertEqual(done.returncode, status, (name, form))

    def test_fail_level(self):
        unsure = GOLDEN / "no-identity.jsonl"
        self.assertEqual(run("report", "--fail-level", "fail", unsure).returncode, 0)
        self.assertEqual(run("report", "--fail-level", "unknown", unsure).returncode, 3)

    def test_colour(self):
        sample = GOLDEN / "wrong-key.jsonl"
        self.assertNotIn("\x1b", run("report", sample).stdout)
        self.assertIn("\x1b", run("report", "--color", "always", sample).stdout)


class Analyze(Folder):
    """What is given to be analyzed, and what of it can be."""

    def setUp(self):
        super().setUp()
        self.healthy = (GOLDEN / "healthy.jsonl").read_text(encoding="utf-8")

    def check(self, status, *arguments, **more):
        done = run("analyze", "--format", "json", *arguments, **more)
        self.assertEqual(done.returncode, status, done)
        report = json.loads(done.stdout)
        read = [(record["name"], record.get("problem")) for record in report["evidence"]
                if record["kind"] == "recording"]
        return len(report["cases"]), read, done.stderr.splitlines()

    def test_nothing_can_be_read(self):
        missing = self.folder / "missing"
        garbage = self.file("garbage", "neither a capture nor evidence")
        empty = self.folder / "empty"
        empty.mkdir()
        self.check_error(IO, "missing: No such file", "analyze", missing)
        self.check_error(IO, str(garbage), "analyze", garbage)
        self.check_error(IO, "no file is in it", "analyze", empty)
        self.check_error(IO, "damaged.jsonl:1: ", "analyze",
                         self.file("damaged.jsonl", '{"format":"ccmprobe-evidence"'))
        done = run("analyze", missing, garbage)
        self.assertEqual((done.returncode, done.stdout), (IO, ""), done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, done)
        self.assertIn("missing", lines[0])
        self.assertIn("garbage", lines[1])

    def test_copies_are_refused(self):
        one = self.file("one.pcap", "x")
        (self.folder / "link.pcap").hardlink_to(one)
        out = self.folder / "out.pcapng"
        for option in "--annotate", "--redact":
            for text, status, arguments in (
                    ("needs exactly one FILE", USAGE, [one, one, option, out]),
                    ("needs exactly one FILE", USAGE, [self.folder, option, out]),
                    ("has to be a file", USAGE, ["-", option, out]),
                    ("is the file that is read", USAGE, [one, option, one]),
                    ("is the file that is read", USAGE, [one, option, self.folder / "link.pcap"]),
                    ("cannot be written", IO, [one, option, self.folder / "none" / "out"]),
                    ("is a text", IO, [one, option, out])):
                self.check_error(status, text, "analyze", *arguments)
        self.assertFalse(out.exists())
        self.assertEqual(sorted(os.listdir(self.folder)), ["link.pcap", "one.pcap"])

    def test_the_rest_goes_on(self):
        healthy = self.file("healthy.jsonl", self.healthy)
        missing = self.folder / "missing"
        cases, read, lines = self.check(0, missing, healthy)
        self.assertEqual(cases, 1)
        self.assertEqual(len(lines), 1)
        self.assertIn("missing: No such file", lines[0])
        self.assertEqual([name for name, problem in read if problem], [str(missing)])
        self.assertIn(read[0][1], lines[0])

    def test_files_are_one_report(self):
        healthy = self.file("healthy.jsonl", self.healthy)
        self.assertEqual(self.check(0, healthy, healthy), (2, [], []))
        self.assertEqual(self.check(2, healthy, GOLDEN / "wrong-key.jsonl"), (2, [], []))

    def test_folders(self):
        inner = self.folder / "b" / "c"
        inner.mkdir(parents=True)
        for path in (self.folder / "z.cap", inner / "2.cap", inner / "1.cap",
                     self.folder / "a.cap", self.folder / ".hidden.cap"):
            path.write_text("x", encoding="utf-8")
        (self.folder / "b" / "good").write_text(self.healthy, encoding="utf-8")
        (self.folder / "link").symlink_to(self.folder)
        (self.folder / "link.cap").symlink_to(self.folder / "a.cap")
        os.mkfifo(self.folder / "pipe")
        cases, read, lines = self.check(0, self.folder)
        self.assertEqual(cases, 1)
        self.assertEqual([os.path.relpath(name, self.folder) for name, _ in read],
                         ["a.cap", "b/c/1.cap", "b/c/2.cap", "link", "link.cap", "pipe", "z.cap"])
        self.assertEqual(len(lines), 7)

    def test_folder_in_folders_without_end(self):
        deep = self.folder
        for _ in range(20):
            deep /= "d"
        deep.mkdir(parents=True)
        self.file("good", self.healthy)
        cases, read, _ = self.check(0, self.folder)
        self.assertEqual((cases, len(read)), (1, 1))
        self.assertIn("too many folders", read[0][1])

    def test_more_files_than_are_read(self):
        for i in range(16390):
            self.file(f"{i:05}", "{}")
        self.file("00000", self.healthy)
        cases, read, lines = self.check(0, self.folder)
        self.assertEqual((cases, len(read), len(lines)), (1, 16384, 16384))
        self.assertIn("more than 16384 files", read[-1][1])

    def test_standard_input(self):
        with open(self.file("healthy.jsonl", self.healthy), encoding="utf-8") as sample:
            done = subprocess.run([PROGRAM, "analyze", "-"], stdin=sample, capture_output=True,
                                  text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done)
        done = subprocess.run([PROGRAM, "analyze", "-"], input=self.healthy, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done)

    def test_interrupt(self):
        """While nobody has written anything yet, and behind a file that was read."""
        healthy = self.file("healthy.jsonl", self.healthy)
        for arguments, cases in [(["-"], 0), ([healthy, "-"], 1)]:
            with self.subTest(cases=cases), subprocess.Popen(
                    [PROGRAM, "analyze", "-f", "json", *arguments], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
                status = pathlib.Path(f"/proc/{running.pid}/status")
                # It catches the signal, and sleeps: the files before are read.
                while not (int(re.search(r"SigCgt:\s*(\w+)", status.read_text("ascii")).group(1),
                               16) & 1 << (signal.SIGINT - 1)
                           and re.search(r"^State:\s*S", status.read_text("ascii"), re.MULTILINE)):
                    time.sleep(0.01)
                running.send_signal(signal.SIGINT)
                self.assertEqual(running.wait(60), INTERRUPTED)
                report = json.loads(running.stdout.read())
                self.assertEqual(len(report["cases"]), cases)
                self.assertIn("interrupted", report["evidence"][-1]["problem"])
                self.assertEqual(running.stderr.read(), "")

    def test_interrupt_of_a_capture_that_comes_slowly(self):
        """What has come so far is told."""
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        frame = struct.pack("<IIII", 1700000000, 0, 60, 60) + bytes(60)
        with subprocess.Popen([PROGRAM, "analyze", "-f", "json", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            running.stdin.write(head + 3 * frame)
            running.stdin.flush()
            status = pathlib.Path(f"/proc/{running.pid}/stat")
            left = bytearray(4)
            while (fcntl.ioctl(running.stdin, termios.FIONREAD, left) or any(left)
                   or status.read_text("ascii").split(") ")[1][0] != "S"):
                time.sleep(0.01)
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(60), INTERRUPTED)
            recording = json.loads(running.stdout.read())["evidence"][0]
        self.assertEqual(recording["frames"], 3)
        self.assertIn("Interrupted", recording["problem"])


class Help(unittest.TestCase):
    def test_help(self):
        for arguments in [[], ["--help"], ["help"], ["check", "--help"], ["report", "-h"],
                          ["explain", "--help"], ["spn", "--help"], ["analyze", "--help"],
                          ["image", "--help"], ["residue", "--help"], ["help", "check"]]:
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
                if arguments not in ([], ["--help"], ["help"]):
                    examples = done.stdout.split("examples:\n")[1].splitlines()
                    self.assertEqual(len(examples), 2, examples)

    def test_list_without_identity(self):
        for form in ("text", "json", "csv"):
            with self.subTest(form=form):
                done = run("spn", "--format", form)
                self.assertEqual(done.returncode, 3, done)
                self.assertIn("no identity", done.stderr if form == "csv" else done.stdout)
        self.assertTrue(run("spn", "--format", "csv").stdout.startswith("problem,level,"))

    def test_manual_page(self):
        """It names every command, its options with their words, and what --help says of both."""
        done = run("help", "--man")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = re.sub(r"\\f[BIR]|\\&", "", done.stdout)
        page = page.replace("\\-", "-").replace("\\e", "\\").replace("\\(ti", "~")
        commands = re.findall(r"^  (\w+) +\S", run("--help").stdout.split("examples:")[0],
                              re.MULTILINE)
        self.assertGreater(len(commands), 6)
        parts = dict(re.findall(r"^\.SS (\w+)\n(.*?)(?=^\.S[SH] )", page, re.MULTILINE | re.DOTALL))
        self.assertEqual(list(parts), commands)
        for command in commands:
            text = run(command, "--help").stdout
            self.assertIn(re.search(r"^usage: (.*)", text, re.MULTILINE).group(1), parts[command])
            rows = re.findall(r"^  (?:(-\w), )? *(--[\w-]+)(?: (\S+))?(?:\n)? {2,}(.*)", text,
                              re.MULTILINE)
            self.assertEqual(text.count("  --"), sum(not row[0] for row in rows), text)
            self.assertEqual(parts[command].count(".TP\n"), len(rows))
            for letter, name, argument, words in rows:
                line = (f"{letter}, " if letter else "") + " ".join(filter(None, [name, argument]))
                self.assertIn(f".TP\n{line}\n{words}\n", parts[command])
            for example in text.split("examples:\n")[1].splitlines():
                self.assertIn(f"\n{example.strip()}\n", parts[command])
        for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "CONFIGURATION", "FILES",
                        "ENVIRONMENT", "EXIT STATUS"):
            self.assertIn(f"\n.SH {heading}\n", page)

    def test_manual_page_is_roff(self):
        page = run("help", "--man").stdout
        tools = [tool for tool in (["mandoc", "-T", "lint", "-W", "error"],
                                   ["groff", "-man", "-Tascii", "-ww", "-z"])
                 if shutil.which(tool[0])]
        if not tools:
            self.skipTest("neither mandoc nor groff is installed")
        for tool in tools:
            with self.subTest(tool=tool[0]):
                done = subprocess.run(tool, input=page, capture_output=True, text=True, timeout=60,
                                      check=False)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_version(self):
        self.assertRegex(run("--version").stdout, r"^ccmprobe \d+\.\d+\.\d+\n$")

    def test_explain(self):
        for text, status, words in [
                ("2148074254", 0, "SEC_E_NO_CREDENTIALS"), ("0x8009030E", 0, "SEC_E_NO_CRED"),
                ("-2146893042", 0, "SEC_E_NO_CREDENTIALS"), ("401.2", 0, "401.2"),
                ("krb_ap_err_modified", 0, "Kerberos error 41"), ("spn.missing", 0, "setspn"),
                ("401 2 2148074254", 0, "SEC_E_NO_CREDENTIALS"), ("4711.8", 3, "unknown"),
                ("no.such-finding", 3, "unknown")]:
            with self.subTest(text=text):
                done = run("explain", text)
                self.assertEqual(done.returncode, status, done)
                self.assertIn(words, done.stdout)
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)


class Silence(Folder):
    """A server that takes connections and never answers."""

    def setUp(self):
        super().setUp()
        server = socket.socket()
        self.addCleanup(server.close)
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(20)
        self.server = server
        self.port = server.getsockname()[1]

    def arguments(self, deadline):
        return ["check", "--port", self.port, "--deadline", deadline, "-f", "json", "127.0.0.1"]

    def test_a_wait_cut_short_accuses_nobody(self):
        done = run(*self.arguments(1))
        report = json.loads(done.stdout)
        findings = {finding["id"] for finding in report["cases"][0]["findings"]}
        self.assertIn("run.deadline", findings)
        self.assertNotIn("http.unreachable", findings)
        self.assertEqual(done.returncode, report["exit_status"])

    def test_interruption_still_reports(self):
        with subprocess.Popen([PROGRAM, *map(str, self.arguments(50))], stdout=subprocess.PIPE,
                              env={"KRB5CCNAME": "MEMORY:none", "KRB5_CONFIG": "/dev/null"},
                              text=True) as process:
            connection, _ = self.server.accept()
            process.send_signal(signal.SIGINT)
            text, _ = process.communicate(timeout=20)
        connection.close()
        self.assertEqual(process.returncode, INTERRUPTED)
        findings = {finding["id"] for finding in json.loads(text)["cases"][0]["findings"]}
        self.assertIn("run.interrupted", findings)
        self.assertNotIn("http.unreachable", findings)


class Several(Folder):
    """More MPs than are examined at the same time; nobody listens at their port."""
    COUNT = 40

    def setUp(self):
        super().setUp()
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]
        self.names = [f"127.0.0.{number + 1}" for number in range(self.COUNT)]
        path = self.file("mps", "".join(f"{name} # MP\r\n" for name in self.names[1:]))
        self.arguments = ["check", "--port", str(port), "--mp-list", str(path), self.names[0]]

    def test_cases_are_in_the_order_of_the_command_line(self):
        done = run(*self.arguments, "-f", "json")
        self.assertEqual((done.returncode, done.stderr), (2, ""))
        runs = [record for record in json.loads(done.stdout)["evidence"]
                if record["kind"] == "run"]
        self.assertEqual([record["target"] for record in runs], self.names)
        self.assertEqual([record["case"] for record in runs], list(range(1, self.COUNT + 1)))

    def test_progress_is_shown_on_a_terminal_and_erased(self):
        terminal, slave = pty.openpty()
        done = subprocess.run([PROGRAM, *self.arguments], stdout=subprocess.DEVNULL, stderr=slave,
                              stdin=subprocess.DEVNULL, timeout=60, check=False,
                              env={"KRB5CCNAME": "MEMORY:none", "KRB5_CONFIG": "/dev/null"})
        os.close(slave)
        seen = os.read(terminal, 65536).decode()
        os.close(terminal)
        self.assertEqual(done.returncode, 2)
        self.assertIn("\r39 of 40 management points", seen)
        self.assertRegex(seen, r"\r +\r$")
        self.assertNotIn("\n", seen)

    def test_deadline_is_one_for_all(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(self.COUNT * 2)
            port = str(server.getsockname()[1])
            path = self.file("silent", "127.0.0.1\n" * self.COUNT)
            done = run("check", "--port", port, "--deadline", "1", "--mp-list", path, "-f", "json")
        cases = json.loads(done.stdout)["cases"]
        self.assertEqual(len(cases), self.COUNT)
        for case in cases:
            findings = {finding["id"] for finding in case["findings"]}
            self.assertIn("run.deadline", findings)
            self.assertNotIn("http.unreachable", findings)


class Prompt(unittest.TestCase):
    def test_password_is_asked_for_without_echo(self):
        """On a terminal: the prompt is shown, what is typed is not."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(PROGRAM, [PROGRAM, "check", "--deadline", "1", "--kdc", "R=127.0.0.1:9",
                                "--port", "9", "-p", "alice@R", "127.0.0.1"],
                      {"KRB5_CONFIG": "/dev/null", "TERM": "dumb"})
        seen = b""
        while b"Password for alice@R: " not in seen:
            seen += os.read(terminal, 1024)
        os.write(terminal, b"never-shown\n")
        while True:
            try:
                more = os.read(terminal, 65536)
            except OSError:
                break
            if not more:
                break
            seen += more
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 2, seen)
        self.assertNotIn(b"never-shown", seen)
        self.assertIn(b"alice@R", seen)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
