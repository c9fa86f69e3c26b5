"""What the lab consists of: forests, trusts, realms, hosts and addresses.

Only data lives here and in accounts.py; every other module reads it. Names say what is wrong with
a host, so that a scenario reads by itself. Two rules keep the arranged faults exact:

* Short host names are unique over all domains, and a host that shall have no SPN matches no
  computer account: Samba's KDC falls back from HTTP/x.y to an account named X$.
* A domain's hosts live in a /24 of their own, so that each domain serves its own reverse zone.
"""

from dataclasses import dataclass, field

PREFIX_LENGTH = 16
RESOLVER = "10.77.0.1"
RESOLVER_DC_DOWN = "10.77.0.2"  # the same names, but CONTOSO's first two DCs are down
SILENT = "10.77.0.66"       # receives packets and never answers
GARBAGE_KDC = "10.77.0.67"  # accepts connections to port 88 and answers nonsense
UDP_KDC = "10.77.0.68"      # a way to CONTOSO.LAB's KDC on which a firewall refuses TCP
FAILING_DNS = "10.77.0.69"  # answers every question with SERVFAIL
CLIENT = "10.77.1.10"
CLIENT_IN_CHILD = "10.77.4.10"

# Lab-only secrets. The runner checks that none of them shows up in any output.
ADMIN_PASSWORD = "Adm1n-of-the-lab"
ALICE_PASSWORD = "alice-Tru5ts-the-lab"
WRONG_PASSWORD = "not-Alices-Passw0rd"
DISABLED_PASSWORD = "carol-Left-us-2019"
LOCKED_PASSWORD = "dave-Guessed-t00-often"
EXPIRED_PASSWORD = "erin-Has-to-change-1t"
MACHINE_PASSWORD = "machine-Secr3t-%s"
SERVICE_PASSWORD = "service-Secr3t-%s"
TRUST_PASSWORD = "trust-Secr3t-of-two-forests"
MASTER_PASSWORD = "master-K3y-of-a-realm"
SECRETS = [ADMIN_PASSWORD, ALICE_PASSWORD, WRONG_PASSWORD, DISABLED_PASSWORD, LOCKED_PASSWORD,
           EXPIRED_PASSWORD, TRUST_PASSWORD, MASTER_PASSWORD, "machine-Secr3t-", "service-Secr3t-"]


# trustAttributes and trustDirection, as [MS-ADTS] 6.1.6.7.9 and 6.1.6.7.12 have them.
EXTERNAL_TRUST = 0x4        # QUARANTINED_DOMAIN: what an external trust has
FOREST_TRUST = 0x8          # FOREST_TRANSITIVE
SELECTIVE = 0x10            # CROSS_ORGANIZATION
OUTBOUND, BOTH_WAYS = 2, 3

# Flags of a top level name in msDS-TrustForestTrustInfo, [MS-ADTS] 6.1.6.9.3.
DISABLED_BY_ADMIN = 0x2
DISABLED_BY_CONFLICT = 0x4


@dataclass(frozen=True)
class Suffix:
    """A name that a trusted forest owns besides its own domain's, or (`excluded`) does not own."""
    name: str
    flags: int = 0
    excluded: bool = False


@dataclass(frozen=True)
class Trust:
    """One domain's view of a trust: its trustedDomain object."""
    partner: str                # the realm of the other side
    attributes: int
    direction: int = BOTH_WAYS
    suffixes: tuple = ()


@dataclass(frozen=True)
class Domain:
    """An AD domain as others know it. The SID is fixed so that trusts need no order."""
    realm: str
    flat: str
    sid: str

    @property
    def domain(self):
        return self.realm.lower()


@dataclass(frozen=True)
class Forest(Domain):
    """A Samba AD domain, a forest by itself.

    `guard`: the address that DNS names for the KDC, where guard.py stands before the DC's own. It
    enforces what Samba cannot: selective authentication.
    """
    dc: str
    network: str
    trusts: tuple = ()
    guard: str = ""

    @property
    def dc_address(self):
        return self.network + ".1"

    @property
    def dc_fqdn(self):
        return f"{self.dc}.{self.domain}"

    @property
    def node(self):
        return self.dc

    @property
    def is_selective(self):
        return any(trust.attributes & SELECTIVE for trust in self.trusts)

    @property
    def base_dn(self):
        return ",".join("DC=" + label for label in self.domain.split("."))


