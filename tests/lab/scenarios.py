"""The scenarios: what to probe, what is arranged there, and what ccmprobe has to say about it.

The comment above a row tells what ordinary tools (kinit, kvno, curl, ldapsearch) saw of the
arranged fault. SCENARIOS tells what the exchange alone shows; rows of DIRECTORY_SCENARIOS join them
or replace those of the same name, unless lab.py is given --exchange-only: then ccmprobe gets
--no-directory everywhere.
"""

from dataclasses import dataclass, replace

import accounts
import topology
from isolation import CLIENT_FOLDER as LAB, KRB5_CONF_AES

OK, WARNING, FAILURE, UNKNOWN = 0, 1, 2, 3

MP = "mp.contoso.lab"


@dataclass(frozen=True)
class Scenario:
    command = "check"
    name: str
    description: str
    arguments: tuple            # of `ccmprobe check`
    status: int                 # the exit status
    root_cause: str = ""        # "" stands for null; the finding of the same id must be there
    must: tuple = ()            # further findings that must be there; "id=level" when it counts
    must_not: tuple = ("approval.ok",)
    names: tuple = ()           # accounts, domains, ... that the report must name
    cases: int = 1              # management points in the report
    once: tuple = ()            # purposes of searches that are sent once, whatever the cases
    unasked: tuple = ()         # names that DNS is not asked for
    directory: bool = True      # False adds ccmprobe's --no-directory
    environment: tuple = ()     # (name, value)
    deadline: int = 20


@dataclass(frozen=True)
class ListScenario:
    """A run of `ccmprobe spn`, and all that its list has to hold."""
    command = "spn"
    name: str
    description: str
    arguments: tuple
    status: int
    found: frozenset = frozenset()  # of (problem, SPN, account)
    incomplete: str = ""            # part of the reason why the list lacks something
    directory: bool = True
    environment: tuple = ()
    deadline: int = 20


def identity(principal, password):
    return ("--principal", principal, "--password-file", f"{LAB}/{password}.password")


ALICE = identity("alice@CONTOSO.LAB", "alice")
MACHINE = ("--principal", "WK01$@CONTOSO.LAB", "--keytab", f"{LAB}/wk01.keytab")
MACHINE_BY_SPN = ("--principal", "host/wk01.contoso.lab@CONTOSO.LAB",
                  "--keytab", f"{LAB}/wk01.keytab")
CHILD_MACHINE = ("--principal", "WK02-020-51W$@CHILD.A2003.VM.LOCAL",
                 "--keytab", f"{LAB}/CHILD.A2003.VM.LOCAL.keytab")


def healthy(name, description, arguments, must=(), must_not=(), **options):
    return Scenario(name, description, arguments, OK, must=("approval.ok", *must),
                    must_not=must_not, **options)


def fault(name, description, root_cause, arguments, status=FAILURE, **options):
    return Scenario(name, description, arguments, status, root_cause, **options)


