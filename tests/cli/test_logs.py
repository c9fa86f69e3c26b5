#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ccmprobe analyze over logs, traces and lists: test_logs.py CCMPROBE CORPUS SCHEMA"""

import gzip
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

PROGRAM = ""
CORPUS = pathlib.Path()
SCHEMA = pathlib.Path()
GUID = "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B"


def analyze(*arguments):
    done = subprocess.run([PROGRAM, "analyze", "--format", "json", *map(str, arguments)],
                          capture_output=True, text=True, timeout=60, check=False)
    return done, json.loads(done.stdout) if done.stdout else None


def ids(report):
    return {finding["id"] for case in report["cases"] for finding in case["findings"]}


def records(report, kind):
    return [record for record in report["evidence"] if record["kind"] == kind]


class Logs(unittest.TestCase):
    def test_article_call_in_all_forms(self):
        for name in ("inlaid.txt", "named.sql", "positional.sql", "profiler.xml", "events.xml",
                     "export.csv"):
            with self.subTest(name):
                done, report = analyze(CORPUS / "sql_trace" / name)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(ids(report), {"registration.authenticated"})
                registration, = records(report, "registration")
                self.assertEqual(registration["signing"]["key_matches"], "yes")

    def test_log_of_a_management_point(self):
        done, report = analyze(CORPUS / "ccm_log" / "tagged.log")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("registration.post-failed", ids(report))
        self.assertEqual({run.get("client_host") for run in records(report, "run")},
                         {None, "GUID:A698D203-C0F9-4E5D-8525-3AA55572BF5F",
                          "Fox93481.FoxDeploy.local",
                          "GUID:00000000-0000-0000-0000-000000000000"})

    def test_duplicates_across_files(self):
        with tempfile.TemporaryDirectory() as folder:
            first = pathlib.Path(folder, "a.csv")
            second = pathlib.Path(folder, "b.csv")
            first.write_text(f"Name,SMS GUID\nWK01,{GUID}\nWK09,\n", encoding="utf-8")
            second.write_text(f"\ufeffName;GUID\r\nWK02;{GUID.lower()}\r\n", encoding="utf-16-le")
            done, report = analyze(folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(ids(report), {"guid.duplicate"})
            duplicate, = records(report, "duplicate")
            self.assertEqual([(pathlib.Path(machine["source"]).name, machine["line"],
                               machine["name"]) for machine in duplicate["machines"]],
                             [("a.csv", 2, "WK01"), ("b.csv", 2, "WK02")])

    def test_duplicates_of_a_management_points_log(self):
        text = "".join(
            f'<![LOG[{message}]LOG]!><time="10:0{minute}:00.000+000" date="11-20-2026" '
            'component="MP_RegistrationManager" context="" type="1" thread="7" file="a.cpp:1">\n'
            for minute, name in enumerate(("WK01", "WK02", "WK01"))
            for message in (f"Processing Registration request from Client '{name}.contoso.lab'",
                            f"MP Reg: DDR written to [E:\\A.RDR] for Client [{GUID}] with "
                            f"Certificate Thumbprint [{'A' * 40}]"))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "MP_RegistrationManager.log").write_text(text, encoding="utf-8")
            _, report = analyze(folder)
            duplicate, = records(report, "duplicate")
            self.assertEqual([(machine["name"], machine["line"], machine["last_at"])
                              for machine in duplicate["machines"]],
                             [("WK01", 2, "2026-11-20T10:02:00.000000Z"),
                              ("WK02", 4, "2026-11-20T10:01:00.000000Z")])
            self.assertEqual([finding["confidence"] for case in report["cases"]
                              for finding in case["findings"]], ["proven"])
            self.assertEqual({client["client"] for client in report["clients"]}, {"WK01", "WK02"})

    def test_forms_of_one_name_are_one_machine(self):
        for name, of_one in (("wk01.contoso.lab", True), ("CONTOSO\\wk01", True), ("wk01$", True),
                             ("wk011", False)):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "a.csv").write_text(f"Name,GUID\nWK01,{GUID}\n{name},{GUID}\n",
                                                         encoding="utf-8")
                _, report = analyze(folder)
                self.assertEqual(records(report, "duplicate") == [], of_one)
                self.assertEqual("guid.duplicate" in ids(report), not of_one)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.csv").write_text(
                f"Name,GUID\nwk01,{GUID}\nwk01.contoso.lab,{GUID}\nwk01.fabrikam.lab,{GUID}\n",
                encoding="utf-8")
            _, report = analyze(folder)
            self.assertEqual(ids(report), {"guid.duplicate"})

    def test_client_narrows(self):
        _, report = analyze("--client", "Fox93481", CORPUS / "ccm_log" / "tagged.log")
        run, = records(report, "run")
        self.assertEqual(run["client_host"], "Fox93481.FoxDeploy.local")

    def test_saved_evidence_gives_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            saved = pathlib.Path(folder, "case.jsonl")
            _, report = analyze(CORPUS / "ccm_log" / "copied.log",
                                CORPUS / "identity_list" / "report.csv", "--save", saved)
            done = subprocess.run([PROGRAM, "report", "--format", "json", saved],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(json.loads(done.stdout)["evidence"], report["evidence"])

    def test_identity_files_of_a_fleet(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, guid in (("WK01", GUID), ("WK02", GUID), ("WK03", GUID.replace("EE", "AA"))):
                machine = pathlib.Path(folder, name)
                machine.mkdir()
                (machine / "SMSCFG.ini").write_text(
                    "[Configuration - Client Properties]\nSMS Unique Identifier=" + guid + "\n",
                    encoding="utf-8")
            pathlib.Path(folder, "WK04.ini").write_text(
                "[Configuration - Client Properties]\n", encoding="utf-8")
            done, report = analyze(folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            duplicate, = records(report, "duplicate")
            self.assertEqual([machine["name"] for machine in duplicate["machines"]],
                             ["WK01", "WK02"])
            recording, = records(report, "recording")
            self.assertEqual((recording["frames"], recording["malformed_frames"]), (4, 1))

    def test_compressed_log(self):
        with tempfile.TemporaryDirectory() as folder:
            packed = pathlib.Path(folder, "mp.log.gz")
            packed.write_bytes(gzip.compress((CORPUS / "ccm_log" / "tagged.log").read_bytes()))
            done, report = analyze(packed)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(records(report, "recording")[0]["compression"], "gzip")

    def test_log_cut_short_in_gzip(self):
        with tempfile.TemporaryDirectory() as folder:
            packed = pathlib.Path(folder, "mp.log.gz")
            whole = gzip.compress((CORPUS / "ccm_log" / "tagged.log").read_bytes())
            packed.write_bytes(whole[:150])
            # What is read behind it must not matter.
            pathlib.Path(folder, "next.csv").write_text(f"Name,SMS GUID\nWK01,{GUID}\n",
                                                        encoding="utf-8")
            _, report = analyze(folder)
        self.assertEqual(records(report, "recording")[0]["problem"],
                         "the gzip data is cut short")

    def test_logs_cut_short(self):
        """In the middle of an entry, of a call, and without a call."""
        entry = (CORPUS / "ccm_log" / "tagged.log").read_bytes()
        call = (CORPUS / "sql_trace" / "named.sql").read_bytes()
        for content, problem in (
                (entry[:entry.rindex(b"<![LOG[") + 20], "the entry of line 6 has no end"),
                (call[:1900], "line 3: the call is cut short"),
                ((CORPUS / "sql_trace" / "definition.sql").read_bytes(),
                 "no call of spUpdateClientRegistration is in it"),
                (entry, None), (call, None)):
            with self.subTest(problem), tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "a.log").write_bytes(content)
                _, report = analyze(folder)
                self.assertEqual(records(report, "recording")[0].get("problem"), problem)

    def test_text_in_another_encoding(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.log")
            path.write_bytes("<![LOG[a]LOG]!>".encode("utf-32"))
            done, _ = analyze(path)
        self.assertEqual(done.returncode, 74)
        self.assertIn("is a text in UTF-32: save it as UTF-8", done.stderr)

    def test_known_problems(self):
        with tempfile.TemporaryDirectory() as folder:
            own = pathlib.Path(folder, "own.txt")
            own.write_text("name: Our proxy\nlog: CcmMessaging\n"
                           "pattern: StatusCode=418\nmeans: It is a teapot.\ndo: Ask for tea.\n"
                           "source: our wiki\n", encoding="utf-8")
            log = pathlib.Path(folder, "smsts.log")
            log.write_text("".join(
                f'<![LOG[{text}]LOG]!><time="10:35:33.120-60" date="01-20-2010" '
                f'component="{component}" context="" type="3" thread="1" file="a.cpp:1">\n'
                for component, text in (
                    ("OSDSMPClient", "Failed to import the client certificate store (0x80092024)"),
                    ("CcmMessaging", "[CCMHTTP] ERROR INFO: StatusCode=418 StatusText=I"),
                    ("CcmMessaging", "Something else failed (0x80004005)"))), encoding="utf-8")
            done, report = analyze("--signatures", own, log)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual([(record["name"], record["place"]["line"], record["count"])
                              for record in records(report, "known_problem")],
                             [("A certificate's friendly name holds a NUL, and user state cannot "
                               "be restored", 1, 1), ("Our proxy", 2, 1)])
            errors = [record["code"] for record in records(report, "log_event")
                      if record["event"] == "error"]
            self.assertEqual(errors, [0x80004005])  # that of line 1 is told already
            # A saved case is reported without the file.
            saved = pathlib.Path(folder, "case.jsonl")
            analyze("--signatures", own, "--save", saved, log)
            own.unlink()
            done = subprocess.run([PROGRAM, "report", saved], capture_output=True, text=True,
                                  timeout=60, check=False)
            words = " ".join(done.stdout.split())
            entry = "[CCMHTTP] ERROR INFO: StatusCode=418 StatusText=I, 2010-01-20"
            self.assertIn(entry, words)
            self.assertIn("It is a teapot. What helps: Ask for tea. Described in: our wiki", words)
            done, report = analyze(log)
            self.assertEqual(len(records(report, "known_problem")), 1)

    def test_known_problem_alone_is_a_warning(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "PkgMgr.log")
            log.write_text("2010-01-20 10:11:12, Info                  CBS    Failed to start "
                           "dism.exe. [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]\n",
                           encoding="utf-8")
            done, report = analyze(log)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(ids(report), {"log.known-problem"})

    def test_wrong_signatures(self):
        log = CORPUS / "ccm_log" / "tagged.log"
        with tempfile.TemporaryDirectory() as folder:
            own = pathlib.Path(folder, "own.txt")
            own.write_text("# ours\nname: a\npattern: abc\n", encoding="utf-8")
            done, report = analyze("--signatures", own, log)
            self.assertEqual(done.returncode, 64)
            self.assertIn(f"{own}:3: a pattern needs a piece of 4 bytes", done.stderr)
            self.assertIsNone(report)
            done, _ = analyze("--signatures", pathlib.Path(folder, "none.txt"), log)
            self.assertEqual(done.returncode, 74)
            self.assertIn("none.txt", done.stderr)

    def test_capture_is_none_of_what_it_carries(self):
        """Any bytes may stand in a ticket, also those by which logs and lists are told."""
        carried = (b'"ccmprobe-evidence" \n<![LOG[a]LOG]!>\nMP Reg: a\nx  $$<Ccm><a><b>\n'
                   b"spUpdateClientRegistration\n#Fields: date time c-ip\n[Configuration - ")
        frame = bytes(12) + b"\x88\xb5" + carried
        header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
        packet = struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.log")
            path.write_bytes(header + packet)
            _, report = analyze(path)
        recording, = records(report, "recording")
        self.assertEqual(recording["format"], "pcap")

    def test_dollars_alone_are_no_log(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.bin")
            path.write_bytes(b"\x01\x02$$<\x03\x04><\n")
            done, _ = analyze(path)
        self.assertEqual(done.returncode, 74)
        self.assertIn("a file of an unknown kind", done.stderr)

    @unittest.skipUnless(jsonschema or os.environ.get("CI"), "python3-jsonschema is not installed")
    def test_reports_keep_to_the_schema(self):
        validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
        for kind in ("capture", "ccm_log", "identity_list", "iis_log", "netmon", "signatures",
                     "smscfg", "sql_trace"):
            with self.subTest(kind):
                _, report = analyze(CORPUS / kind)
                self.assertTrue(records(report, "recording"))
                problems = [jsonschema.exceptions.best_match([error])
                            for error in validator.iter_errors(report)]
                self.assertEqual([], [f"{one.json_path}: {one.message[:200]}" for one in problems])

    def test_what_is_no_file_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            good = pathlib.Path(folder, "log.log")
            good.write_bytes((CORPUS / "ccm_log" / "tagged.log").read_bytes())
            pathlib.Path(folder, "link.log").symlink_to(good)
            os.mkfifo(pathlib.Path(folder, "pipe"))
            done, report = analyze(folder)
        self.assertIn("link.log is not read: it is a link, which is not followed\n", done.stderr)
        self.assertIn("pipe is not read: it is a pipe\n", done.stderr)
        self.assertEqual([bool(record.get("problem")) for record in records(report, "recording")],
                         [True, False, True])

    def check_unread(self, content, *words, name="it.log"):
        """The file is named with the reason, in the report and at the end; the rest is read."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, name).write_bytes(content)
            good = pathlib.Path(folder, "log.log")
            good.write_bytes((CORPUS / "ccm_log" / "tagged.log").read_bytes())
            done, report = analyze(folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("registration.post-failed", ids(report))
            problem, = (record["problem"] for record in records(report, "recording")
                        if "problem" in record)
            for word in name, *words:
                self.assertIn(word, done.stderr)
                self.assertIn(word, problem)

    def test_unread_files_are_named(self):
        self.check_unread(b"hello\n", "is a text; what is read are network captures, logs of IIS")
        self.check_unread(b"", "is an empty file; what is read are")
        self.check_unread(b"\1\2\3\4" * 100, "is a file of an unknown kind; what is read are")
        self.check_unread(gzip.compress(b"hello\n"), "is a text, inside gzip; what is read are")
        self.check_unread(b"RTSS", "is a Network Monitor 1 file: convert it with editcap -F pcapng")

    def test_binary_traces_tell_how_to_export_them(self):
        call = "exec spUpdateClientRegistration @NetbiosName=N'WK01'".encode("utf-16-le")
        head = b"\xff\xfe\x90\x03" + "Microsoft SQL Server".encode("utf-16-le") + bytes(216)
        self.check_unread(head + call, "a binary trace of SQL Server Profiler (.trc)",
                          "Save As, Trace XML File", "fn_trace_gettable(N'C:\\IN.trc', default)",
                          "-MaxCharLength 65535", name="it.trc")
        events = "package0".encode("utf-16-le") + bytes(8) + "rpc_completed".encode("utf-16-le")
        self.check_unread(b"\x01\x02" + bytes(64) + events + call,
                          "a binary file of Extended Events (.xel)", "Read-SqlXEvent IN.xel",
                          "sys.fn_xe_file_target_read_file(N'C:\\IN.xel', null, null, null)",
                          name="it.xel")

    def test_words_in_a_text_are_no_binary_trace(self):
        text = (CORPUS / "sql_trace" / "profiler.xml").read_text(encoding="utf-16")
        text = text.replace("<Events>", "<!-- Microsoft SQL Server, package0 --><Events>", 1)
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder, "trace.xml")
            trace.write_text(text, encoding="utf-16")
            done, report = analyze(trace)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(records(report, "registration")), 1)


if __name__ == "__main__":
    PROGRAM, CORPUS, SCHEMA = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    unittest.main(argv=sys.argv[:1])
