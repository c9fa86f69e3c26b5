"""Makes the recordings of captures/samples: lab.py samples DIR

Half of them are scenarios; the others play a client with kinit, kvno and curl. Programs that the
lab does not need otherwise: curl, editcap (of Wireshark), gzip, zstd.
"""

import contextlib
import os
import subprocess
import sys

import network
import scenarios
import topology
from isolation import CLIENT_FOLDER, LabError
from record import recorded
from runner import find_program

HERE = os.path.dirname(os.path.abspath(__file__))
REQUEST = os.path.join(HERE, os.pardir, "fuzz", "corpus", "ccm_message", "request.bin")
WINDOWS = "/ccm_system_windowsauth/request"
MACHINE = ("WK01$@CONTOSO.LAB", f"{CLIENT_FOLDER}/wk01.keytab")
CHILD_MACHINE = ("WK02-020-51W$@CHILD.A2003.VM.LOCAL",
                 f"{CLIENT_FOLDER}/CHILD.A2003.VM.LOCAL.keytab")

# Scenario of the exchange alone -> file; what the name ends in tells the format.
OF_SCENARIOS = (
    ("healthy-machine", "healthy.pcapng"),
    ("spn-on-user", "spn-on-user.pcapng"),
    ("child-to-parent", "child-to-parent.pcap"),
    ("spn-missing", "spn-missing.pcapng.gz"),
    ("alias", "alias.pcapng"),
    ("clock-mp", "clock-mp.cap"),
    ("silent-remote-kdc", "silent-kdc.pcapng.zst"),
    ("anonymous-accepted", "anonymous-accepted.pcapng"),
    ("other-forest", "other-forest.pcapng"),
)


class Client:
    """A machine that signs in and sends requests as an agent does."""

    def __init__(self, world, name):
        self.world = world
        self.environment = {"KRB5CCNAME": f"FILE:{CLIENT_FOLDER}/sample-{name}"}

    def run(self, *command):
        done = self.world.run(command, self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise LabError(f"{command[0]}: {done.stderr.decode()}")

    def sign_in(self, principal, keytab):
        self.run("kinit", "-k", "-t", keytab, principal)

    def post(self, url, *requests, body=os.devnull):
        """One request after the other over one connection, each with its options of curl."""
        command = ["curl"]
        for options in requests:
            command += ["--next"] if len(command) > 1 else []
            command += ["--silent", "--show-error", "--max-time", "10", "--output", os.devnull,
                        "--request", "CCM_POST", "--user-agent", "ccmhttp", *options]
            with open(body, "rb") as handle:
                first = handle.readline().strip().decode()
            if first:
                command += ["--header", f'Content-Type: multipart/mixed; boundary="{first[2:]}"',
                            "--data-binary", "@" + body]
            command.append(url)
        self.run(*command)


NEGOTIATE = ("--negotiate", "--user", ":")


@contextlib.contextmanager
def _server(kind, address, port):
    """A scripted MP at another port of one that there is."""
    command = [sys.executable, os.path.join(HERE, "scripted.py"), f"{kind}={address}:{port}"]
    with subprocess.Popen(network.inside("web", command)) as server:
        waiting = [sys.executable, os.path.join(HERE, "wait_ports.py"), "10", f"{address}:{port}"]
        subprocess.run(network.inside("client", waiting), check=True)
        try:
            yield
        finally:
            server.kill()


def _address(name):
    return next(site.address for site in topology.SITES if site.name == name)


def registration(world, path):
    """Referral, ticket, the message of a registration, and the approval."""
    client = Client(world, "registration")
    mp = topology.PARENT_MP
    with _server("approves", _address(mp), 8530), recorded(path):
        client.sign_in(*CHILD_MACHINE)
        client.post(f"http://{mp}:8530{WINDOWS}", (), NEGOTIATE, body=REQUEST)


def ntlm(world, path):
    """The client has the ticket, and signs in with NTLM all the same."""
    client = Client(world, "ntlm")
    mp = "mp.contoso.lab"
    with _server("takes-ntlm", _address(mp), 8530), recorded(path):
        client.sign_in(*MACHINE)
        client.run("kvno", "HTTP/" + mp)
        client.post(f"http://{mp}:8530{WINDOWS}", (), ("--ntlm", "--user", "CONTOSO\\WK01$:none"))


def cached_ticket(world, path):
    """The ticket was there before the recording began."""
    client = Client(world, "cached")
    client.sign_in(*MACHINE)
    client.run("kvno", "HTTP/mp.contoso.lab")
    with recorded(path):
        client.post("http://mp.contoso.lab" + WINDOWS, (), NEGOTIATE)


def several_clients(world, path):
    """Recorded on the MP: two that are let in, one that does not come back after the 401, and one
    that asks for the MP under another name."""
    other = "mp-user.contoso.lab"
    clients = [("10.77.1.201", "mp.contoso.lab", ((), NEGOTIATE)),
               ("10.77.1.202", "mp.contoso.lab", ((), NEGOTIATE)),
               ("10.77.1.203", "mp.contoso.lab", ((),)),
               ("10.77.1.204", other, ((), NEGOTIATE))]
    with recorded(path, "web"):
        for address, name, requests in clients:
            client = Client(world, address)
            client.run("ip", "address", "add", f"{address}/{topology.PREFIX_LENGTH}",
                       "dev", "eth0")
            client.sign_in(*MACHINE)
            there = ("--interface", address, "--connect-to", f"{other}:80:mp.contoso.lab:80")
            client.post(f"http://{name}{WINDOWS}", *((*options, *there) for options in requests))
            client.run("ip", "address", "del", f"{address}/{topology.PREFIX_LENGTH}",
                       "dev", "eth0")


PLAYED = ((registration, "registration.pcapng"), (ntlm, "ntlm.pcapng"),
          (cached_ticket, "cached-ticket.pcapng"), (several_clients, "several-clients.pcapng"))


def _convert(recording, path):
    """From what the recorder writes to the format that the file's name says."""
    plain = path.removesuffix(".gz").removesuffix(".zst")
    kind = {".pcap": "pcap", ".cap": "netmon2"}.get(os.path.splitext(plain)[1], "pcapng")
    subprocess.run(["editcap", "-F", kind, recording, plain], check=True)
    if path.endswith(".gz"):
        subprocess.run(["gzip", "--best", "--no-name", "--force", plain], check=True)
    elif path.endswith(".zst"):
        subprocess.run(["zstd", "--quiet", "--rm", "--force", "-19", plain], check=True)


def _of_scenario(world, program, scenario, path):
    with recorded(path):
        world.run([program, "check", "--no-directory", "-o", os.devnull, *scenario.arguments],
                  {"KRB5CCNAME": f"FILE:{CLIENT_FOLDER}/none", **dict(scenario.environment)},
                  stdin=subprocess.DEVNULL)


def make(world, options):
    program = find_program(options.ccmprobe)
    os.makedirs(options.folder, exist_ok=True)
    recording = f"{CLIENT_FOLDER}/sample.pcap"
    for name, file in OF_SCENARIOS:
        _of_scenario(world, program, scenarios.table(True)[name], recording)
        _convert(recording, os.path.join(options.folder, file))
    for play, file in PLAYED:
        play(world, recording)
        _convert(recording, os.path.join(options.folder, file))
    return 0
