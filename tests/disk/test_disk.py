#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Master images and former secondary sites, on disks made with hivex: test_disk.py CCMPROBE"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import articles
import hives

PROGRAM = ""
GOOD, WARNINGS, FAULT, COULD_NOT_TELL, IO = 0, 1, 2, 3, 74
BY_CLIENT = [(client, row) for row in articles.IMAGE for client in row.clients]


def run(*arguments):
    base = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=base, timeout=60, check=False)


def snapshot(root):
    """Everything below a folder: names, contents, and when it was changed."""
    return sorted((str(path), path.lstat().st_mtime_ns,
                   path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else b"")
                  for path in pathlib.Path(root).rglob("*"))


class Disks(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.count = 0

    def root(self):
        self.count += 1
        return self.folder / f"disk{self.count}"

    def report(self, command, *paths, more=()):
        """The JSON report; nothing below the folders has changed."""
        before = [snapshot(path) for path in paths]
        done = run(command, "--format", "json", *more, *paths)
        self.assertEqual(done.stderr, "")
        self.assertEqual([snapshot(path) for path in paths], before)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, report["exit_status"])
        return report

    def image(self, disk, *, exit_status):
        report = self.report("image", disk.write(self.root()))
        self.assertEqual(report["exit_status"], exit_status, report["cases"][0]["findings"])
        return report

    def residue(self, disk, *, exit_status):
        report = self.report("residue", disk.write(self.root()), more=("--site", articles.SITE))
        self.assertEqual(report["exit_status"], exit_status, report["cases"][0]["findings"])
        return report


def ids(report, case=0):
    return [finding["id"] for finding in report["cases"][case]["findings"]]


def found(report, word):
    """The records of an item that was found."""
    return [record for record in report["evidence"]
            if record["kind"] == "item" and record["item"] == word and record["found"] == "yes"]


def source(report, word):
    return [record for record in report["evidence"]
            if record["kind"] == "source" and record["source"] == word][0]


def steps(report, result):
    return [step["number"] for step in report["cases"][0]["checklist"]["steps"]
            if step["result"] == result]


def shown(report):
    """The records that steps left to do rest on."""
    return {record for step in report["cases"][0]["checklist"]["steps"]
            if step["result"] == "left" for record in step["found"]}


def image_of(client):
    disk = hives.Disk()
    articles.CLIENTS[client](disk)
    return disk


