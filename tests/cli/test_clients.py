#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ccmprobe analyze over several sources of the same clients: test_clients.py CCMPROBE TESTS"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
TESTS = pathlib.Path()


def run(command, *arguments):
    """In the folder of the evidence, so that its files have short names."""
    return subprocess.run([PROGRAM, command, *map(str, arguments)], cwd=TESTS / "cli" / "clients",
                          capture_output=True, timeout=60, check=False)


def clients(*arguments):
    return json.loads(run("analyze", "--format", "json", *arguments).stdout)["clients"]


def rows(*arguments):
    text = run("analyze", "--format", "csv", *arguments).stdout.decode("ascii")
    return list(csv.DictReader(io.StringIO(text, newline="")))


SEED = ("../../golden/recorded-referral.jsonl", "seed")


CLOCKS = ("../../../captures/samples/registration.pcapng", "clocks")


class Clients(unittest.TestCase):
    def test_one_story_from_five_sources(self):
        client, = clients(*SEED)
        self.assertEqual((client["client"], client["fqdn"], client["address"], client["guid"]),
                         ("WK02-020-51W", "WK02-020-51W.Child.A2003.VM.local", "192.168.20.102",
                          "EEAF9390-94EB-43AE-A0DE-F374E3E7E03B"))
        self.assertEqual(client["cases"], [1, 2, 3, 4])
        self.assertEqual(len(client["identity_files"]), 1)
        self.assertEqual([client[question]["answer"]
                          for question in ("signed_in", "registered", "approved")], ["yes"] * 3)
        self.assertFalse(any(key["shared"] for key in client["keys"]))

    def test_reports_are_the_golden_ones(self):
        for name, arguments in (("seed", SEED), ("some", ("some",))):
            for arguments_of, suffix in ((("-v",), ".verbose.txt"), ((), ".txt"),
                                         (("--format", "json"), ".json")):
                with self.subTest(name + suffix):
                    done = run("analyze", *arguments_of, *arguments)
                    golden = TESTS / "golden" / f"clients-{name}{suffix}"
                    self.assertEqual(done.stdout, golden.read_bytes())

    def test_saved_evidence_gives_the_same_bytes(self):
        for arguments in (SEED, ("some",), CLOCKS):
            for form in ("text", "json", "csv"):
                with self.subTest(form), tempfile.TemporaryDirectory() as folder:
                    saved = pathlib.Path(folder, "case.jsonl")
                    first = run("analyze", "--format", form, "--save", saved, *arguments)
                    again = run("report", "--format", form, saved)
                    self.assertEqual(again.stdout, first.stdout)
                    self.assertEqual(again.returncode, first.returncode)

    def test_clocks(self):
        report = json.loads(run("analyze", "--format", "json", *CLOCKS).stdout)
        clocks = {(clock["source"], clock["other"]): clock for clock in report["clocks"]}
        link = clocks["../../../captures/samples/registration.pcapng", "clocks/u_ex261121.log"]
        self.assertEqual((link["pairs"], link["agreeing"], link["zone_minutes"]), (2, 2, None))
        self.assertLess(abs(link["offset_us"] - 11_700_000), link["uncertainty_us"])
        seed = json.loads(run("analyze", "--format", "json", *SEED).stdout)["clocks"]
        bound, = [clock for clock in seed if clock["client"] and clock["source"].endswith("20.log")]
        self.assertEqual((bound["low_us"], bound["high_us"]), (-25_000_000, None))

    def test_spreadsheet(self):
        lines = rows("some")
        self.assertEqual([line["client"] for line in lines[:3]], ["WK02", "WK03", "10.0.1.3"])
        self.assertEqual(lines[1], {
            "level": "fail", "client": "WK03", "address": "", "fqdn": "WK03.contoso.lab",
            "guid": "BBBBBBBB-BBBB-BBBB-BBBB-BBBBBBBBBBBB", "guid_shared": "yes",
            "signed_in": "no", "signed_in_at": "2026-11-20T06:02:05Z",
            "signed_in_seen": "some/trace.xml:6", "registered": "yes",
            "registered_at": "2026-11-20T06:02:05Z", "registered_seen": "some/trace.xml:6",
            "approved": "no", "approved_at": "2026-11-20T06:02:05Z",
            "approved_seen": "some/trace.xml:6", "root_cause": "guid.duplicate",
            "confidence": "proven", "root_cause_seen": "some/trace.xml:5", "cases": "5"})

    def test_nothing_is_joined_by_what_is_shared(self):
        shared = {client["client"]: {key["kind"] for key in client["keys"] if key["shared"]}
                  for client in clients("some")}
        self.assertEqual(shared["WK01"], set())
        self.assertEqual(shared["WK02"], {"guid"})
        self.assertEqual(shared["WK03"], {"guid"})
        self.assertEqual(shared["10.0.1.4"], {"account", "name", "address"})
        self.assertEqual([name for name, kinds in shared.items() if kinds == {"name"}],
                         ["WK06.contoso.lab", "WK06.fabrikam.lab", "CONTOSO\\WK06$",
                          "FABRIKAM\\WK06$"])

    def test_one_client_by_any_of_its_names(self):
        for name in ("wk01", "WK01.contoso.lab", "CONTOSO\\WK01$", "10.0.1.1",
                     "GUID:AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA",
                     "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "1" * 40):
            with self.subTest(name):
                client, = clients("--client", name, "some")
                self.assertEqual((client["client"], client["address"]), ("WK01", "10.0.1.1"))
                self.assertEqual(client["cases"], [1, 2, 3, 4])

    def test_all_that_share_the_name(self):
        shared = "GUID:BBBBBBBB-BBBB-BBBB-BBBB-BBBBBBBBBBBB"
        self.assertEqual([(client["client"], client["guid_shared"], len(client["duplicates"]))
                          for client in clients("--client", shared, "some")],
                         [("WK02", True, 1), ("WK03", True, 1)])
        client, = clients("--client", "WK03", "some")
        self.assertEqual(client["root_cause"]["id"], "guid.duplicate")

    def test_its_identity_file_stays(self):
        client, = clients("--client", "192.168.20.102", *SEED)
        self.assertEqual(len(client["identity_files"]), 1)

    def test_the_whole_story_of_one(self):
        with tempfile.TemporaryDirectory() as folder:
            saved = pathlib.Path(folder, "case.jsonl")
            first = run("analyze", "--client", "10.0.1.1", "--save", saved, "some")
            self.assertEqual(run("report", saved).stdout, first.stdout)
        story = first.stdout.decode("ascii").split("The whole story")[1].split("By some/")[0]
        places = [word.strip("[]") for word in story.split()
                  if word.startswith(("[ClientID", "[u_ex", "[trace"))]
        self.assertEqual(places, ["ClientIDManagerStartup.log:1", "u_ex261120.log:5",
                                  "u_ex261120.log:6", "trace.xml:4",
                                  "ClientIDManagerStartup.log:2"])

    def test_nobody_of_the_name(self):
        done = run("analyze", "--client", "WK99", "some")
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        self.assertEqual(done.stderr.decode(), "ccmprobe: --client WK99: no client of this name, "
                         "address or GUID; there are WK01, WK02, WK03, WK04, WK06.contoso.lab, "
                         "WK06.fabrikam.lab, 10.0.1.3, 10.0.1.4 and 2 more\n")

    def test_the_one_that_is_looked_for_is_never_one_too_many(self):
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder, "trace.sql")
            trace.write_text("".join(
                f"exec spUpdateClientRegistration @SMSID=N'GUID:{number:08X}-0000-0000-0000-"
                f"000000000000',@ApprovalMethod=1,@IsIntegratedAuth=1,@NetbiosName=N'PC{number}'\n"
                for number in range(1, 16400)), encoding="ascii")
            client, = clients("--client", "PC16399", trace)
            self.assertEqual(client["guid"], "0000400F-0000-0000-0000-000000000000")
            self.assertEqual(run("analyze", "--client", "PC16398", trace).returncode, 0)

    def test_one_identity_file_in_a_case_is_no_second_machine(self):
        done = run("analyze", "--format", "json", "seed")
        report = json.loads(done.stdout)
        self.assertNotIn("guid.duplicate", {finding["id"] for case in report["cases"]
                                            for finding in case["findings"]})


if __name__ == "__main__":
    PROGRAM, TESTS = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
