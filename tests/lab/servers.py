"""Start every server of the lab in its node and wait until all of them answer."""

import os
import subprocess
import sys

import apache
import isolation
import network
import realms
import samba_conf
import topology
from isolation import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
START_LIMIT = 30    # seconds; a start takes about two on an idle machine


class Daemons:
    """The running servers. They need no stopping: they end with the world they live in."""

    def __init__(self, logs):
        self.logs = logs
        self.running = []

    def start(self, node, name, command, environment=None, clock=""):
        if clock:
            command = ["faketime", "-m", "-f", clock, *command]
        path = os.path.join(self.logs, name + ".log")
        with open(path, "w") as log:
            # A session of its own: Apache kills its whole process group when it ends, and Ctrl-C
            # in a terminal must not reach the servers.
            process = subprocess.Popen(network.inside(node, command), stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, env=environment,
                                       start_new_session=True)
        self.running.append((name, path, process))

    def check(self):
        for name, path, process in self.running:
            if process.poll() is not None:
                with open(path) as log:
                    text = log.read().strip()
                raise LabError(f"{name} ended with status {process.returncode} ({path}):\n{text}")


def _resolver_conf():
    """dnsmasq hands each AD domain to its DC and knows the other names itself."""
    yield from ("no-resolv", "no-hosts", "bind-interfaces", "cache-size=0",
                "listen-address=" + topology.RESOLVER,
                "local=/#/")    # NXDOMAIN for the rest of the world
    for forest in topology.FORESTS.values():
        yield f"server=/{forest.domain}/{forest.dc_address}"
        yield f"rev-server={forest.network}.0/24,{forest.dc_address}"
    for realm in topology.REALMS.values():
        yield f"host-record={realm.kdc_fqdn},{realm.address}"
        for protocol in ("udp", "tcp"):
            yield f"srv-host=_kerberos._{protocol}.{realm.domain},{realm.kdc_fqdn},88"
    for name, address in topology.records_outside_forests():
        yield f"host-record={name},{address}"


def _start_resolver(daemons):
    path = os.path.join(isolation.RUN, "dnsmasq.conf")
    with open(path, "w") as handle:
        handle.writelines(line + "\n" for line in _resolver_conf())
    network.allow_low_ports("dns")
    daemons.start("dns", "dnsmasq", network.unprivileged(
        ["dnsmasq", "--keep-in-foreground", "--conf-file=" + path, "--pid-file=",
         "--log-facility=-"]))


def _start_domain_controllers(daemons, image):
    for forest in topology.FORESTS.values():
        folder = os.path.join(image, forest.node)
        conf = samba_conf.write(forest, folder, os.path.join(image, "tls"))
        # Samba's KDC wants a krb5.conf, and the machine's own one is none of its business.
        daemons.start(forest.node, forest.node,
                      ["samba", "-F", "--debug-stdout", "--no-process-group", "-M", "single", "-s",
                       conf],
                      {**os.environ, "KRB5_CONFIG": os.path.join(folder, "krb5.conf")})


def _start_kdcs(daemons, image):
    for realm in topology.REALMS.values():
        folder = os.path.join(image, realm.node)
        realms.configure(realm, folder)
        daemons.start(realm.node, realm.node, ["krb5kdc", "-n", "-r", realm.realm],
                      realms.environment(folder), realm.clock)


def _start_web_servers(daemons, image):
    network.allow_low_ports("web")
    folder = os.path.join(isolation.RUN, "apache")
    environment = {**os.environ, "KRB5_CONFIG": isolation.KRB5_CONF,
                   "KRB5RCACHENAME": "none:"}
    for name, clock, path in apache.configure(folder, image, daemons.logs):
        daemons.start("web", name, network.unprivileged(apache.command(path)),
                      environment, clock)


def _start_scripted(daemons):
    places = [f"{site.kind}={site.address}" for site in topology.SITES
              if site.kind in topology.SCRIPTED_KINDS]
    dc = topology.FORESTS["CONTOSO.LAB"].dc_address
    daemons.start("scripted", "scripted", [sys.executable, os.path.join(HERE, "scripted.py"),
                                           f"garbage-kdc={topology.GARBAGE_KDC}:88",
                                           f"udp-relay={topology.UDP_KDC}:88:{dc}",
                                           f"failing-dns={topology.FAILING_DNS}:53", *places])


def _expected_ports():
    places = [f"{topology.RESOLVER}:53", f"{topology.GARBAGE_KDC}:88"]
    for forest in topology.FORESTS.values():
        places += [f"{forest.dc_address}:{port}" for port in (53, 88, 389)]
    places += [f"{realm.address}:88" for realm in topology.REALMS.values()]
    for site in topology.SITES:
        if site.kind in apache.KINDS or site.kind in topology.SCRIPTED_KINDS:
            places += [f"{site.address}:{port}" for port in apache.ports(site)]
    return places


def _wait(daemons):
    waiter = subprocess.Popen(
        network.inside("client", [sys.executable, os.path.join(HERE, "wait_ports.py"),
                                  str(START_LIMIT), *_expected_ports()]),
        stdout=subprocess.PIPE, text=True)
    while True:
        try:
            output, _ = waiter.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            daemons.check()
    daemons.check()
    if waiter.returncode != 0:
        raise LabError(f"the servers did not start: {output.strip()} (logs: {daemons.logs})")


def start(image, logs, delay):
    daemons = Daemons(logs)
    if delay:
        daemons.start(network.RELAY, "relay", [sys.executable, os.path.join(HERE, "relay.py"),
                                               str(delay), "near", "far"])
    _start_domain_controllers(daemons, image)
    _start_resolver(daemons)
    _start_kdcs(daemons, image)
    _start_web_servers(daemons, image)
    _start_scripted(daemons)
    _wait(daemons)
    return daemons
