"""What the forests' directories hold: computers, users, service accounts, a published site."""

from dataclasses import dataclass

import topology


@dataclass(frozen=True)
class Computer:
    """A computer account of a forest, with HOST/ SPNs and a keytab NAME.keytab in the image.

    `keytab_spns`: SPNs that the keytab names besides the account. With them a wrong key is told
    as KRB-ERROR 31 or 44, without as 35.
    `stale_keytab`: the password changes after the keytab was written, as after a restored image.
    `dns_name`: dNSHostName, when it is not the account's name in the domain.
    `further_name`: msDS-AdditionalDnsHostName, with its HOST/ SPN.
    """
    realm: str
    name: str
    spns: tuple = ()
    etypes: int = 0x1C      # msDS-SupportedEncryptionTypes: RC4, AES128, AES256
    keytab_spns: tuple = ()
    stale_keytab: bool = False
    dns_name: str = ""
    further_name: str = ""
    upn: str = ""           # userPrincipalName, as a Linux machine that joins gets it
    host_spns: bool = True

    @property
    def account(self):
        return self.name.upper() + "$"

    @property
    def fqdn(self):
        return self.dns_name or f"{self.name}.{self.realm.lower()}"


@dataclass(frozen=True)
class User:
    realm: str
    name: str
    password: str = ""
    spns: tuple = ()
    duplicate_spns: tuple = ()  # written behind the directory's uniqueness check
    disabled: bool = False
    locked: bool = False
    must_change: bool = False   # the password has expired
    keytab: bool = False        # NAME.keytab is made

    @property
    def account(self):
        return self.name


@dataclass(frozen=True)
class ManagedAccount:
    """A group managed service account (gMSA), or one bound to a computer (sMSA)."""
    realm: str
    name: str
    spns: tuple
    group: bool = True

    @property
    def account(self):
        return self.name + "$"


def _spns(name):
    return (f"HTTP/{name}.contoso.lab", f"HTTP/{name}")


USERS = (
    User("CONTOSO.LAB", "alice", topology.ALICE_PASSWORD),
    User("CONTOSO.LAB", "carol", topology.DISABLED_PASSWORD, disabled=True),
    User("CONTOSO.LAB", "dave", topology.LOCKED_PASSWORD, locked=True),
    User("CONTOSO.LAB", "erin", topology.EXPIRED_PASSWORD, must_change=True),
    User("CONTOSO.LAB", "svc-ccm", spns=_spns("mp-user")),
    User("CONTOSO.LAB", "svc-one", spns=("HTTP/mp-dup.contoso.lab",)),
    User("CONTOSO.LAB", "svc-two", duplicate_spns=("HTTP/mp-dup.contoso.lab",)),
    User("CONTOSO.LAB", "svc-gone", spns=_spns("mp-gone"), disabled=True),
    # HOST/, to which a request for HTTP/ falls back, is on a user or on two accounts.
    User("CONTOSO.LAB", "svc-host", spns=("HOST/mp-host.contoso.lab", "HOST/mp-host")),
    User("CONTOSO.LAB", "svc-twice", duplicate_spns=("HOST/mp-twice.contoso.lab",)),
    # A second web service on an MP, done right: its SPN has the port.
    User("CONTOSO.LAB", "svc-port", spns=("HTTP/mp-port.contoso.lab:81", "HTTP/mp-port:81")),
    # A load-balanced name, done right: the service runs as the account that has the SPN.
    User("CONTOSO.LAB", "svc-nlb", spns=_spns("mp-nlb"), keytab=True),
    # The same where no MP answers, so that nothing shows whether it is right.
    User("CONTOSO.LAB", "svc-farm", spns=_spns("mp-farm")),
    # What is left of a host that is gone: no computer object, no DNS name.
    User("CONTOSO.LAB", "svc-intranet", spns=_spns("intranet-2009")),
)

MANAGED_ACCOUNTS = (
    ManagedAccount("CONTOSO.LAB", "svc-gmsa", _spns("mp-gmsa")),
    ManagedAccount("CONTOSO.LAB", "svc-smsa", ("HTTP/reports-2012.contoso.lab",), group=False),
)

_CONTOSO_MPS = ("mp", "mp-stale", "mp-dup", "mp-clock", "mp-anon", "mp-ntlm", "mp-pki",
                "mp-refused", "mp-silent", "mp-reset", "mp-garbage", "mp-novdir", "mp-verb",
                "mp-503", "web", "mp-two", "mp-iiskey", "mp-long", "mp-slow", "mp-gmsa",
                "mp-gone", "mp-twice", "mp-port")

COMPUTERS = (
    Computer("CONTOSO.LAB", "wk01", keytab_spns=("host/wk01.contoso.lab",),
             upn="host/wk01.contoso.lab@CONTOSO.LAB"),
    *(Computer("CONTOSO.LAB", name) for name in _CONTOSO_MPS),
    Computer("CONTOSO.LAB", "oldmp", spns=_spns("mp-stale")),
    Computer("CONTOSO.LAB", "mp-user",
             keytab_spns=("HTTP/mp-user.contoso.lab", "HOST/mp-user.contoso.lab")),
    Computer("CONTOSO.LAB", "mp-oldkey", stale_keytab=True,
             keytab_spns=("HTTP/mp-oldkey.contoso.lab", "HOST/mp-oldkey.contoso.lab")),
    Computer("CONTOSO.LAB", "mp-rc4", etypes=4),
    # A renamed MP whose SPNs stayed behind. (For HOST/x Samba's KDC looks at the account X$ as well
    # as at the SPN's owner, and refuses when these are two.)
    Computer("CONTOSO.LAB", "srv-host", dns_name="mp-host.contoso.lab", host_spns=False),
    # A server with a second name, as `netdom computername /add` gives it.
    Computer("CONTOSO.LAB", "srv-two-names", further_name="mp-further.contoso.lab"),
    Computer("FABRIKAM.LAB", "mp-fab"),
    Computer("FABRIKAM.LAB", "mp-lit", dns_name="mp-lit.litware.lab"),
    Computer("FABRIKAM.LAB", "mp-wing", dns_name="mp-wing.wingtip.lab"),
    Computer("FABRIKAM.LAB", "mp-prose", dns_name="mp-prose.proseware.lab"),
    Computer("FABRIKAM.LAB", "mp-sales", dns_name="mp-sales.sales.fabrikam.lab"),
    # Left behind when a service moved to CONTOSO.
    Computer("FABRIKAM.LAB", "nlb-old", dns_name="mp-nlb.contoso.lab", spns=_spns("mp-nlb"),
             host_spns=False),
    Computer("NORTHWIND.LAB", "mp-nw"),
    Computer("TAILSPIN.LAB", "mp-sel"),
    Computer("TAILSPIN.LAB", "mp-let"),
)


@dataclass(frozen=True)
class Published:
    """A management point in CONTOSO's CN=System Management."""
    fqdn: str
    default: bool = False
    https: bool = False


SITE_CODE = "PS1"
PUBLISHED = (Published("mp.contoso.lab", default=True), Published("mp-user.contoso.lab"),
             Published("mp-fab.fabrikam.lab"))
# DNS names one more, as of a secondary site that does not publish in the directory.
IN_DNS_ONLY = (Published("mp-port.contoso.lab"),)


def of(accounts, forest):
    """Those of the accounts that belong to a forest."""
    return [account for account in accounts if account.realm == forest.realm]
