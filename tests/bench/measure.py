# SPDX-License-Identifier: Apache-2.0
"""What is measured on the lab's client: commands, proof that each did its job, and times.

All times are in seconds. A command that did something else than it is measured for raises Failed.
"""

import concurrent.futures
import json
import os
import socket
import subprocess
import time

import topology

REALM = "CONTOSO.LAB"
DOMAIN = "contoso.lab"
DC_ADDRESS = topology.FORESTS[REALM].dc_address
MP = "mp.contoso.lab"
MP_ADDRESS = next(site.address for site in topology.SITES if site.name == MP)
SILENT_MP_ADDRESS = next(site.address for site in topology.SITES if site.kind == "silent")
URL = "http://%s/ccm_system_windowsauth/request"
CURL = ("curl", "--silent", "--show-error", "--output", "/dev/null", "--write-out",
        "%{http_code}", "--request", "CCM_POST")
DIG = ("dig", "+short", "@" + topology.RESOLVER)
PATIENCE = 60       # seconds until a command that should answer counts as hanging
SILENT_CAP = 40     # seconds that silence is watched
SILENT_LEAST = 1    # seconds: whoever gives up sooner has not waited for an answer
MANY = 200          # management points in one run
SILENT_FINDINGS = {"dns.server-silent", "kdc.unreachable", "http.unreachable"}

PASSWORD = "password"
KEYTAB = "keytab"
PRINCIPALS = {PASSWORD: f"alice@{REALM}", KEYTAB: f"WK01$@{REALM}"}


class Failed(Exception):
    """A measured command did not do what it was measured for."""


def seconds(action, *arguments):
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start


def _lab_file(name):
    return os.path.join(os.environ["LAB"], name)


def _password():
    return open(_lab_file("alice.password"))


def run(command, text="", status=0, secret=None):
    """Run a command; it must end with `status` and have `text` in its output, which is returned."""
    try:
        done = subprocess.run(command, stdin=secret or subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}: no end within {PATIENCE} s") from None
    except OSError as problem:
        raise Failed(str(problem)) from None
    if done.returncode != status or text not in done.stdout:
        wanted = f"expected {status}" + (f" and '{text}'" if text else "")
        raise Failed(f"{' '.join(command)}: status {done.returncode}, {wanted}\n{done.stdout}")
    return done.stdout


def separate_tools(identity):
    """What an administrator types: ten processes, one after the other."""
    dc = topology.FORESTS[REALM].dc
    run([*DIG, MP, "A"], MP_ADDRESS)
    run([*DIG, "-x", MP_ADDRESS], MP)
    run([*DIG, f"_kerberos._tcp.{DOMAIN}", "SRV"], dc)
    run([*DIG, f"_ldap._tcp.dc._msdcs.{DOMAIN}", "SRV"], dc)
    # kinit starts the cache anew, so that no run finds tickets of the one before.
    if identity == KEYTAB:
        run(["kinit", "-k", "-t", _lab_file("wk01.keytab"), PRINCIPALS[KEYTAB]])
    else:
        with _password() as secret:
            run(["kinit", PRINCIPALS[PASSWORD]], secret=secret)
    run(["kvno", "-S", "HTTP", MP], "kvno = ")
    run([*CURL, URL % MP], "401")
    run([*CURL, "--negotiate", "--user", ":", URL % MP], "200")


def check_command(program, identity, kdc=None, resolver=topology.RESOLVER, target=MP):
    secret = (["--keytab", _lab_file("wk01.keytab")] if identity == KEYTAB
              else ["--password-file", _lab_file("alice.password")])
    known = ["--kdc", f"{REALM}={kdc}"] if kdc else []
    return [program, "check", "--no-directory", "--format", "json", "--principal",
            PRINCIPALS[identity], *secret, *known, "--resolver", resolver, target]


def _report(output):
    try:
        return json.loads(output)
    except ValueError as problem:
        raise Failed(f"ccmprobe wrote no JSON report: {problem}\n{output}") from None


def _finding_ids(report, levels=("ok", "info", "warn", "fail")):
    return [finding["id"] for case in report["cases"] for finding in case["findings"]
            if finding["level"] in levels]


def _waits(report):
    """The answers that stand one behind the other on the way to the verdict, in seconds.

    Found from the evidence: the KDC's name and its address when DNS was asked for them, each
    message to a KDC, and the request with the ticket. All else happens meanwhile.
    """
    records = report["evidence"]
    dns = [record for record in records if record["kind"] == "dns"]
    host = [record for record in dns
            if record["type"] in ("A", "AAAA") and record["name"] != MP]
    srv = [record for record in dns if host and record["type"] == "SRV"]
    alone = [[record] for record in records if record["kind"] == "kdc" or
             (record["kind"] == "http" and record["leg"] == "negotiate")]
    return [max(record["rtt_us"] for record in group) / 1e6
            for group in (srv, host, *alone) if group]


def check(program, identity, kdc=None):
    """One check of the healthy MP: its wall time, and what it waited for in a row."""
    command = check_command(program, identity, kdc)
    start = time.perf_counter()
    output = run(command)
    wall = time.perf_counter() - start
    report = _report(output)
    if "approval.ok" not in _finding_ids(report):
        raise Failed(f"{' '.join(command)}: no finding approval.ok\n{output}")
    return {"wall": wall, "waits": _waits(report)}