SCENARIOS = (
    # 401 Negotiate, ticket of etype 18, 200 with an AP-REP in the token.
    healthy("healthy", "an ordinary user and a sound MP", (*ALICE, MP)),
    healthy("healthy-machine", "the client's machine account and a sound MP", (*MACHINE, MP)),
    # Referral CONTOSO -> FABRIKAM, then 200.
    healthy("other-forest", "the MP is in a forest with a forest trust",
            (*MACHINE, "mp-fab.fabrikam.lab")),
    # TGS-REQ to the child's KDC, referral, TGS-REQ to the parent's KDC, 200.
    healthy("child-to-parent", "two MIT realms; the child's KDC refers to the parent",
            (*CHILD_MACHINE, topology.PARENT_MP)),
    # The second time with a service ticket at hand.
    healthy("same-mp-twice", "one MP named twice", (*MACHINE, MP, MP), cases=2),
    healthy("https-healthy", "the MP over HTTPS, under a CA that is given",
            (*MACHINE, "--scheme", "https", "--cacert", f"{LAB}/ca.crt", MP)),
    # 200, with a ticket under svc-nlb's key; error 7 for HOST/.
    healthy("load-balanced", "the HTTP SPN belongs to the account that the service runs as",
            (*MACHINE, "mp-nlb.contoso.lab")),
    # HTTP/mp-port.contoso.lab:81 is svc-port's; 200 for HTTP/ without a port.
    healthy("spn-with-port", "another web service on the MP has an SPN with its port",
            (*MACHINE, "mp-port.contoso.lab")),
    # Referral CONTOSO -> FABRIKAM along the suffix litware.lab, then 200.
    healthy("other-suffix", "the MP's name is below another suffix of the trusted forest",
            (*MACHINE, "mp-lit.litware.lab")),
    # Referral CONTOSO -> TAILSPIN, then 200. TAILSPIN's trustAttributes are 24.
    healthy("selective-allowed", "selective authentication, and the client is allowed",
            (*MACHINE, "mp-let.tailspin.lab")),
    # dc8 refuses connections, dc9 is silent, dc1 answers; Kerberos does not notice.
    healthy("dc-down", "the first two domain controllers in DNS are down",
            (*MACHINE, "--resolver", topology.RESOLVER_DC_DOWN, MP)),
    # ldapsearch: "Can't contact LDAP server" after its time-out; kinit and kvno succeed.
    healthy("ldap-blocked", "a firewall drops LDAP and lets Kerberos through",
            (*identity("alice@WALLED.LAB", "alice"), "mp-walled.walled.lab")),
    # 200, but a script has no key to answer the ticket with: no AP-REP, so a warning.
    fault("slow-mp", "the MP sends the head of each answer over two seconds", "http.mutual-auth",
          (*MACHINE, "mp-slow.contoso.lab"), WARNING, must=("approval.ok",), must_not=()),

    # The service ticket is issued under svc-ccm's key; 401 with KRB-ERROR 31, HOST/ gives 200.
    fault("spn-on-user", "the HTTP SPN belongs to a user account", "spn.on-other-account",
          (*MACHINE, "mp-user.contoso.lab")),
    # The same with OLDMP$'s key; the MP's keytab has no name for it: KRB-ERROR 35.
    fault("spn-on-other-computer", "the HTTP SPN belongs to another computer",
          "spn.on-other-account", (*MACHINE, "mp-stale.contoso.lab")),
    # The same with the key of svc-gmsa$. Samba knows no managed passwords: svc-gmsa$ has an
    # ordinary one.
    fault("spn-on-managed-account", "the HTTP SPN belongs to a gMSA", "spn.on-other-account",
          (*MACHINE, "mp-gmsa.contoso.lab")),
    # The same with svc-gone's key: the KDC issues tickets for a disabled account.
    fault("spn-on-disabled", "the HTTP SPN belongs to a disabled account", "spn.on-other-account",
          (*MACHINE, "mp-gone.contoso.lab")),
    # Tickets for HTTP/ and HOST/ under svc-host's key: KRB-ERROR 35 for both.
    fault("host-spn-on-user", "no HTTP SPN, and the HOST SPN belongs to a user account",
          "ticket.wrong-key", (*MACHINE, "mp-host.contoso.lab")),
    # Error 7 for HTTP/, a ticket for HOST/. AD may answer 8 or pick one of the two accounts.
    fault("spn-duplicate", "two accounts have the HTTP SPN", "spn.duplicate",
          (*MACHINE, "mp-dup.contoso.lab")),
    # Error 7 for HTTP/ and HOST/.
    fault("host-spn-duplicate", "no HTTP SPN, and two accounts have the HOST SPN", "spn.missing",
          (*MACHINE, "mp-twice.contoso.lab")),
    # Error 7 for HTTP/ and HOST/.
    fault("spn-missing", "no account has an SPN for the MP", "spn.missing",
          (*MACHINE, "nospn.contoso.lab")),

    # Tickets have kvno 2, the keytab has 1: 401 with KRB-ERROR 44 for HTTP/ and HOST/.
    fault("mp-old-key", "the MP has an older key than its account", "ticket.wrong-key",
          (*MACHINE, "mp-oldkey.contoso.lab")),
    # KRB-ERROR 41 in a NegTokenResp (accept-incomplete, Microsoft's Kerberos OID).
    fault("iis-wrong-key", "the same, answered as IIS does", "ticket.wrong-key",
          (*MACHINE, "mp-iiskey.contoso.lab")),
    # 401 without a token, 400 from Microsoft-HTTPAPI/2.0 and the end of the connection with one.
    fault("iis-header-too-long", "http.sys refuses the Negotiate field for its length",
          "ticket.too-large", (*MACHINE, "mp-long.contoso.lab")),
    # Error 14 for HTTP/ and HOST/; with RC4 allowed the client gets 200.
    fault("rc4-only-mp", "the MP's account has RC4 only, the client allows AES only",
          "ticket.etype", (*MACHINE, "mp-rc4.contoso.lab"),
          environment=(("KRB5_CONFIG", KRB5_CONF_AES),)),

    # KDC and MP agree on another time. kinit and curl succeed all the same: MIT's kdc_timesync
    # hides the offset. Only the KDC's and the MP's time stamps tell.
    fault("clock-client", "the client's clock is ten minutes ahead", "clock.client",
          (*identity("alice@BEHIND.LAB", "alice"), "mp-behind.behind.lab")),
    # 401 with KRB-ERROR 37; Date and stime are ahead.
    fault("clock-mp", "the MP's clock is ten minutes ahead", "clock.mp",
          (*MACHINE, "mp-clock.contoso.lab")),
    # The child's KDC refers to a KDC that answers the TGS-REQ with 37.
    fault("clock-kdc", "the clock of the MP's KDC is ten minutes ahead", "clock.kdc",
          (*CHILD_MACHINE, "mp-late.late.vm.local")),

    # AS-REQ answered 24.
    fault("wrong-password", "the password is wrong", "account.wrong-password",
          (*identity("alice@CONTOSO.LAB", "wrong"), MP)),
    # 18, before the password is looked at.
    fault("account-disabled", "the account is disabled", "account.disabled",
          (*identity("carol@CONTOSO.LAB", "carol"), MP)),
    # 18 as well; msDS-User-Account-Control-Computed is 0x10.
    fault("account-locked", "the account is locked", "account.disabled",
          (*identity("dave@CONTOSO.LAB", "dave"), MP)),
    # 23 to the right password; pwdLastSet is 0, msDS-User-Account-Control-Computed 0x800000.
    fault("password-expired", "the password has expired", "account.password-expired",
          (*identity("erin@CONTOSO.LAB", "erin"), MP)),
    # 6.
    fault("account-unknown", "there is no such account", "account.unknown",
          (*identity("nobody@CONTOSO.LAB", "alice"), MP)),
    Scenario("no-identity", "no ticket, no keytab, no password", (MP,), UNKNOWN,
             must=("identity.none",)),

    # Error 7 for HTTP/mp-alias and HOST/mp-alias; the canonical name would be mp.contoso.lab.
    fault("alias", "the MP's name is a CNAME", "dns.alias", (*MACHINE, "mp-alias.contoso.lab")),
    # Error 7 for HTTP/10.77.1.20; the PTR record names mp.contoso.lab.
    fault("address", "an address instead of a name", "dns.address", (*MACHINE, "10.77.1.20")),
    fault("unknown-name", "the name does not exist", "dns.no-such-name",
          (*MACHINE, "nosuch.contoso.lab")),
    fault("silent-dns", "the DNS server does not answer", "dns.server-silent",
          (*MACHINE, "--resolver", topology.SILENT, MP)),

    # dig: status SERVFAIL.
    fault("failing-dns", "the DNS server answers SERVFAIL", "dns.server-error",
          (*MACHINE, "--resolver", topology.FAILING_DNS, MP)),

    # Error 25 over UDP; the request with preauthentication fits, that for the ticket does not.
    fault("kdc-without-tcp", "a firewall lets only UDP through to the KDC", "kdc.request-lost",
          (*MACHINE, "--kdc", "CONTOSO.LAB=" + topology.UDP_KDC, MP)),
    # Neither UDP nor TCP is answered; SYNs vanish.
    fault("silent-kdc", "the KDC does not answer", "kdc.unreachable",
          (*MACHINE, "--kdc", "CONTOSO.LAB=" + topology.SILENT, MP),
          unasked=("_kerberos._udp.CONTOSO.LAB",)),
    fault("silent-remote-kdc", "the KDC of the MP's forest does not answer", "kdc.unreachable",
          (*MACHINE, "--kdc", "FABRIKAM.LAB=" + topology.SILENT, "mp-fab.fabrikam.lab")),
    # 64 octets that are no DER behind a right length prefix; the same over UDP.
    fault("garbage-kdc", "what answers on port 88 is no KDC", "kdc.unreachable",
          (*MACHINE, "--kdc", "CONTOSO.LAB=" + topology.GARBAGE_KDC, MP)),

    # Error 7 for HTTP/ at CONTOSO: it does not refer over an external trust. MIT's library then
    # asks for krbtgt/NORTHWIND.LAB by itself, gets it, and kvno and curl succeed.
    fault("external-trust", "the MP is behind an external trust", "trust.no-referral",
          (*MACHINE, "mp-nw.northwind.lab")),
    # Error 7 for HTTP/, and for krbtgt/LONELY.LAB as well.
    fault("no-trust", "the MP is in a realm without any trust", "trust.no-referral",
          (*MACHINE, "mp-lonely.lonely.lab")),
    # Error 7 for HTTP/ and krbtgt/ADATUM.LAB. CONTOSO's trustedDomain object: direction 2.
    fault("trust-direction", "the MP's forest is trusted, and does not trust the client's",
          "trust.no-referral", (*MACHINE, "mp-adatum.adatum.lab")),
    # Referral CONTOSO -> TAILSPIN, then error 12 with NTSTATUS C0000413 in e-data, for HTTP/ and
    # HOST/ alike. Samba has no selective authentication: guard.py answers in its place.
    fault("trust-selective", "selective authentication, and the client is not allowed",
          "trust.selective", (*MACHINE, "mp-sel.tailspin.lab")),
    # HOME -> LOOPA -> LOOPB -> LOOPA ...: every answer is a referral; kvno stops at the fourth.
    fault("referral-loop", "two KDCs refer to each other", "ticket.referral-loop",
          (*identity("alice@HOME.LAB", "alice"), "mp.loop.lab")),

    # Connecting times out.
    fault("silent-mp", "the MP drops every packet", "http.unreachable",
          (*MACHINE, "mp-silent.contoso.lab")),
    fault("refused-port", "nothing listens on the MP's port", "http.unreachable",
          (*MACHINE, "mp-refused.contoso.lab")),
    # "Connection reset by peer" after the request was sent.
    fault("reset-mp", "the MP resets the connection after the request", "http.unreachable",
          (*MACHINE, "mp-reset.contoso.lab")),
    fault("garbage-mp", "what answers on the MP's port does not speak HTTP", "http.unreachable",
          (*MACHINE, "mp-garbage.contoso.lab")),
    # 200 to the first CCM_POST.
    fault("anonymous-accepted", "the path takes anonymous requests", "http.anonymous-accepted",
          (*MACHINE, "mp-anon.contoso.lab")),
    # 401 with WWW-Authenticate: NTLM and nothing else.
    fault("ntlm-only", "only NTLM is offered", "http.no-negotiate",
          (*MACHINE, "mp-ntlm.contoso.lab")),
    # 404 to CCM_POST, MPLIST answers.
    fault("no-vdir", "an MP without the virtual directory", "http.not-found",
          (*MACHINE, "mp-novdir.contoso.lab")),
    # 405 with Allow to the anonymous CCM_POST, MPLIST answers.
    fault("verb-405", "CCM_POST is not allowed", "http.verb", (*MACHINE, "mp-verb.contoso.lab")),
    # 403 and IIS' page for 403.7, for MPLIST as well.
    fault("client-certificate", "the MP wants a client certificate", "http.client-certificate",
          (*MACHINE, "--scheme", "https", "--cacert", f"{LAB}/ca.crt", "mp-pki.contoso.lab"),
          status=WARNING),
    # 503 and http.sys' page for the request path, MPLIST answers.
    fault("unavailable-503", "the application pool is stopped", "http.unavailable",
          (*MACHINE, "mp-503.contoso.lab")),
    # 404 to CCM_POST and to MPLIST, 200 for /.
    fault("not-an-mp", "a web server that is no MP", "http.not-an-mp",
          (*MACHINE, "web.contoso.lab")),
    # 10.77.1.40 answers 200, 10.77.1.41 answers 401 with KRB-ERROR 35.
    fault("one-of-two-addresses", "the server at one of the MP's addresses has another key",
          "http.address-differs", (*MACHINE, "--all-addresses", "mp-two.contoso.lab"),
          must_not=()),
    fault("https-untrusted", "the MP's certificate comes from an unknown CA", "tls.untrusted",
          (*MACHINE, "--scheme", "https", MP)),
)


