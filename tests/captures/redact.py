#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Captures without names and secrets: redact.py CCMPROBE FOLDER [CAPTURE|DIR]...

Every capture given, and generated ones in every format, with loss, doubles and disorder: the
redacted file has the same frames at the same times, the same findings and verdicts, no checksum
that became wrong, no malformed packet that was none, no name, and of no ciphertext 16 bytes in a
row. 77 (a skip to ctest) when there is no tshark.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys

import formats
import make_capture
import stories

SKIP = 77
WINDOW = 16
FIELDS = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "ip.src", "ip.dst",
          "tcp.seq_raw", "tcp.len", "udp.length")
ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
CHECKS = ("-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")
# They hold events, which tell a time and have contents, and become empty.
EVENTS = ("pcapng-mixed", "pcapng-zstd", "netmon-events")
NAME_FIELDS = ("kerberos.CNameString", "kerberos.SNameString", "kerberos.realm", "kerberos.crealm",
               "http.host", "dns.qry.name", "dns.srv.target", "dns.cname", "dns.ptr.domain_name")
SECRET_FIELDS = ("kerberos.cipher", "ntlmssp.ntlmv2_response", "ntlmssp.auth.ntresponse")
SEGMENT_FIELDS = ("frame.number", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw",
                  "tcp.payload")
ALL_FIELDS = tuple(dict.fromkeys(FIELDS + NAME_FIELDS + SECRET_FIELDS + SEGMENT_FIELDS
                                 + ("_ws.malformed",)))
CHECKSUM_FIELDS = ("frame.number", "tcp.checksum.status", "udp.checksum.status")
# What a scripted server sends there is no protocol, and zeros in its place may look like a bad one.
GARBAGE = "garbage-"
# In evidence: what gets stand-ins, the same for the same, and some of what may not change.
STAND_INS = {"client", "service", "realm", "host", "spn", "fqdn", "smsid", "hardware_id",
             "referral", "signing_thumbprint", "encryption_thumbprint", "fingerprint"}
STAY = {"certificate_not_before", "certificate_not_after", "key_type", "status", "approval", "kvno",
        "etype", "length", "problem", "agent", "agent_version", "path", "address", "rtt_us",
        "retransmissions", "request_bytes", "reply_bytes", "body_bytes", "offset_us"}
# In all that is generated, also where tshark finds no name, as what has it is cut.
OURS = {"contoso"}
# Words of the protocols, which stay.
KEPT = {"krbtgt", "http", "host", "ldap", "cifs", "dns", "restrictedkrbhost", "in-addr", "arpa",
        "domains", "localhost"}


def run(*command, status=(0,)):
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode not in status:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def tshark(path, *arguments):
    return run("tshark", "-n", "-r", path, *arguments).decode("utf-8", "replace")


def fields(path, names, *more):
    """A dict for each frame: the values of a field are parted by commas."""
    options = [option for name in names for option in ("-e", name)]
    lines = tshark(path, *more, "-T", "fields", *options).split("\n")
    return [dict(zip(names, line.split("\t"))) for line in lines if line]


class Dissected:
    """What tshark sees in a capture. It is started twice only, as that takes most of the time."""

    def __init__(self, path):
        self.frames = fields(path, ALL_FIELDS, *ORDER)
        self.checksums = fields(path, CHECKSUM_FIELDS, *CHECKS)

    def of_all(self, names):
        return [[frame[name] for name in names] for frame in self.frames]

    def malformed(self):
        return {frame["frame.number"] for frame in self.frames if frame["_ws.malformed"]}

    def wrong_checksums(self, name):
        return {frame["frame.number"] for frame in self.checksums
                if {"0", "Bad"} & set(frame[name].split(","))}


