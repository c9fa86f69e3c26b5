#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long ccmprobe takes beside the separate tools that gather the same: README.md.

The program starts itself again inside the lab, where the servers are.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAB_FOLDER = os.path.join(HERE, os.pardir, "lab")
LAB = os.path.join(LAB_FOLDER, "lab.py")
sys.path.insert(0, LAB_FOLDER)
import topology     # noqa: E402  (addresses and names of the lab)

MP = "mp.contoso.lab"
MP_ADDRESS = next(site.address for site in topology.SITES if site.name == MP)
PRINCIPAL = "alice@CONTOSO.LAB"
DOMAIN = "contoso.lab"
URL = f"http://{MP}/ccm_system_windowsauth/request"
SILENT_DEADLINE = 10    # seconds
CURL = ("curl", "--silent", "--show-error", "--output", "/dev/null", "--write-out",
        "%{http_code}", "--request", "CCM_POST")


class Failed(Exception):
    """A measured command did not do what it was measured for."""


def run(command, expected, text="", secret=None):
    """Run a command; its exit status must be expected and `text` must be in its output."""
    done = subprocess.run(command, stdin=secret or subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode not in expected or text not in done.stdout:
        raise Failed(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def separate_tools():
    """What an administrator types; each is a process of its own, one after the other."""
    for question in ((MP, "A"), ("-x", MP_ADDRESS), (f"_kerberos._tcp.{DOMAIN}", "SRV"),
                     (f"_ldap._tcp.dc._msdcs.{DOMAIN}", "SRV")):
        run(["dig", "+short", "@" + topology.RESOLVER, *question], (0,))
    password = os.path.join(os.environ["LAB"], "alice.password")
    # kinit starts the cache anew, so that no run finds tickets of the one before.
    with open(password) as secret:
        run(["kinit", PRINCIPAL], (0,), secret=secret)
    run(["kvno", "-S", "HTTP", MP], (0,), "kvno = ")
    run([*CURL, URL], (0,), "401")
    run([*CURL, "--negotiate", "--user", ":", URL], (0,), "200")


def check(program):
    run([program, "check", "--principal", PRINCIPAL, "--password-file",
         os.path.join(os.environ["LAB"], "alice.password"), "--resolver", topology.RESOLVER,
         MP], (0,))


def check_silent(program):
    """Nobody answers: 3, could not tell, or 2, as an unreachable MP is a failure itself."""
    silent = topology.SILENT
    run([program, "check", "--principal", PRINCIPAL, "--password-file",
         os.path.join(os.environ["LAB"], "alice.password"), "--resolver", silent,
         "--kdc", f"CONTOSO.LAB={silent}", "--deadline", str(SILENT_DEADLINE),
         "mp-silent.contoso.lab"], (2, 3))


def measure(program, runs):
    """Times in seconds. Alternating, so that what disturbs one kind disturbs the other too."""
    kinds = {"check": lambda: check(program), "tools": separate_tools,
             "version": lambda: run([program, "--version"], (0,))}
    for action in kinds.values():
        action()    # once unmeasured: files are read, caches of the servers filled
    times = {kind: [] for kind in kinds}
    for _ in range(runs):
        for kind, action in kinds.items():
            times[kind].append(seconds(action))
    times["silent"] = [seconds(lambda: check_silent(program))]
    return times


def milliseconds(values):
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median * 1000:8.1f} ms   (middle half {low * 1000:.1f} to {high * 1000:.1f})"


def report(times):
    check_times, tools = times["check"], times["tools"]
    silent = times["silent"][0]
    return "\n".join((
        f"runs                     {len(check_times)} of each, alternating",
        f"ccmprobe check           {milliseconds(check_times)}",
        f"separate tools           {milliseconds(tools)}",
        "check / tools            "
        f"{statistics.median(check_times) / statistics.median(tools):8.3f}",
        f"ratio of the fastest     {min(check_times) / min(tools):8.3f}",
        f"ccmprobe --version       {milliseconds(times['version'])}",
        f"all silent               {silent * 1000:8.0f} ms   (deadline {SILENT_DEADLINE} s: "
        f"{'kept' if silent <= SILENT_DEADLINE else 'MISSED'})"))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ccmprobe", default="ccmprobe", metavar="PATH")
    parser.add_argument("--runs", type=int, default=20, metavar="N")
    parser.add_argument("--json", metavar="FILE", help="also save every time, in seconds")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.runs < 2:
        parser.error("--runs: at least 2, or there is no median to speak of")
    return options


def main(arguments):
    options = parse(arguments)
    if not options.inside:
        # An absolute path, as the lab may run commands in another folder.
        program = options.ccmprobe
        if os.sep in program:
            program = os.path.abspath(program)
        arguments = arguments + ["--ccmprobe", program, "--inside"]
        os.execv(sys.executable, [sys.executable, LAB, "exec", "--", sys.executable,
                                  os.path.abspath(__file__), *arguments])
    try:
        times = measure(options.ccmprobe, options.runs)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    print(report(times))
    if options.json:
        with open(options.json, "w") as handle:
            json.dump(times, handle, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