# DCs and GCs are found by the SRV records _ldap._tcp.dc._msdcs.DOMAIN and _gc._tcp.FOREST. WK01$
# may read all that follows: in CONTOSO, and in FABRIKAM, NORTHWIND and TAILSPIN over the trusts.
DIRECTORY_SCENARIOS = (
    # The GC's owner of HTTP/mp-user.contoso.lab: CN=svc-ccm,CN=Users, sAMAccountType 805306368.
    fault("spn-on-user", "the HTTP SPN belongs to a user account", "spn.on-user",
          (*MACHINE, "mp-user.contoso.lab"), names=("svc-ccm",),
          must_not=("approval.ok", "directory.search-failed")),
    fault("no-directory", "the same, and the directory is not asked", "spn.on-other-account",
          (*MACHINE, "mp-user.contoso.lab"), directory=False),
    # CN=OLDMP,CN=Computers.
    fault("spn-on-other-computer", "the HTTP SPN belongs to another computer",
          "spn.on-other-computer", (*MACHINE, "mp-stale.contoso.lab"), names=("OLDMP$",)),
    # Its objectClass is msDS-GroupManagedServiceAccount, its sAMAccountType a computer's.
    fault("spn-on-managed-account", "the HTTP SPN belongs to a gMSA", "spn.on-managed-account",
          (*MACHINE, "mp-gmsa.contoso.lab"), names=("svc-gmsa$",)),
    # userAccountControl 514.
    fault("spn-on-disabled", "the HTTP SPN belongs to a disabled account", "spn.stale",
          (*MACHINE, "mp-gone.contoso.lab"), names=("svc-gone",)),
    # svc-farm has the HTTP SPN; there is no computer MP-FARM$. The port is closed.
    fault("farm-unproven", "a service account has the SPN of an MP that does not answer",
          "http.unreachable", (*MACHINE, "mp-farm.contoso.lab"), must=("spn.on-user=warn",)),
    fault("farm-intended", "the same, and the user says that it is meant so", "http.unreachable",
          (*MACHINE, "--known-good", "HTTP/mp-farm.contoso.lab=svc-farm", "mp-farm.contoso.lab"),
          must=("spn.on-user=ok",)),
    fault("farm-configured", "the same in a configuration file", "http.unreachable",
          (*MACHINE, "--config", f"{LAB}/farm.conf", "mp-farm.contoso.lab"),
          must=("spn.on-user=ok",)),
    # HOST/mp-further.contoso.lab is on SRV-TWO-NAMES$, whose msDS-AdditionalDnsHostName that is.
    healthy("further-name", "the MP's name is a further name of its computer",
            (*MACHINE, "mp-further.contoso.lab"), names=("SRV-TWO-NAMES$",),
            must_not=("spn.on-other-computer",)),
    # kinit gets a ticket under the userPrincipalName; ldapsearch finds WK01$ by it and by its SPN.
    healthy("machine-by-spn", "the client's machine account under its host name",
            (*MACHINE_BY_SPN, MP), names=("CN=WK01,CN=Computers",)),
    # SRV-HOST$ has the dNSHostName mp-host.contoso.lab and no SPN.
    fault("host-spn-on-user", "no HTTP SPN, and the HOST SPN belongs to a user account",
          "spn.on-user", (*MACHINE, "mp-host.contoso.lab"), names=("svc-host",)),
    # The GC shows both owners.
    fault("spn-duplicate", "two accounts have the HTTP SPN", "spn.duplicate",
          (*MACHINE, "mp-dup.contoso.lab"), names=("svc-one", "svc-two")),
    fault("host-spn-duplicate", "no HTTP SPN, and two accounts have the HOST SPN",
          "spn.duplicate", (*MACHINE, "mp-twice.contoso.lab"), names=("MP-TWICE$", "svc-twice")),
    # MP-OLDKEY$ has the HOST SPN; its msDS-KeyVersionNumber is 2, as the ticket's.
    fault("mp-old-key", "the MP has an older key than its account", "ticket.wrong-key",
          (*MACHINE, "mp-oldkey.contoso.lab"),
          must_not=("approval.ok", "spn.on-other-computer", "spn.duplicate", "spn.missing")),

    # MP$ has the dNSHostName that the alias leads to.
    fault("alias", "the MP's name is a CNAME", "dns.alias", (*MACHINE, "mp-alias.contoso.lab"),
          names=("CN=MP,CN=Computers,DC=contoso,DC=lab",)),
    # The global catalog of FABRIKAM, to which the suffix litware.lab belongs, has MP-LIT$.
    healthy("other-suffix", "the MP's name is below another suffix of the trusted forest",
            (*MACHINE, "mp-lit.litware.lab"), names=("CN=MP-LIT,CN=Computers,DC=fabrikam,DC=lab",)),

    # CONTOSO's trustedDomain object: type 2, direction 3, attributes 4.
    fault("external-trust", "the MP is behind an external trust", "trust.external",
          (*MACHINE, "mp-nw.northwind.lab")),
    # There is no such object.
    fault("no-trust", "the MP is in a realm without any trust", "trust.none",
          (*MACHINE, "mp-lonely.lonely.lab")),
    # Attributes 8, direction 2.
    fault("trust-direction", "the MP's forest is trusted, and does not trust the client's",
          "trust.direction", (*MACHINE, "mp-adatum.adatum.lab")),
    # Error 7 for HTTP/ and HOST/, as for a name that nobody knows. FABRIKAM's forest trust
    # information has these top level names with the flags 2 and 4, and this exclusion.
    fault("trust-suffix-disabled", "the MP's suffix is disabled in the forest trust",
          "trust.suffix", (*MACHINE, "mp-wing.wingtip.lab"),
          names=("fabrikam.lab", "CN=MP-WING,CN=Computers")),
    fault("trust-suffix-conflict", "the MP's suffix conflicts with another forest's",
          "trust.suffix", (*MACHINE, "mp-prose.proseware.lab"), names=("fabrikam.lab",)),
    fault("trust-suffix-excluded", "the MP's suffix is excluded from the forest trust",
          "trust.suffix", (*MACHINE, "mp-sales.sales.fabrikam.lab")),
    # As above, and trustAttributes 24 on TAILSPIN's side; 8 on CONTOSO's.
    fault("trust-selective", "selective authentication, and the client is not allowed",
          "trust.selective", (*MACHINE, "mp-sel.tailspin.lab")),

    # CN=System Management of CONTOSO has three objects; one names an MP in FABRIKAM. dig SRV
    # _mssms_mp_ps1._tcp.contoso.lab: the same and mp-port.contoso.lab.
    fault("discover", "three published MPs, one of them broken, and one in DNS only",
          "spn.on-user", (*MACHINE, "--discover"), must=("approval.ok",), must_not=(), cases=4,
          names=("svc-ccm", "mp-fab.fabrikam.lab", "mp-port.contoso.lab"),
          once=("trusts of contoso.lab", "domains of forest contoso.lab", "account WK01$")),
    fault("discover-in-dns", "no domain controller answers, DNS names the MPs of a site",
          "spn.on-other-account",
          (*MACHINE, "--discover", "--site", "ps1", "--dc", "dc8.contoso.lab"),
          must=("approval.ok", "directory.unreachable"), must_not=(), cases=4,
          names=("_mssms_mp_ps1._tcp.contoso.lab",)),

    # ldapsearch at dc1: nobody has HTTP/mp.contoso.lab; at dc7: svc-port has it.
    fault("every-dc", "two domain controllers show different owners", "ldap.replication",
          (*MACHINE, "--every-dc", "--dc", "dc1.contoso.lab", "--dc", topology.REPLICA.fqdn, MP),
          WARNING, must=("approval.ok",), must_not=(), names=("svc-port", "dc7.contoso.lab")),
    healthy("one-dc", "the same, and only the first is asked",
            (*MACHINE, "--dc", "dc1.contoso.lab", "--dc", topology.REPLICA.fqdn, MP),
            must_not=("ldap.replication",)),
    healthy("dc-down", "the first two domain controllers in DNS are down",
            (*MACHINE, "--resolver", topology.RESOLVER_DC_DOWN, MP),
            must=("directory.unreachable",)),
    healthy("ldap-blocked", "a firewall drops LDAP and lets Kerberos through",
            (*identity("alice@WALLED.LAB", "alice"), "mp-walled.walled.lab"),
            must=("directory.unreachable",)),
    # "Can't contact LDAP server": at once, or after the time-out.
    healthy("ldap-refused", "the only domain controller to ask refuses connections",
            (*MACHINE, "--dc", "dc8.contoso.lab", MP), must=("directory.unreachable",)),
    healthy("ldap-silent", "the only domain controller to ask is silent",
            (*MACHINE, "--dc", "dc9.contoso.lab", MP), must=("directory.unreachable",)),

    # msDS-SupportedEncryptionTypes of MP-RC4$ is 4.
    fault("rc4-only-mp", "the MP's account has RC4 only, the client allows AES only",
          "account.rc4-only", (*MACHINE, "mp-rc4.contoso.lab"), must=("ticket.etype",),
          environment=(("KRB5_CONFIG", KRB5_CONF_AES),)),
)