FORESTS = {forest.realm: forest for forest in (
    Forest("CONTOSO.LAB", "CONTOSO", "S-1-5-21-1001-2001-3001", "dc1", "10.77.1", (
        Trust("FABRIKAM.LAB", FOREST_TRUST, suffixes=(
            Suffix("litware.lab"),
            Suffix("wingtip.lab", DISABLED_BY_ADMIN),
            Suffix("proseware.lab", DISABLED_BY_CONFLICT),
            Suffix("sales.fabrikam.lab", excluded=True))),
        Trust("NORTHWIND.LAB", EXTERNAL_TRUST),
        Trust("TAILSPIN.LAB", FOREST_TRUST),
        Trust("ADATUM.LAB", FOREST_TRUST, OUTBOUND))),
    Forest("FABRIKAM.LAB", "FABRIKAM", "S-1-5-21-1002-2002-3002", "dc2", "10.77.2",
           (Trust("CONTOSO.LAB", FOREST_TRUST),)),
    Forest("NORTHWIND.LAB", "NORTHWIND", "S-1-5-21-1003-2003-3003", "dc3", "10.77.3",
           (Trust("CONTOSO.LAB", EXTERNAL_TRUST),)),
    # The trusting side is where selective authentication is switched on.
    Forest("TAILSPIN.LAB", "TAILSPIN", "S-1-5-21-1004-2004-3004", "dc4", "10.77.5",
           (Trust("CONTOSO.LAB", FOREST_TRUST | SELECTIVE),), guard="10.77.5.2"),
)}

@dataclass(frozen=True)
class Replica:
    """A second domain controller of a forest to which a change has not come yet: it still shows
    the SPN on the account. It serves LDAP alone."""
    realm: str
    name: str
    address: str
    spn: str
    account: str

    @property
    def fqdn(self):
        return f"{self.name}.{self.realm.lower()}"


REPLICA = Replica("CONTOSO.LAB", "dc7", "10.77.1.7", "HTTP/mp.contoso.lab", "svc-port")


# Partners without servers: the KDC of CONTOSO refuses before anybody would ask theirs. They exist
# in DNS, with a domain controller that refuses connections.
ABSENT = {domain.realm: domain for domain in (
    Domain("ADATUM.LAB", "ADATUM", "S-1-5-21-1005-2005-3005"),
)}
ABSENT_DC = "10.77.4.40"


def partner(trust):
    return FORESTS.get(trust.partner) or ABSENT[trust.partner]


@dataclass(frozen=True)
class Realm:
    """An MIT realm. Its KDC refers hosts below `refers` domains to the named realms."""
    realm: str
    kdc: str
    address: str
    refers: tuple = ()      # (".domain", realm)
    principals: tuple = ()  # random keys, kept in REALM.keytab
    passwords: tuple = ()   # (principal, password)
    clock: str = ""         # an offset as faketime takes it
    directory: str = ""     # the address of a DC that DNS names for LDAP

    @property
    def domain(self):
        return self.realm.lower()

    @property
    def node(self):
        return self.kdc

    @property
    def kdc_fqdn(self):
        return f"{self.kdc}.{self.domain}"


def _http(host):
    """MIT compares principals with regard to case, and an MP's name may be written in capitals."""
    return tuple(dict.fromkeys(f"{service}/{name}" for service in ("HTTP", "host", "HOST")
                               for name in (host, host.lower())))


PARENT_MP = "SMS4-120-52S.A2003.VM.local"
CHILD_CLIENT = "WK02-020-51W.Child.A2003.VM.local"

