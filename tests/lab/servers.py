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


def _kdc_records(domain, kdc):
    for protocol in ("udp", "tcp"):
        yield f"srv-host=_kerberos._{protocol}.{domain},{kdc},88"


def _directory_records(domain, servers):
    """The SRV records by which DCs and GCs are found: the first server has the best priority."""
    site = "Default-First-Site-Name._sites."
    for priority, server in enumerate(servers):
        for place in ("", site):
            for label, port in (("_ldap._tcp.{}dc._msdcs.", 389), ("_ldap._tcp.{}gc._msdcs.", 3268),
                                ("_ldap._tcp.{}", 389), ("_gc._tcp.{}", 3268)):
                yield f"srv-host={label.format(place)}{domain},{server},{port},{priority},100"


def _resolver_conf(address):
    """dnsmasq hands each AD domain to its DC and knows the other names itself."""
    yield from ("no-resolv", "no-hosts", "bind-interfaces", "cache-size=0",
                "listen-address=" + address,
                "local=/#/")    # NXDOMAIN for the rest of the world
    for forest in topology.FORESTS.values():
        yield f"server=/{forest.domain}/{forest.dc_address}"
        yield f"rev-server={forest.network}.0/24,{forest.dc_address}"
        if forest.guard:
            guard = f"kdc-{forest.dc}.{forest.domain}"
            yield f"host-record={guard},{forest.guard}"
            yield from _kdc_records(forest.domain, guard)
    for realm in topology.REALMS.values():
        yield f"host-record={realm.kdc_fqdn},{realm.address}"
        yield from _kdc_records(realm.domain, realm.kdc_fqdn)
        if realm.directory:
            yield f"host-record=dc.{realm.domain},{realm.directory}"
            yield from _directory_records(realm.domain, ["dc." + realm.domain])
    for absent in topology.ABSENT.values():
        server = "dc." + absent.domain
        yield f"host-record={server},{topology.ABSENT_DC}"
        yield from _kdc_records(absent.domain, server)
        yield from _directory_records(absent.domain, [server])
    for name, address in topology.records_outside_forests():
        yield f"host-record={name},{address}"


def _dc_down_conf():
    """Records known here go before those of the domain's own servers."""
    yield from _resolver_conf(topology.RESOLVER_DC_DOWN)
    contoso = topology.FORESTS["CONTOSO.LAB"]
    yield from _directory_records(contoso.domain, [*topology.DOWN_DCS, contoso.dc_fqdn])


def _start_resolvers(daemons):
    network.allow_low_ports("dns")
    for name, lines in (("dnsmasq", _resolver_conf(topology.RESOLVER)),
                        ("dnsmasq-dc-down", _dc_down_conf())):
        path = os.path.join(isolation.RUN, name + ".conf")
        with open(path, "w") as handle:
            handle.writelines(line + "\n" for line in lines)
        daemons.start("dns", name, network.unprivileged(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=" + path, "--pid-file=",
             "--log-facility=-"]))


def _start_samba(daemons, image, forest, node, name, services, address=None):
    folder = os.path.join(image, name)
    conf = samba_conf.write(forest, folder, os.path.join(image, "tls"), services, address)
    # Samba's KDC wants a krb5.conf, and the machine's own one is none of its business.
    daemons.start(node, name,
                  ["samba", "-F", "--debug-stdout", "--no-process-group", "-M", "single",
                   "-s", conf],
                  {**os.environ, "KRB5_CONFIG": os.path.join(folder, "krb5.conf")})


def _start_domain_controllers(daemons, image):
    for forest in topology.FORESTS.values():
        parts = {forest.node: samba_conf.ALL_SERVICES}
        if forest.is_selective:     # see domains.build
            parts = {forest.node: [name for name in samba_conf.ALL_SERVICES if name != "kdc"],
                     forest.node + "-kdc": ["kdc"]}
        for name, services in parts.items():
            _start_samba(daemons, image, forest, forest.node, name, services)
        if forest.guard:
            daemons.start(forest.node, "guard",
                          [sys.executable, os.path.join(HERE, "guard.py"), forest.guard,
                           forest.dc_address, forest.realm, *topology.REFUSED_BY_GUARD])


def _start_replica(daemons, image):
    replica = topology.REPLICA
    _start_samba(daemons, image, topology.FORESTS[replica.realm], replica.name, replica.name,
                 ["ldap"], replica.address)


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
    places = [f"{topology.RESOLVER}:53", f"{topology.RESOLVER_DC_DOWN}:53",
              f"{topology.GARBAGE_KDC}:88", f"{topology.REPLICA.address}:389"]
    for forest in topology.FORESTS.values():
        places += [f"{forest.dc_address}:{port}" for port in (53, 88, 389)]
        if forest.guard:
            places.append(forest.guard + ":88")
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
    _start_replica(daemons, image)
    _start_resolvers(daemons)
    _start_kdcs(daemons, image)
    _start_web_servers(daemons, image)
    _start_scripted(daemons)
    _wait(daemons)
    return daemons
