#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`ccmprobe spn` beside ldapsearch over a large forest: README.md.

The program starts itself again in a world of its own, as the lab does: a private slapd, KDC and DNS
server, and a client that is either on the same machine or at the end of a long line.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LAB_FOLDER = os.path.join(HERE, os.pardir, "lab")
sys.path.insert(0, LAB_FOLDER)
import forest_data as data      # noqa: E402
import isolation                # noqa: E402
import network                  # noqa: E402

DEFAULT_BUILD = os.path.join(HERE, os.pardir, os.pardir, "build", "bench-forest")
SERVER_ADDRESS = "10.78.0.2"
CLIENT_ADDRESS = "10.78.0.3"
PRINCIPAL = "reader@" + data.REALM
GC = f"ldap://{data.SERVER}:3268"
START_LIMIT = 60            # seconds until a server answers
PATIENCE = 900              # seconds until a command counts as hanging
FILTER = "(servicePrincipalName=HTTP/*)"
ATTRIBUTES = ("sAMAccountName", "objectClass", "servicePrincipalName", "userAccountControl",
              "dNSHostName", "objectGUID")
AIM_FAR = 3                 # times as fast as ldapsearch
AIM_MEMORY = 64             # MiB
DUPLICATE_ROWS = 2 * data.DUPLICATES


class Failed(Exception):
    """A measured command did not do what it was measured for."""


def parse(arguments):
    parser = argparse.ArgumentParser(prog="forest.py", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ccmprobe", default="ccmprobe", metavar="PATH")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each in each place")
    parser.add_argument("--accounts", type=int, default=data.ACCOUNTS, metavar="N")
    parser.add_argument("--delay", type=float, default=40, metavar="MS", help="round trip")
    parser.add_argument("--build", default=DEFAULT_BUILD, metavar="DIR")
    parser.add_argument("--result", metavar="FILE", help="save every measurement as JSON")
    parser.add_argument("--hold", action="store_true",
                        help="start the servers and a shell on the near client instead")
    options = parser.parse_args(arguments)
    if options.accounts < 2 * data.USERS:
        parser.error(f"--accounts: at least {2 * data.USERS}")
    return options


# ------------------------------------------------------------------------------------------------
# Servers

def _run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def _write(path, text):
    with open(path, "w") as handle:
        handle.write(text)


def load(folder, accounts):
    """The database, made once and kept until what it is made of changes."""
    with open(data.__file__, "rb") as handle:
        digest = hashlib.sha256(handle.read() + str(accounts).encode()).hexdigest()
    stamp = os.path.join(folder, "stamp")
    if os.path.exists(stamp):
        with open(stamp) as handle:
            if handle.read() == digest:
                return
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "data"))
    _write(os.path.join(folder, "schema.conf"), data.schema())
    _write(os.path.join(folder, "rootdse.ldif"), data.ROOT_DSE)
    _write(os.path.join(folder, "slapd.conf"), data.configuration(folder))
    print(f"bench: loading {accounts} accounts, a minute or two", file=sys.stderr)
    with open(os.path.join(folder, "slapadd.log"), "w") as log, \
            subprocess.Popen(["slapadd", "-q", "-f", os.path.join(folder, "slapd.conf")],
                             stdin=subprocess.PIPE, stdout=log, stderr=log, text=True) as process:
        data.write(process.stdin, accounts)
        process.stdin.close()
        if process.wait() != 0:
            raise Failed(f"slapadd: status {process.returncode}, see {log.name}")
    _write(stamp, digest)


def make_realm(folder):
    """A realm with the reader and the directory's service; its KDC's environment."""
    os.makedirs(folder)
    _write(os.path.join(folder, "krb5.conf"), f"""[libdefaults]
    default_realm = {data.REALM}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    {data.REALM} = {{
        kdc = {SERVER_ADDRESS}
    }}
[domain_realm]
    {data.DOMAIN} = {data.REALM}
""")
    _write(os.path.join(folder, "kdc.conf"), f"""[realms]
    {data.REALM} = {{
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        kdc_listen = {SERVER_ADDRESS}:88
        kdc_tcp_listen = {SERVER_ADDRESS}:88
        supported_enctypes = aes256-cts:normal
        master_key_type = aes256-cts
    }}
""")
    environment = {**os.environ, "KRB5_CONFIG": f"{folder}/krb5.conf",
                   "KRB5_KDC_PROFILE": f"{folder}/kdc.conf",
                   "KRB5_KTNAME": f"{folder}/ldap.keytab",
                   "KRB5CCNAME": f"FILE:{folder}/ccache"}
    _run(["kdb5_util", "create", "-s", "-P", "of no use to anybody"], env=environment)
    for principal, keytab in ((PRINCIPAL, "reader"), (f"ldap/{data.SERVER}", "ldap")):
        _run(["kadmin.local", "-q", f"addprinc -randkey {principal}"], env=environment)
        _run(["kadmin.local", "-q", f"ktadd -k {folder}/{keytab}.keytab {principal}"],
             env=environment)
    return environment