REALMS = {realm.realm: realm for realm in (
    Realm("CHILD.A2003.VM.LOCAL", "kdc-child", "10.77.4.1",
          refers=((".a2003.vm.local", "A2003.VM.LOCAL"), (".late.vm.local", "LATE.VM.LOCAL")),
          principals=("WK02-020-51W$", "host/" + CHILD_CLIENT.lower())),
    Realm("A2003.VM.LOCAL", "kdc-parent", "10.77.4.2", principals=_http(PARENT_MP)),
    Realm("LATE.VM.LOCAL", "kdc-late", "10.77.4.3", principals=_http("mp-late.late.vm.local"),
          clock="+10m"),
    # A realm whose servers all are ten minutes behind: seen from them, the client is ahead. A
    # wrong clock of ccmprobe itself is not possible: libfaketime hangs a program with ASan inside.
    Realm("BEHIND.LAB", "kdc-behind", "10.77.4.8", principals=_http("mp-behind.behind.lab"),
          passwords=(("alice", ALICE_PASSWORD),), clock="-10m"),
    # The client of the loop comes from a third realm: a KDC refuses its own clients when they
    # come back with a ticket of another realm (KDC_ERR_POLICY), which would end the loop.
    Realm("HOME.LAB", "kdc-home", "10.77.4.7", refers=((".loop.lab", "LOOPA.LAB"),),
          passwords=(("alice", ALICE_PASSWORD),)),
    Realm("LOOPA.LAB", "kdc-loopa", "10.77.4.4", refers=((".loop.lab", "LOOPB.LAB"),)),
    Realm("LOOPB.LAB", "kdc-loopb", "10.77.4.5", refers=((".loop.lab", "LOOPA.LAB"),)),
    Realm("LONELY.LAB", "kdc-lonely", "10.77.4.6", principals=_http("mp-lonely.lonely.lab")),
    # A domain behind a firewall that lets Kerberos through and drops LDAP.
    Realm("WALLED.LAB", "kdc-walled", "10.77.4.9", principals=_http("mp-walled.walled.lab"),
          passwords=(("alice", ALICE_PASSWORD),), directory=SILENT),
)}

# Pairs with keys in both directions.
REALM_TRUSTS = (("CHILD.A2003.VM.LOCAL", "A2003.VM.LOCAL"),
                ("CHILD.A2003.VM.LOCAL", "LATE.VM.LOCAL"),
                ("HOME.LAB", "LOOPA.LAB"),
                ("LOOPA.LAB", "LOOPB.LAB"))


@dataclass(frozen=True)
class Site:
    """One management point (or what stands at its address).

    `kind` names how it behaves: a template of apache.py, a behaviour of scripted.py, or "silent"
    and "closed". `keytab` defaults to the one of the account with the host's short name.
    """
    name: str
    address: str
    kind: str = "mp"
    keytab: str = ""
    https: bool = False
    clock: str = ""
    extra: dict = field(default_factory=dict)

    @property
    def keytab_name(self):
        return self.keytab or self.name.split(".")[0]


SITES = (
    Site("mp.contoso.lab", "10.77.1.20", https=True),
    Site("mp-user.contoso.lab", "10.77.1.21"),
    Site("mp-stale.contoso.lab", "10.77.1.22"),
    Site("mp-dup.contoso.lab", "10.77.1.23"),
    Site("nospn.contoso.lab", "10.77.1.24", keytab="mp"),
    Site("mp-oldkey.contoso.lab", "10.77.1.25"),
    Site("mp-clock.contoso.lab", "10.77.1.26", clock="+10m"),
    Site("mp-anon.contoso.lab", "10.77.1.27", kind="anonymous"),
    Site("mp-ntlm.contoso.lab", "10.77.1.28", kind="ntlm"),
    Site("mp-rc4.contoso.lab", "10.77.1.29"),
    Site("mp-refused.contoso.lab", "10.77.1.31", kind="closed"),
    Site("mp-silent.contoso.lab", "10.77.1.32", kind="silent"),
    Site("mp-reset.contoso.lab", "10.77.1.33", kind="reset"),
    Site("mp-garbage.contoso.lab", "10.77.1.34", kind="garbage"),
    Site("mp-novdir.contoso.lab", "10.77.1.35", kind="no-vdir"),
    Site("mp-verb.contoso.lab", "10.77.1.36", kind="verb"),
    Site("mp-pki.contoso.lab", "10.77.1.37", kind="pki", https=True),
    Site("mp-503.contoso.lab", "10.77.1.38", kind="unavailable"),
    Site("web.contoso.lab", "10.77.1.39", kind="web"),
    Site("mp-two.contoso.lab", "10.77.1.40"),
    Site("mp-two.contoso.lab", "10.77.1.41", keytab="mp-oldkey"),
    Site("mp-iiskey.contoso.lab", "10.77.1.42", kind="iis-wrong-key"),
    Site("mp-long.contoso.lab", "10.77.1.43", kind="iis-too-long"),
    Site("mp-slow.contoso.lab", "10.77.1.44", kind="slow"),
    Site("mp-gmsa.contoso.lab", "10.77.1.45"),
    Site("mp-gone.contoso.lab", "10.77.1.46"),
    Site("mp-host.contoso.lab", "10.77.1.47", keytab="srv-host"),
    Site("mp-twice.contoso.lab", "10.77.1.48"),
    Site("mp-port.contoso.lab", "10.77.1.49"),
    Site("mp-nlb.contoso.lab", "10.77.1.50", keytab="svc-nlb"),
    Site("mp-farm.contoso.lab", "10.77.1.51", kind="closed"),
    Site("mp-further.contoso.lab", "10.77.1.52", keytab="srv-two-names"),
    Site("mp-fab.fabrikam.lab", "10.77.2.20"),
    Site("mp-sales.sales.fabrikam.lab", "10.77.2.21"),
    Site("mp-nw.northwind.lab", "10.77.3.20"),
    Site("mp-sel.tailspin.lab", "10.77.5.20"),
    Site("mp-let.tailspin.lab", "10.77.5.21"),
    Site("mp-lit.litware.lab", "10.77.4.30"),
    Site("mp-wing.wingtip.lab", "10.77.4.31"),
    Site("mp-prose.proseware.lab", "10.77.4.32"),
    Site("mp-adatum.adatum.lab", "10.77.4.33", keytab="mp"),
    Site(PARENT_MP, "10.77.4.20", keytab="A2003.VM.LOCAL"),
    Site("mp-late.late.vm.local", "10.77.4.21", keytab="LATE.VM.LOCAL"),
    Site("mp-behind.behind.lab", "10.77.4.24", keytab="BEHIND.LAB", clock="-10m"),
    Site("mp.loop.lab", "10.77.4.22", keytab="A2003.VM.LOCAL"),
    Site("mp-lonely.lonely.lab", "10.77.4.23", keytab="LONELY.LAB"),
    Site("mp-walled.walled.lab", "10.77.4.25", keytab="WALLED.LAB"),
)