class Sentences(Disks):
    """What every sentence of the articles asks for."""

    def test_clean_images(self):
        for client in articles.CLIENTS:
            with self.subTest(client=client):
                report = self.image(image_of(client), exit_status=GOOD)
                self.assertEqual(ids(report), ["image.client", "image.ready"])
                self.assertEqual(steps(report, "left") + steps(report, "unknown"), [])

    def test_single_leftover_of_an_image(self):
        for client, row in BY_CLIENT:
            with self.subTest(client=client, item=row.item, lines=row.lines):
                disk = image_of(client)
                row.add(disk)
                report = self.image(disk, exit_status=row.exit)
                self.assertIn(row.finding, ids(report))
                self.assertNotIn("image.ready", ids(report))
                self.assertEqual(len(steps(report, "left")), 1)
                self.assertTrue(found(report, row.item))

    def test_all_but_one_of_an_image(self):
        for client, row in BY_CLIENT:
            if row.item == "smscfg":
                continue    # the file with a GUID in it is this file, too
            with self.subTest(client=client, item=row.item):
                rows = [other for other in articles.IMAGE
                        if client in other.clients and other.item != "smscfg"]
                self.check_all_but_one(image_of, client, rows, row, self.image)

    def check_all_but_one(self, make, argument, rows, left_out, examine):
        """The record of the item is what makes the difference."""
        numbers = []
        for wanted in (True, False):
            disk = make(argument)
            for row in rows:
                if wanted or row != left_out:
                    row.add(disk)
            report = examine(disk, exit_status=FAULT)
            records = [record for record in found(report, left_out.item)
                       if record["id"] in shown(report)]
            numbers.append(len(shown(report)))
            self.assertEqual(bool(records), wanted)
        self.assertGreater(numbers[0], numbers[1])

    def test_clean_residue(self):
        report = self.residue(hives.Disk(), exit_status=GOOD)
        self.assertEqual(ids(report), ["residue.clear"])
        self.assertEqual(steps(report, "done"), ["6a", "6b", "6c", "6d", "6e", "6f"])

    def test_single_leftover_of_a_site(self):
        for row in articles.RESIDUE:
            with self.subTest(item=row.item, lines=row.lines):
                disk = hives.Disk()
                row.add(disk)
                report = self.residue(disk, exit_status=row.exit)
                self.assertIn(row.finding, ids(report))
                self.assertEqual(len(steps(report, "left")), 1)
                self.assertTrue(found(report, row.item))

    def test_all_but_one_of_a_site(self):
        for row in articles.RESIDUE:
            with self.subTest(item=row.item):
                self.check_all_but_one(lambda _: hives.Disk(), None, articles.RESIDUE, row,
                                       self.residue)

    def test_every_item_has_a_sentence(self):
        """The table of the program and that of the tests name the same items."""
        table = pathlib.Path(__file__).resolve().parents[2] / "probe/evidence/disk.def"
        lines = table.read_text(encoding="utf-8").split("--- a master image ---")[1]
        words = [part.split('"')[1] for part in lines.split("DISK_ITEM(")[1:]]
        self.assertEqual(words, [row.item for row in sorted(
            articles.IMAGE + articles.RESIDUE, key=lambda row: words.index(row.item))])

    def test_by_hand(self):
        for article, line, client, number in articles.BY_HAND:
            with self.subTest(article=article, line=line):
                self.assertIn(number, steps(self.image(image_of(client), exit_status=GOOD),
                                            "by-hand"))

    def test_service_of_the_client(self):
        """828367.txt:91, 828367.md:80: Ccmexec must not run; its start type is shown."""
        disk = image_of("advanced")
        disk.add_values("SYSTEM", articles.SERVICES + "CcmExec", {"Start": 2})
        report = self.image(disk, exit_status=GOOD)
        self.assertEqual(found(report, "ccmexec")[0]["number"], 2)

    def test_performance_counters_are_no_service(self):
        disk = hives.Disk()
        disk.add_key("SYSTEM", articles.SERVICES + r"SMS_Counters\Performance")
        self.assertEqual(steps(self.residue(disk, exit_status=GOOD), "done")[0], "6a")

    def test_named_groups_are_told_once(self):
        disk = hives.Disk()
        rows = [row for row in articles.RESIDUE if row.item == "group-site-to-site"]
        rows[0].add(disk)
        report = self.residue(disk, exit_status=FAULT)
        self.assertEqual(ids(report), ["residue.account"])
        self.assertEqual(found(report, "group-other"), [])

    def test_parent_site(self):
        disk = hives.Disk().write(self.root())
        text = " ".join(run("residue", "--site", "s01", "--checklist", disk).stdout.split())
        for line, words in articles.PARENT:
            with self.subTest(line=line):
                self.assertIn(words, text)
        self.assertNotIn("Preinst", run("residue", "--site", "s01", disk).stdout)