def connect():
    """A bare round trip: the TCP handshake with the MP."""
    with socket.create_connection((MP_ADDRESS, 80), timeout=PATIENCE):
        pass


def alternate(kinds, rounds):
    """Runs each kind once a round, so that what disturbs one disturbs the others too."""
    for action in kinds.values():
        action()    # once unmeasured: files are read, caches of the servers filled
    results = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, action in kinds.items():
            results[kind].append(action())
    return results


def healthy(program, rounds, with_start):
    """Everything about the healthy MP; the same on loopback and over the long line."""
    kinds = {
        "rtt": lambda: seconds(connect),
        "check password": lambda: check(program, PASSWORD),
        "tools password": lambda: seconds(separate_tools, PASSWORD),
        "check password kdc": lambda: check(program, PASSWORD, DC_ADDRESS),
        "check keytab": lambda: check(program, KEYTAB),
        "tools keytab": lambda: seconds(separate_tools, KEYTAB),
        "check keytab kdc": lambda: check(program, KEYTAB, DC_ADDRESS),
    }
    if with_start:
        kinds["start ccmprobe"] = lambda: seconds(run, [program, "--version"], "ccmprobe ")
        kinds["start curl"] = lambda: seconds(run, ["curl", "--version"], "curl ")
        kinds["start true"] = lambda: seconds(run, ["true"])
    return alternate(kinds, rounds)


def many(program, folder):
    """MANY management points in one run, and the same in a row, a run each; the exchange only.

    It is one MP under one name: no run and no case takes over anything from another about an MP.
    """
    command = check_command(program, KEYTAB)
    command[-1:] = ["--deadline", "300"]
    path = os.path.join(folder, "mp-list")
    with open(path, "w") as handle:
        handle.write(f"{MP}\n" * MANY)

    def judged(command, cases):
        found = _finding_ids(_report(run(command)))
        if found.count("approval.ok") != cases:
            raise Failed(f"{' '.join(command)}: not {cases} times approval.ok: {set(found)}")

    judged([*command, MP], 1)   # unmeasured
    return {"row": [seconds(judged, [*command, MP], 1) for _ in range(MANY)],
            "once": [seconds(judged, [*command, "--mp-list", path], MANY) for _ in range(3)]}


def _watch(command, environment=None, secret=None):
    """Runs a command at most SILENT_CAP seconds: its time, status (None: no end), output."""
    start = time.perf_counter()
    try:
        process = subprocess.Popen(command, env=environment, stdin=secret or subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as problem:
        raise Failed(str(problem)) from None
    try:
        output, _ = process.communicate(timeout=SILENT_CAP)
        status = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
        status = None
    return {"wall": time.perf_counter() - start, "status": status, "output": output}


def _silent_kdc_environment(folder):
    path = os.path.join(folder, "krb5-silent.conf")
    with open(path, "w") as handle:
        handle.write(f"[libdefaults]\n    default_realm = {REALM}\n[realms]\n"
                     f"    {REALM} = {{\n        kdc = {topology.SILENT}\n    }}\n")
    return {**os.environ, "KRB5_CONFIG": path}


def _judge_silence(name, result):
    """Nobody answered, so no command may succeed, nor end at once for a reason of its own."""
    status, output = result["status"], result.pop("output")
    if (status is not None and status <= 0) or result["wall"] < SILENT_LEAST:
        raise Failed(f"{name} against silence: status {status} after {result['wall']:.1f} s\n"
                     f"{output}")
    if name == "ccmprobe check":
        result["findings"] = _finding_ids(_report(output), ("fail",))
        missing = SILENT_FINDINGS - set(result["findings"])
        if missing:
            raise Failed(f"{name} against silence: no finding {', '.join(sorted(missing))}\n"
                         f"{output}")
    return result


def silence(program, folder):
    """DNS server, KDC and MP take packets and answer nothing.

    All commands at the same time, as they only wait. Each is told the address of what it asks, or
    it would come no further than the DNS server.
    """
    silent = topology.SILENT
    commands = {
        "ccmprobe check": check_command(program, PASSWORD, silent, silent, SILENT_MP_ADDRESS),
        # dig's own defaults, in place of the short waits in the lab's resolv.conf.
        "dig": ["dig", "+time=5", "+tries=3", "@" + silent, MP],
        "kinit": ["kinit", PRINCIPALS[PASSWORD]],
        "curl": [*CURL, URL % SILENT_MP_ADDRESS],
        "ldapsearch": ["ldapsearch", "-x", "-H", f"ldap://{silent}", "-s", "base", "-b", ""],
    }
    environments = {"kinit": _silent_kdc_environment(folder)}
    with concurrent.futures.ThreadPoolExecutor(len(commands)) as pool, _password() as secret:
        running = {name: pool.submit(_watch, command, environments.get(name),
                                     secret if name == "kinit" else None)
                   for name, command in commands.items()}
        results = {name: future.result() for name, future in running.items()}
    return {name: _judge_silence(name, result) for name, result in results.items()}