def values(value, keys):
    """What stands under these keys, at any depth, in order."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in keys and isinstance(inner, (str, int)):
            yield key, inner
        yield from values(inner, keys)
    for inner in value if isinstance(value, list) else ():
        yield from values(inner, keys)


def relations(records):
    """Which of the names and thumbprints are equal, whatever they are; and what must stay."""
    numbers = {}
    return ([(key, numbers.setdefault(text.lower(), len(numbers)))
             for key, text in values(records, STAND_INS)], list(values(records, STAY)))


def judgement(ccmprobe, path):
    """What was concluded, and from which frames; of names, which are equal."""
    report = json.loads(run(ccmprobe, "analyze", "--format", "json", path, status=(0, 1, 2, 3)))
    frames = {record["id"]: sorted(value for key, value in record.get("place", {}).items()
                                   if key.endswith("frame")) for record in report["evidence"]}
    cases = [[(finding["id"], finding["level"], finding.get("confidence"),
               [frames[number] for number in finding.get("evidence", [])])
              for finding in case["findings"]]
             + [(case["verdict"].get("root_cause") or {}).get("id"), case["verdict"]["level"]]
             for case in report["cases"]]
    kinds = [(record["kind"], frames[record["id"]], record.get("outcome"))
             for record in report["evidence"]]
    return cases, kinds, relations(report["evidence"])


def ciphertexts(dissected):
    found = set()
    for texts in dissected.of_all(SECRET_FIELDS):
        for text in ",".join(texts).replace(":", "").split(","):
            if re.fullmatch("[0-9a-f]+", text):
                found.add(bytes.fromhex(text))
    return {text for text in found if len(text) >= WINDOW}


def windows(texts):
    return {text[at:at + WINDOW] for text in texts for at in range(len(text) - WINDOW + 1)}


def bytes_of(path):
    """The file, and every token in base64 that it holds."""
    with open(path, "rb") as file:
        content = file.read()
    yield content
    for text in re.findall(rb"[A-Za-z0-9+/]{40,}", content):
        yield base64.b64decode(text[:len(text) // 4 * 4])


def secrets_left(dissected, after):
    gone = windows(ciphertexts(dissected))
    left = [content[at:at + WINDOW] for content in bytes_of(after)
            for at in range(len(content) - WINDOW + 1) if content[at:at + WINDOW] in gone]
    return len(left), len(gone)


def names_of(dissected):
    labels = set()
    for texts in dissected.of_all(NAME_FIELDS):
        labels.update(re.findall(r"[A-Za-z0-9_-]+", " ".join(texts)))
    return {label.lower() for label in labels if len(label) > 5 and not label.isdigit()
            and label[0] != "_"}


def names_left(dissected, after):
    with open(after, "rb") as file:
        content = file.read().lower()
    return sorted(name for name in (names_of(dissected) | OURS) - KEPT if name.encode() in content
                  or name.encode("utf-16-le") in content)


def segments(dissected):
    """The bytes of TCP in each frame, with what tells where they belong."""
    for number, *place, payload in dissected.of_all(SEGMENT_FIELDS):
        if payload:
            yield number, (*place, payload)


def differing_repeats(before, after):
    """Frames with bytes that were sent twice and are redacted in two ways; and how many frames have
    bytes that were sent twice."""
    redacted = dict(segments(after))
    first, wrong, count = {}, [], 0
    for number, (*place, payload) in segments(before):
        repeated = differs = False
        pairs = zip(bytes.fromhex(payload), bytes.fromhex(redacted[number][-1]))
        for at, (byte, other) in enumerate(pairs, int(place[-1])):
            key = (*place[:-1], at & 0xffffffff)
            repeated |= key in first
            known = first.setdefault(key, (byte, other))
            differs |= known[0] == byte and known[1] != other
        count += repeated
        if differs:
            wrong.append(number)
    return wrong, count


def check(ccmprobe, path, out):
    wrong = []
    run(ccmprobe, "analyze", path, "--redact", out, status=(0, 1, 2, 3))
    before, after = Dissected(path), Dissected(out)
    names = FIELDS[:1] if os.path.basename(path) in EVENTS else FIELDS
    if before.of_all(names) != after.of_all(names):
        wrong.append("other frames, times, lengths or addresses")
    for what, one, other in zip(("verdicts", "evidence", "relations"), judgement(ccmprobe, path),
                                judgement(ccmprobe, out)):
        if one != other:
            if what == "relations":
                one, other = ([pair for here, there in zip(mine, others) for pair in here
                               if pair not in there][:9]
                              for mine, others in ((one, other), (other, one)))
            wrong.append(f"other {what}:\n  {one}\n  {other}")
    for name in CHECKSUM_FIELDS[1:]:
        new = after.wrong_checksums(name) - before.wrong_checksums(name)
        if new:
            wrong.append(f"wrong {name} in frames {sorted(new, key=int)}")
    new = after.malformed() - before.malformed()
    if new and not os.path.basename(path).startswith(GARBAGE):
        wrong.append(f"malformed frames {sorted(new, key=int)}")
    left, gone = secrets_left(before, out)
    if left:
        wrong.append(f"{left} windows of ciphertext are left")
    differing, repeated = differing_repeats(before, after)
    if differing:
        wrong.append(f"{len(differing)} of {repeated} repeated segments differ: {differing[:9]}")
    names = names_left(before, out)
    if names:
        wrong.append(f"names are left: {names}")
    return [f"{os.path.basename(path)}: {line}" for line in wrong], gone


def generated(folder):
    for name, (content, _) in formats.files().items():
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(content)
        yield path
    for name in stories.STORIES:
        path = os.path.join(folder, f"{name}.pcap")
        stories.write(name, path)
        yield path
    for name in "registers-anonymously", "through-a-proxy":
        for snap in 96, 200:
            path = os.path.join(folder, f"{name}-{snap}.pcap")
            stories.write(name, path, snap=snap)
            yield path
    for rate in "0", "0.02":
        path = os.path.join(folder, f"disturbed-{rate}.pcap")
        make_capture.main(["--frames", "3000", "--disturb", rate, "--share", "0.6", path])
        yield path


def given(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            yield from (os.path.join(folder, name) for name in sorted(names)
                        if name.endswith((".pcap", ".pcapng", ".cap", ".gz", ".zst")))


def main(ccmprobe, folder, *paths):
    if not shutil.which("tshark"):
        print("tshark is missing")
        return SKIP
    wrong, secrets = [], 0
    out = os.path.join(folder, "redacted.pcapng")
    for path in [*([] if os.environ.get("ONLY_GIVEN") else generated(folder)), *given(paths)]:
        lines, gone = check(ccmprobe, path, out)
        wrong += lines
        secrets += gone
    print("\n".join(wrong))
    print(f"{secrets} windows of ciphertext looked for")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