class Clients(Disks):
    def test_procedures(self):
        for client, procedure in [("sms20", "Q257808"), ("legacy", "KB 828367, Legacy Client"),
                                  ("advanced", "KB 828367, Advanced Client"),
                                  ("later", "KB 828367, as for the Advanced Client")]:
            with self.subTest(client=client):
                checklist = self.image(image_of(client), exit_status=GOOD)["cases"][0]["checklist"]
                self.assertEqual(checklist["procedure"], procedure)

    def test_version_unknown(self):
        """Legacy, by its service alone: the longer list. CcmExec alone: the Advanced Client's."""
        for name, procedure in [("CLISVC", "Q257808"), ("CcmExec", "KB 828367, Advanced Client")]:
            disk = hives.Disk()
            disk.add_values("SYSTEM", articles.SERVICES + name, {"Start": 2})
            checklist = self.image(disk, exit_status=GOOD)["cases"][0]["checklist"]
            self.assertEqual((checklist["procedure"], checklist["version"]), (procedure, None))

    def test_no_client(self):
        report = self.image(hives.Disk(), exit_status=GOOD)
        self.assertEqual(ids(report), ["image.ready"])
        self.assertIn("no client", report["cases"][0]["checklist"]["client"])

    def test_client_unknown(self):
        """Where a hive is missing there may be a client."""
        root = hives.Disk().write(self.root())
        os.remove(root / "WINDOWS/system32/config/SYSTEM")
        self.assertEqual(self.report("image", root)["cases"][0]["checklist"]["client"],
                         "could not tell which client")

    def test_32_bit_client(self):
        """WOW6432Node: what 32-bit programs write on 64-bit Windows."""
        for below, item in [(articles.CLIENT, "unique-id"),
                            (r"Microsoft\NAL\Client\AbExprtDB\{1}", "abexprtdb")]:
            disk = hives.Disk()
            disk.add_values("SOFTWARE", "WOW6432Node\\" + below,
                            {"SMS Unique Identifier": articles.GUID})
            report = self.image(disk, exit_status=FAULT)
            self.assertIn("WOW6432Node", found(report, item)[0]["where"])
        disk = hives.Disk()
        disk.add_values("SOFTWARE", "WOW6432Node\\" + articles.MOBILE,
                        {"ProductVersion": "4.00.6487.2000"})
        self.assertEqual(ids(self.image(disk, exit_status=GOOD)), ["image.client", "image.ready"])

    def test_empty_site_code_is_none(self):
        disk = image_of("later")
        disk.add_values("SOFTWARE", articles.MOBILE, {"AssignedSiteCode": ""})
        self.image(disk, exit_status=GOOD)

    def test_prepared_advanced_image_may_keep_an_empty_smscfg(self):
        disk = image_of("advanced")
        disk.add_file("%SystemRoot%/Smscfg.ini", articles.smscfg(guid=""))
        self.image(disk, exit_status=GOOD)