def _dns_conf():
    place = f"{data.DOMAIN},{data.SERVER}"
    lines = ["no-resolv", "no-hosts", "keep-in-foreground", f"local=/{data.DOMAIN}/",
             "bind-interfaces", f"listen-address={SERVER_ADDRESS}", "user=", "pid-file=",
             f"host-record={data.SERVER},{SERVER_ADDRESS}"]
    for service, port in (("_kerberos._udp", 88), ("_kerberos._tcp", 88), ("_gc._tcp", 3268),
                          ("_ldap._tcp.dc._msdcs", 389)):
        lines.append(f"srv-host={service}.{place},{port}")
    return "\n".join(lines) + "\n"


class World:
    """The servers, on one node, and another node at the end of the line."""

    def __init__(self, options):
        self.folder = os.path.abspath(options.build)
        self.private = os.path.join(isolation.RUN, "bench")
        self.processes = []
        isolation.prepare(SERVER_ADDRESS)
        load(os.path.join(self.folder, "slapd"), options.accounts)
        self.environment = make_realm(self.private)
        network.create({"server": [SERVER_ADDRESS], "client": [CLIENT_ADDRESS]}, remote="client")
        self._start_servers(options.delay)

    def _start(self, name, node, command):
        log = open(os.path.join(self.folder, name + ".log"), "w")
        self.processes.append(subprocess.Popen(network.inside(node, command), stdout=log,
                                               stderr=log, stdin=subprocess.DEVNULL,
                                               env=self.environment))

    def _start_servers(self, delay):
        configuration = os.path.join(self.private, "dnsmasq.conf")
        _write(configuration, _dns_conf())
        self._start("relay", network.RELAY, [sys.executable, os.path.join(LAB_FOLDER, "relay.py"),
                                             str(delay), "near", "far"])
        self._start("dns", "server", ["dnsmasq", "--conf-file=" + configuration])
        self._start("kdc", "server", ["krb5kdc", "-n"])
        urls = f"ldap://{SERVER_ADDRESS}:389 ldap://{SERVER_ADDRESS}:3268"
        self._start("slapd", "server", ["slapd", "-d", "0", "-h", urls, "-f",
                                        os.path.join(self.folder, "slapd", "slapd.conf")])
        ports = [f"{SERVER_ADDRESS}:{port}" for port in (88, 389, 3268, 53)]
        _run(network.inside("client", [sys.executable, os.path.join(LAB_FOLDER, "wait_ports.py"),
                                       str(START_LIMIT), *ports]))

    def measure(self, node, command, output):
        """Wall time, CPU time and peak memory of a command, and its exit status."""
        usage = output + ".usage"
        launcher = [sys.executable, "-S", "-E", os.path.join(HERE, "usage.py"), usage]
        with open(output, "w") as handle, open(output + ".err", "w") as errors:
            subprocess.run(network.inside(node, [*launcher, *command]), stdout=handle,
                           stderr=errors, env=self.environment, timeout=PATIENCE, check=True)
        with open(usage) as handle:
            return json.load(handle)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()


# ------------------------------------------------------------------------------------------------
# Measurements

def _problem(output, words):
    with open(output + ".err") as handle:
        return Failed(f"{words}: {handle.read().strip()[-2000:]}")


def ldapsearch(world, node):
    """What an administrator would type; its list is counted and thrown away."""
    output = os.path.join(world.private, "ldapsearch." + node)
    command = ["ldapsearch", "-LLL", "-Q", "-N", "-Y", "GSSAPI", "-H", GC, "-b", "",
               "-E", "pr=1000/noprompt", FILTER, *ATTRIBUTES]
    result = world.measure(node, command, output)
    with open(output) as handle:
        result["entries"] = sum(line.startswith("dn:") for line in handle)
    os.remove(output)
    if result["status"] != 0:
        raise _problem(output, f"ldapsearch: status {result['status']}")
    return result