SCRIPTED_KINDS = ("reset", "garbage", "iis-wrong-key", "iis-too-long", "slow")
ALIASES = {"mp-alias.contoso.lab": "mp.contoso.lab"}
# DCs of CONTOSO that are down: one refuses, one is silent. Only RESOLVER_DC_DOWN names them as DCs.
DOWN_DCS = {"dc8.contoso.lab": "10.77.1.8", "dc9.contoso.lab": "10.77.1.9"}
HOSTS = {"wk01.contoso.lab": CLIENT, CHILD_CLIENT: CLIENT_IN_CHILD, **DOWN_DCS,
         REPLICA.fqdn: REPLICA.address}
# Hosts of TAILSPIN to which no account of CONTOSO is allowed to authenticate.
REFUSED_BY_GUARD = ("mp-sel.tailspin.lab",)


def _records():
    return [(site.name, site.address) for site in SITES] + list(HOSTS.items())


def _is_below(name, domain):
    return name.lower().endswith("." + domain)


def records_of(domain):
    """The (name, address) pairs of a DNS domain: its MPs and its clients."""
    return [record for record in _records() if _is_below(record[0], domain)]


def records_outside_forests():
    """The same for names that no domain controller serves."""
    return [record for record in _records()
            if not any(_is_below(record[0], forest.domain) for forest in FORESTS.values())]


def nodes():
    """Network namespaces: name -> addresses."""
    by_kind = {"client": [CLIENT, CLIENT_IN_CHILD], "dns": [RESOLVER, RESOLVER_DC_DOWN],
               "silent": [SILENT, DOWN_DCS["dc9.contoso.lab"]],
               "scripted": [GARBAGE_KDC, UDP_KDC, FAILING_DNS],
               "web": [DOWN_DCS["dc8.contoso.lab"], ABSENT_DC]}
    for site in SITES:
        if site.kind == "silent":
            by_kind["silent"].append(site.address)
        elif site.kind in SCRIPTED_KINDS:
            by_kind["scripted"].append(site.address)
        else:
            by_kind["web"].append(site.address)
    for forest in FORESTS.values():
        by_kind[forest.node] = [forest.dc_address, *filter(None, [forest.guard])]
    by_kind[REPLICA.name] = [REPLICA.address]
    for realm in REALMS.values():
        by_kind[realm.node] = [realm.address]
    return by_kind