class Layouts(Disks):
    def test_control_set(self):
        """Only the control set that Windows starts with counts."""
        disk = hives.Disk()
        disk.hives["SYSTEM"]["Select"]["Current"] = 2
        disk.control_set = 2
        disk.add_key("SYSTEM", articles.SERVICES + "SMS_Executive")
        report = self.residue(disk, exit_status=FAULT)
        self.assertEqual(found(report, "key-executive")[0]["where"],
                         r"HKLM\SYSTEM\ControlSet002\Services\SMS_Executive")
        disk.hives["SYSTEM"]["Select"]["Current"] = 1
        self.assertEqual(found(self.residue(disk, exit_status=GOOD), "key-executive"), [])

    def test_no_control_set(self):
        disk = hives.Disk()
        del disk.hives["SYSTEM"]["Select"]
        report = self.residue(disk, exit_status=COULD_NOT_TELL)
        self.assertEqual(source(report, "system")["problem"], "names no current control set")

    def test_names(self):
        """Folders in other languages, in bytes that are no UTF-8; any case; another Windows."""
        root = hives.Disk("WinNT.SBS").write(self.root())
        name = os.fsencode(root) + "/Dokumente und Einstellungen/Büro/".encode("latin-1")
        os.makedirs(name)
        with open(name + b"SMSUID.dAt", "wb") as handle:
            handle.write(b"x")
        (root / "Windows.old").mkdir()
        (root / "Windows.old" / "SMS1X.INI").write_bytes(b"x")
        report = self.report("image", root)
        self.assertEqual(source(report, "files")["windows"], "WinNT.SBS")
        self.assertEqual(found(report, "smsuid-dat")[0]["where"],
                         r"Dokumente und Einstellungen/B\xFCro/SMSUID.dAt")
        self.assertEqual(found(report, "sms1x")[0]["where"], "Windows.old/SMS1X.INI")

    def test_two_installations(self):
        """Windows.old is not what the computer starts."""
        root = hives.Disk("Windows").write(self.root())
        old = image_of("sms20")
        articles.IMAGE[0].add(old)
        old.windows = "Windows.old"
        old.write(self.folder / "old")
        shutil.copytree(self.folder / "old" / "Windows.old", root / "Windows.old")
        self.assertEqual(self.report("image", root)["exit_status"], GOOD)

    def test_windows_folder(self):
        disk = hives.Disk()
        root = disk.write(self.root()) / "WINDOWS"
        report = self.report("image", root)
        self.assertEqual(source(report, "files")["layout"], "windows")
        self.assertEqual(report["exit_status"], COULD_NOT_TELL)
        self.assertEqual(steps(report, "unknown"), ["4", "7"])   # copies all over the disk
        self.assertEqual(steps(report, "done"), ["3", "5", "6", "also"])

    def test_bag_of_files(self):
        disk = image_of("sms20")
        articles.IMAGE[0].add(disk)
        config = disk.write(self.root()) / disk.config()
        report = self.report("image", config)
        self.assertEqual(source(report, "files")["layout"], "bag")
        self.assertEqual(report["exit_status"], FAULT)
        self.assertEqual(steps(report, "unknown"), ["4", "5", "7"])
        report = self.report("residue", config, more=("--site", "s01"))
        self.assertEqual(steps(report, "unknown"), ["6c", "6d", "6f"])

    def test_identity_file_alone(self):
        root = self.root()
        root.mkdir()
        (root / "SmsCfg.Ini").write_bytes(articles.smscfg(more=["Last Version=5.00.9078.1006"]))
        report = self.report("image", root)
        self.assertEqual(report["exit_status"], FAULT)
        self.assertEqual(report["verdict"]["root_cause"]["id"], "image.guid")
        self.assertIn("Configuration Manager", report["cases"][0]["checklist"]["client"])

    def test_empty_folder(self):
        root = self.root()
        root.mkdir()
        self.assertEqual(self.report("image", root)["exit_status"], COULD_NOT_TELL)
        done = run("image", root / "none")
        self.assertEqual((done.returncode, done.stdout), (IO, ""))