def spn(world, node, program):
    """The list must be whole, and hold what was arranged."""
    output = os.path.join(world.private, "spn." + node)
    command = [program, "spn", "--principal", PRINCIPAL, "--keytab",
               os.path.join(world.private, "reader.keytab"), "--kdc",
               f"{data.REALM}={SERVER_ADDRESS}", "--dc", data.SERVER, "--format", "json",
               "--show-queries", "--deadline", str(PATIENCE)]
    result = world.measure(node, command, output)
    with open(output) as handle:
        text = handle.read()
    if result["status"] != 2:
        raise _problem(output, f"ccmprobe spn: status {result['status']}\n{text[:2000]}")
    report = json.loads(text)
    found = [row["problem"] for row in report["found"]]
    counts = {word: found.count(word) for word in ("duplicate", "orphan", "service-account")}
    expected = {"duplicate": DUPLICATE_ROWS, "orphan": data.ORPHANS,
                "service-account": data.SERVICES}
    if counts != expected or not report["complete"]:
        raise Failed(f"ccmprobe spn: found {counts} instead of {expected}; "
                     f"{report['incomplete_because']}")
    result["entries"] = sum(place["accounts"] for place in report["forests"])
    return result


def measure(world, options):
    results = {}
    for place, node in (("near", "server"), ("far", "client")):
        results[place] = {"spn": [], "ldapsearch": []}
        spn(world, node, options.ccmprobe)      # once unmeasured: the server's pages are in memory
        for _ in range(options.runs):
            results[place]["spn"].append(spn(world, node, options.ccmprobe))
            results[place]["ldapsearch"].append(ldapsearch(world, node))
        for one in results[place]["spn"] + results[place]["ldapsearch"]:
            if one["entries"] != options.accounts - data.USERS + data.SERVICES:
                raise Failed(f"{place}: {one['entries']} entries")
    return results


def _row(name, runs, accounts):
    wall, cpu, memory = (statistics.median([one[key] for one in runs])
                         for key in ("wall", "cpu", "memory"))
    return (f"    {name:16}{wall:8.1f} s{accounts / wall:12.0f}/s{cpu:9.2f} s"
            f"{memory / (1 << 20):9.1f} MiB")


def _ratio(kinds, key):
    """ldapsearch's by ccmprobe's, of the runs one after the other."""
    return statistics.median([other[key] / one[key]
                              for one, other in zip(kinds["spn"], kinds["ldapsearch"])])


def text(results, delay):
    """Lines for people: README.md says how to read them."""
    places = {"near": "on loopback", "far": f"with {delay:.0f} ms of round trip"}
    yield ("HTTP SPNs of a large forest (aims: as fast as ldapsearch on loopback with half its "
           "CPU time,")
    yield f"{AIM_FAR} times as fast with {delay:.0f} ms, below {AIM_MEMORY} MiB)"
    for place, kinds in results.items():
        accounts = kinds["spn"][0]["entries"]
        yield f"  {places[place]}, {accounts} entries, {len(kinds['spn'])} runs of each in turn"
        yield f"    {'':16}{'wall':>10}{'entries':>14}{'CPU':>11}{'peak':>13}"
        yield _row("ccmprobe spn", kinds["spn"], accounts)
        yield _row("ldapsearch", kinds["ldapsearch"], accounts)
        yield (f"    ccmprobe is {_ratio(kinds, 'wall'):.2f} times as fast, with "
               f"{1 / _ratio(kinds, 'cpu'):.2f} of the CPU time")


def inside(options):
    world = World(options)
    with contextlib.ExitStack() as stack:
        stack.callback(world.stop)
        _run(network.inside("server", ["kinit", "-k", "-t", os.path.join(
            world.private, "reader.keytab"), PRINCIPAL]), env=world.environment)
        if options.hold:
            return subprocess.run(network.inside("server", [os.environ.get("SHELL", "/bin/sh")]),
                                  env=world.environment, check=False).returncode
        results = measure(world, options)
    if options.result:
        with open(options.result, "w") as handle:
            json.dump(results, handle, indent=2)
    print("\n".join(text(results, options.delay)))
    return 0


def main(arguments):
    options = parse(arguments)
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    if isolation.is_inside():
        return inside(options)
    return isolation.enter(os.path.abspath(options.build), arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Failed, isolation.LabError) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