_DUPLICATE = "HTTP/mp-dup.contoso.lab"
_ORPHANS = {("HTTP/intranet-2009.contoso.lab", "svc-intranet"),
            ("HTTP/intranet-2009", "svc-intranet"), ("HTTP/reports-2012.contoso.lab", "svc-smsa$")}
_HOLDERS = {(spn, owner.account) for owner in accounts.USERS + accounts.MANAGED_ACCOUNTS
            for spn in (*owner.spns, *getattr(owner, "duplicate_spns", ()))
            if owner.realm == "CONTOSO.LAB" and spn.startswith("HTTP/")}
# ldapsearch on the global catalog: (servicePrincipalName=HTTP/*) gives these and OLDMP$, which
# holds the SPNs of another computer that there is.
CONTOSO_SPNS = frozenset(
    [("service-account", *holder) for holder in _HOLDERS]
    + [("orphan", *holder) for holder in _ORPHANS]
    + [("duplicate", _DUPLICATE, account) for account in ("svc-one", "svc-two")]
    + [("other-computer", spn, "OLDMP$") for spn in ("HTTP/mp-stale.contoso.lab",
                                                     "HTTP/mp-stale")])
# Both forests have an HTTP/mp-nlb, too: a short name is each one's own.
_ACROSS = frozenset(("duplicate-across-forests", "HTTP/mp-nlb.contoso.lab", account)
                    for account in ("svc-nlb", "NLB-OLD$"))