class Damage(Disks):
    def spoil(self, change, hive="SOFTWARE"):
        """A clean disk whose hive was changed by `change(path)`; the image report."""
        disk = hives.Disk()
        root = disk.write(self.root())
        change(root / disk.config() / hive)
        return self.report("image", root)

    def check(self, report, state, words):
        """Could not tell, and says why."""
        self.assertEqual(report["exit_status"], COULD_NOT_TELL)
        self.assertEqual(source(report, "software")["state"], state)
        findings = report["cases"][0]["findings"]
        self.assertEqual([finding["id"] for finding in findings], ["disk.unseen"])
        self.assertIn(words, findings[0]["title"])

    def test_dirty(self):
        """Not unmounted cleanly: read all the same, and said."""
        report = self.spoil(lambda path: path.write_bytes(
            hives.set_sequence(path.read_bytes(), 7, 6)))
        self.assertEqual(report["exit_status"], WARNINGS)
        self.assertEqual(source(report, "software")["dirty"], "yes")
        self.assertIn("disk.dirty", ids(report))
        why = [finding["why"] for finding in report["cases"][0]["findings"]
               if finding["id"] == "disk.dirty"][0]
        self.assertIn(".LOG1", why)

    def test_cut_short(self):
        for size in (20, 512, 4096, 8000):
            with self.subTest(size=size):
                report = self.spoil(lambda path: os.truncate(path, size))
                self.check(report, "cut", "it is cut short")

    def test_no_hive(self):
        for content in (b"", b"x", b"Windows Registry Editor Version 5.00\r\n" * 300):
            with self.subTest(content=content[:8]):
                report = self.spoil(lambda path: path.write_bytes(content))
                self.check(report, "other", "it is not what its name says")

    def test_damaged(self):
        def spoil(path):
            content = bytearray(path.read_bytes())
            content[100] ^= 1   # the checksum no longer holds
            path.write_bytes(content)
        self.check(self.spoil(spoil), "damaged", "it is damaged")

    def test_missing(self):
        self.check(self.spoil(os.remove), "missing", "not among the files that were given")

    def test_folder_in_its_place(self):
        def spoil(path):
            os.remove(path)
            path.mkdir()
        self.check(self.spoil(spoil), "other", "it is not what its name says")

    def test_link(self):
        """Never followed: neither out of the disk nor inside of it."""
        for target in ("outside", "inside"):
            with self.subTest(target=target):
                def spoil(path):
                    other = self.folder / "outside"
                    keys = {articles.CLIENT: {"SMS Unique Identifier": articles.GUID}}
                    hives.write_hive(other, keys)
                    hives.write_hive(path.parent / "inside", keys)
                    os.remove(path)
                    path.symlink_to(other if target == "outside" else "inside")
                self.check(self.spoil(spoil), "link", "it is a symbolic link")

    def test_linked_folder(self):
        """A folder that leads out of the disk is not walked, nor opened on the way to a file."""
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "Smsuid.dat").write_bytes(b"x")
        root = hives.Disk().write(self.root())
        (root / "Documents and Settings").symlink_to(outside)
        self.assertEqual(self.report("image", root)["exit_status"], GOOD)
        other = hives.Disk("System").write(self.root())
        moved = self.folder / "config"
        shutil.move(other / "System" / "system32", moved)
        (other / "System" / "system32").symlink_to(moved)
        report = self.report("image", other)
        self.assertEqual(source(report, "software")["state"], "missing")

    def test_unreadable(self):
        """As another user than root, who may read everything."""
        disk = hives.Disk()
        root = disk.write(self.root())
        (root / disk.config() / "SOFTWARE").chmod(0)
        command = [PROGRAM, "image", "--format", "json", str(root)]
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            if not shutil.which("setpriv"):
                self.skipTest("no setpriv")
            command = ["setpriv", "--reuid=65534", "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if "failed to execute" in done.stderr:
            self.skipTest("the program is where only root may run it")
        report = json.loads(done.stdout)
        self.check(report, "unreadable", "Permission denied")

    def test_unreadable_folder(self):
        """All copies of a file: where not everything was seen, none found means nothing."""
        root = hives.Disk().write(self.root())
        (root / "deep" / "/".join(["a"] * 60)).mkdir(parents=True)
        report = self.report("image", root)
        self.assertEqual(source(report, "files")["state"], "partly")
        self.assertEqual(report["exit_status"], COULD_NOT_TELL)

    def test_identity_file(self):
        for content, state in [(bytes(300), "other"), (b"x" * 70000, "too-large")]:
            disk = image_of("later")
            disk.add_file("%SystemRoot%/SMSCFG.INI", content)
            report = self.image(disk, exit_status=COULD_NOT_TELL)
            self.assertEqual(source(report, "identity")["state"], state)

    def test_hostile_names(self):
        """Names from a disk are shown tame, and never become a part of a command."""
        disk = image_of("sms20")
        disk.add_key("SOFTWARE", 'Microsoft\\NAL\\Client\\AbExprtDB\\x" & del * \x1b[2J')
        root = disk.write(self.root())
        self.assertNotIn("\x1b", run("image", root).stdout)
        commands = self.report("image", root)["cases"][0]["checklist"]["commands"]
        self.assertEqual([list(command) for command in commands], [["step", "by_hand"]])
        disk = image_of("sms20")
        disk.add_key("SOFTWARE", 'Microsoft\\NAL\\Client\\AbExprtDB\\a"b')    # short enough
        commands = self.image(disk, exit_status=FAULT)["cases"][0]["checklist"]["commands"]
        self.assertEqual([list(command) for command in commands], [["step", "by_hand"]])

    def test_hostile_names_of_a_site(self):
        disk = hives.Disk()
        disk.webs().append("SMS_DP_&quot; &amp; x")
        disk.add_values("SYSTEM", articles.SHARES, {"SMSPKG&$": "x"})
        commands = self.residue(disk, exit_status=FAULT)["cases"][0]["checklist"]["commands"]
        self.assertEqual([command["by_hand"] for command in commands if "by_hand" in command],
                         ["SMSPKG&$", 'Default Web Site/SMS_DP_" & x'])
        self.assertEqual([command["command"] for command in commands if "command" in command],
                         [r"cd /d %windir%\system32\inetsrv"])


METABASE = """<?xml version="1.0"?>
<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty>
<IIsWebVirtualDir Location="/LM/W3SVC/1/ROOT" />
<IIsWebVirtualDir Location="/LM/W3SVC/1/ROOT/SMS_MP" AppFriendlyName="SMS_MP" />
<IIsApplicationPool Location="/LM/W3SVC/AppPools/SMS Management Point Pool" />
</MBProperty></configuration>"""


class Iis(Disks):
    def examine(self, name, content):
        disk = hives.Disk()
        disk.add_file(f"%SystemRoot%/System32/inetsrv/{name}", content.encode())
        return self.report("residue", disk.write(self.root()), more=("--site", "S01"))

    def test_metabase(self):
        report = self.examine("metabase.xml", METABASE)
        self.assertEqual(found(report, "web-mp")[0]["where"], "/LM/W3SVC/1/ROOT/SMS_MP")
        self.assertEqual(len(found(report, "pool-mp")), 1)
        self.assertEqual(ids(report), ["residue.iis"])
        commands = [entry["command"] for entry in report["cases"][0]["checklist"]["commands"]]
        self.assertIn('cscript adsutil.vbs DELETE "W3SVC/1/ROOT/SMS_MP"', commands)
        self.assertIn('cscript adsutil.vbs DELETE "%P%/SMS Management Point Pool"', commands)

    def test_entities(self):
        for entity in ('<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "/etc/passwd">'):
            report = self.examine("metabase.xml", METABASE.replace("\n", "\n" + entity, 1))
            self.assertEqual(source(report, "iis")["state"], "other")
            self.assertIn("declares entities", source(report, "iis")["problem"])
            self.assertEqual(report["exit_status"], COULD_NOT_TELL)

    def test_cut_short(self):
        """What stood before the end counts; what did not is not known."""
        report = self.examine("metabase.xml", METABASE[:-40])
        self.assertEqual(source(report, "iis")["state"], "damaged")
        self.assertEqual(len(found(report, "web-mp")), 1)
        self.assertEqual(sorted(ids(report)), ["disk.unseen", "residue.iis"])

    def test_other(self):
        self.assertEqual(source(self.examine("metabase.xml", "<a/>"), "iis")["state"], "other")
        self.assertEqual(source(self.examine("MetaBase.bin", "x"), "iis")["state"], "other")


class Several(Disks):
    def fleet(self, sids, guids, thumbprints):
        for sid, guid, thumbprint in zip(sids, guids, thumbprints):
            disk = image_of("later")
            disk.hives["SAM"] = {}
            if sid:
                disk.add_key("SAM", r"SAM\Domains\Account",
                             V=bytes(200) + hives.machine_sid(1, 2, sid))
            disk.add_file("%SystemRoot%/SMSCFG.INI", articles.smscfg(guid, [
                f"SMS Certificate Identifier=SMS;{thumbprint}"]))
            yield disk.write(self.root())

    def test_shares(self):
        a, b = (f"GUID:{digit * 8}-7C33-44F2-8496-1A5D3116F7ED" for digit in "12")
        paths = list(self.fleet([1, 1, 2, 3], [a, a.lower(), b, b + "0"],
                                ["0" * 40, "A" * 40, "a" * 40, "B" * 40]))
        report = self.report("image", *paths)
        self.assertEqual(report["exit_status"], FAULT)
        shares = [[(finding["id"], finding["arguments"]["others"])
                   for finding in case["findings"] if "shared" in finding["id"]]
                  for case in report["cases"]]
        self.assertEqual(shares, [
            [("image.shared-guid", str(paths[1])), ("image.shared-sid", str(paths[1]))],
            [("image.shared-guid", str(paths[0])), ("image.shared-certificate", str(paths[2])),
             ("image.shared-sid", str(paths[0]))],
            [("image.shared-certificate", str(paths[1]))], []])

    def test_sid_unknown(self):
        path = next(self.fleet([None], [articles.GUID], ["0" * 40]))
        self.assertIn("of the machine: could not tell", run("image", path).stdout)

    def test_each(self):
        list(self.fleet([1, 2], [articles.GUID] * 2, ["0" * 40, "1" * 40]))
        report = self.report("image", self.folder, more=("--each",))
        self.assertEqual([case["target"] for case in report["cases"]],
                         [f"{self.folder}/disk1", f"{self.folder}/disk2"])
        self.assertEqual(report["verdict"]["root_cause"]["id"], "image.shared-guid")

    def test_saved(self):
        """A saved run is judged the same, also together with another."""
        paths = list(self.fleet([1, 2], [articles.GUID] * 2, ["0" * 40, "1" * 40]))
        saved = [self.folder / "a.jsonl", self.folder / "b.jsonl"]
        for path, file in zip(paths, saved):
            first = run("image", "--save", file, path)
            self.assertEqual(run("report", file).stdout, first.stdout)
        self.assertIn("image.shared-guid", run("report", *saved).stdout)

    def test_many(self):
        """Of many disks the summary says what matters."""
        list(self.fleet(range(1, 21), [articles.GUID] * 20, [f"{n:040d}" for n in range(20)]))
        text = run("image", "--each", self.folder).stdout
        self.assertTrue(text.startswith("Summary: 20 disks, 20 FAIL"), text)
        self.assertLess(len(text.splitlines()), 60)


class Text(Disks):
    def test_width(self):
        disk = hives.Disk()
        for row in articles.RESIDUE:
            row.add(disk)
        text = run("residue", "-v", "--checklist", "--site", "S01", disk.write(self.root())).stdout
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        self.assertIn("Warning: serious problems might occur if the registry is modified", text)

    def test_commands(self):
        disk = hives.Disk()
        for row in articles.RESIDUE:
            row.add(disk)
        checklist = self.residue(disk, exit_status=FAULT)["cases"][0]["checklist"]
        commands = [entry["command"] for entry in checklist["commands"]]
        key = commands.index(r"set K=HKLM\SYSTEM\ControlSet001\Services\Eventlog\Application")
        self.assertEqual(commands[key + 1], r'reg delete "%K%\SMS Client" /f')
        for wanted in (r'reg delete "HKLM\SOFTWARE\Microsoft\SMS" /f', r'rd /s /q "\CAP_S01"',
                       "net share CAP_S01 /delete", 'appcmd delete apppool "SMS Management Point '
                       'Pool"', "sc config Winmgmt start= demand",
                       'net localgroup "SMS_SiteToSiteConnection_S01" /delete'):
            self.assertIn(wanted, commands)

    def test_site_codes(self):
        for site in ("", "S1", "S012", "S-1", "S0 "):
            self.assertEqual(run("residue", f"--site={site}", self.folder).returncode, 64)
        self.assertEqual(run("residue", self.folder).returncode, 64)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
