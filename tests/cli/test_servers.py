#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several MPs and one KDC, played here: what goes over the wire is counted.

Usage: test_servers.py CCMPROBE. Only loopback is used.
"""
import json
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading
import unittest

import test_cli
from test_cli import INTERRUPTED, NOTHING, Folder, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lab"))
from scripted import der, general_string, integer, krb_error  # noqa: E402

REALM = "TEST.LAB"
UNKNOWN_CLIENT, PREAUTH_FAILED, PREAUTH_REQUIRED, TOO_BIG = 6, 24, 25, 52
PA_ENC_TIMESTAMP, PA_ETYPE_INFO2, AES256 = 2, 19, 18
MPS = 40    # more than are examined at the same time


def pa_data(kind, value):
    return der(0x30, der(0xA1, integer(kind)), der(0xA2, der(0x04, value)))


def error(code):
    data = b""
    if code == PREAUTH_REQUIRED:
        info = der(0x30, der(0x30, der(0xA0, integer(AES256)),
                             der(0xA1, general_string(REALM + "alice"))))
        data = der(0x30, pa_data(PA_ENC_TIMESTAMP, b""), pa_data(PA_ETYPE_INFO2, info))
    return krb_error(code, REALM, ["krbtgt", REALM], data)


def is_proof(request):
    """Does an AS-REQ hold an encrypted time stamp? [1] INTEGER 2 begins that PA-DATA."""
    return der(0xA1, integer(PA_ENC_TIMESTAMP)) in request


class Kdc:
    """Answers each request as `answers(transport, request, number)` says: an error's code, or None
    for silence and, over TCP, the connection's end."""

    def __init__(self, answers):
        self.answers = answers
        self.lock = threading.Lock()
        self.requests = []      # (transport, bytes)
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        for work in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=work, daemon=True).start()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def _answer(self, transport, request):
        with self.lock:
            self.requests.append((transport, request))
            number = len(self.requests)
        code = self.answers(transport, request, number)
        return None if code is None else error(code)

    def _serve_udp(self):
        while True:
            try:
                request, client = self.udp.recvfrom(65536)
                reply = self._answer("udp", request)
                if reply:
                    self.udp.sendto(reply, client)
            except OSError:
                return

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=[connection], daemon=True).start()

    def _serve_one(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                head = stream.read(4)
                if len(head) < 4:
                    return
                reply = self._answer("tcp", stream.read(struct.unpack(">I", head)[0]))
                if not reply:
                    return
                connection.sendall(struct.pack(">I", len(reply)) + reply)


class Login(Folder):
    def check(self, answers, *names):
        """A run with a password; its report, and what the KDC was asked."""
        kdc = Kdc(answers)
        self.addCleanup(kdc.close)
        done = run("check", "-f", "json", "--port", "9", "-p", f"alice@{REALM}",
                   "--password-file", self.file("password", "secret\n"),
                   "--kdc", f"{REALM}=127.0.0.1:{kdc.port}", *(names or ["127.0.0.1"]))
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout), kdc.requests

    def findings(self, report):
        return [{finding["id"] for finding in case["findings"]} for case in report["cases"]]

    def test_one_login_for_all_cases(self):
        def answers(transport, request, number):
            return PREAUTH_FAILED if is_proof(request) else PREAUTH_REQUIRED

        names = [f"127.0.1.{number}" for number in range(1, MPS + 1)]
        report, requests = self.check(answers, *names)
        self.assertEqual([(transport, is_proof(request)) for transport, request in requests],
                         [("udp", False), ("tcp", True)])
        for found in self.findings(report):
            self.assertIn("account.wrong-password", found)

    def test_a_closed_connection_is_tried_again(self):
        def answers(transport, request, number):
            return TOO_BIG if transport == "udp" else UNKNOWN_CLIENT if number > 2 else None

        report, requests = self.check(answers)
        self.assertEqual([transport for transport, _ in requests], ["udp", "tcp", "tcp"])
        self.assertIn("account.unknown", self.findings(report)[0])
        attempts = [record["attempts"] for record in report["evidence"]
                    if record["kind"] == "kdc" and record["transport"] == "tcp"]
        self.assertEqual(attempts, [2])

    def test_a_proof_of_the_password_is_sent_once(self):
        def answers(transport, request, number):
            return None if is_proof(request) else PREAUTH_REQUIRED

        report, requests = self.check(answers)
        self.assertEqual(sum(is_proof(request) for _, request in requests), 1)
        self.assertNotIn("account.wrong-password", self.findings(report)[0])


class Interruption(Folder):
    def test_several_cases_are_still_reported(self):
        with socket.create_server(("127.0.0.1", 0), backlog=MPS * 2) as server:
            server.settimeout(20)
            port = str(server.getsockname()[1])
            path = self.file("mps", "127.0.0.1\n" * MPS)
            command = [test_cli.PROGRAM, "check", "--port", port, "--deadline", "50", "-f", "json",
                       "--mp-list", str(path)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                  env={"KRB5CCNAME": "MEMORY:none", "KRB5_CONFIG": "/dev/null",
                                       "XDG_CONFIG_HOME": str(NOTHING)}) as process:
                connection, _ = server.accept()
                process.send_signal(signal.SIGINT)
                text, _ = process.communicate(timeout=20)
            connection.close()
        self.assertEqual(process.returncode, INTERRUPTED)
        cases = json.loads(text)["cases"]
        self.assertEqual(len(cases), MPS)
        for case in cases:
            findings = {finding["id"] for finding in case["findings"]}
            self.assertIn("run.interrupted", findings)
            self.assertNotIn("http.unreachable", findings)


if __name__ == "__main__":
    test_cli.PROGRAM = sys.argv.pop(1)
    unittest.main()