LIST_SCENARIOS = (
    ListScenario("spn-list", "all HTTP SPNs of the forest", MACHINE, FAILURE, CONTOSO_SPNS),
    ListScenario("spn-list-known-good", "two are said to be meant so, one of them is a duplicate",
                 (*MACHINE, "--known-good", "HTTP/mp-nlb=svc-nlb",
                  "--known-good", f"{_DUPLICATE}=CONTOSO\\svc-one"), FAILURE,
                 CONTOSO_SPNS - {("service-account", "HTTP/mp-nlb", "svc-nlb"),
                                 ("service-account", _DUPLICATE, "svc-one")}),
    ListScenario("spn-list-ldaps", "the same over LDAPS",
                 (*MACHINE, "--ldap", "ldaps", "--cacert", f"{LAB}/ca.crt"), FAILURE,
                 CONTOSO_SPNS),
    ListScenario("spn-list-dc-down", "the first two domain controllers in DNS are down",
                 (*MACHINE, "--resolver", topology.RESOLVER_DC_DOWN), FAILURE, CONTOSO_SPNS),
    # No entry; asked for with a ticket that CONTOSO refers to FABRIKAM for.
    ListScenario("spn-list-other-forest", "a trusted forest, whose HTTP SPNs are all in order",
                 (*MACHINE, "--domain", "fabrikam.lab"), OK),
    ListScenario("spn-list-two-forests", "an SPN that accounts of both forests of a trust hold",
                 (*MACHINE, "--domain", "contoso.lab", "--domain", "fabrikam.lab"), FAILURE,
                 CONTOSO_SPNS | _ACROSS),
    ListScenario("spn-list-same-forest", "the same forest given twice is read once",
                 (*MACHINE, "--domain", "contoso.lab", "--domain", "CONTOSO.LAB"), FAILURE,
                 CONTOSO_SPNS),
    ListScenario("spn-list-half", "of two forests, one cannot be asked",
                 (*MACHINE, "--domain", "contoso.lab", "--domain", "fabrikam.lab",
                  "--dc", "fabrikam.lab=dc8.contoso.lab"), FAILURE, CONTOSO_SPNS,
                 incomplete="dc8.contoso.lab"),
    ListScenario("spn-list-no-identity", "no ticket, no keytab, no password", (), UNKNOWN,
                 incomplete="no identity"),
    ListScenario("spn-list-wrong-password", "the password is wrong",
                 identity("alice@CONTOSO.LAB", "wrong"), UNKNOWN,
                 incomplete="KDC_ERR_PREAUTH_FAILED"),
    ListScenario("spn-list-refused", "the only domain controller to ask refuses connections",
                 (*MACHINE, "--dc", "dc8.contoso.lab"), UNKNOWN, incomplete="dc8.contoso.lab"),
)


def table(exchange_only=False):
    """The scenarios by name."""
    if exchange_only:
        return {scenario.name: replace(scenario, directory=False) for scenario in SCENARIOS}
    return {scenario.name: scenario
            for scenario in SCENARIOS + DIRECTORY_SCENARIOS + LIST_SCENARIOS}


def select(names, exchange_only=False):
    """The named scenarios in the table's order, or all; an unknown name raises KeyError."""
    rows = table(exchange_only)
    for name in names:
        rows[name]
    return [scenario for scenario in rows.values() if not names or scenario.name in names]
