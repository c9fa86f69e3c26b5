# SPDX-License-Identifier: Apache-2.0
"""A large forest for slapd: schema, configuration and entries, the same ones each time.

Attributes and classes have the names, OIDs and syntaxes of Active Directory, as far as `ccmprobe
spn` and the comparison ask for them. Every computer has HTTP SPNs of its own names, which is the
most that a forest can give to read: in a real one, only those with a web service have them.
"""

import base64
import random
import struct

DOMAIN = "bench.lab"
REALM = "BENCH.LAB"
BASE = "DC=bench,DC=lab"
SERVER = "dc1." + DOMAIN
ACCOUNTS = 500000
USERS = 20000           # of the accounts
SERVICES = 500          # of the users hold an HTTP SPN: each for a computer of its own
ORPHANS = 20            # of these name a host that is gone
DUPLICATES = 10         # of these name what the computer holds as well
PARTS_OF_TREE = 50      # organizational units
SEED = 20261121

_MICROSOFT = "1.2.840.113556.1"
_TEXT = "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch " \
        "ORDERING caseIgnoreOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15"
_INTEGER = "EQUALITY integerMatch ORDERING integerOrderingMatch " \
           "SYNTAX 1.3.6.1.4.1.1466.115.121.1.27"
_BYTES = "EQUALITY octetStringMatch SUBSTR octetStringSubstringsMatch " \
         "ORDERING octetStringOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40"
_DN = "EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12"
_BOOLEAN = "EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7"
_TIME = "EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24"

# OID, name, syntax, single-valued
_ATTRIBUTES = (
    ("0.9.2342.19200300.100.1.25", "dc", _TEXT, True),
    (_MICROSOFT + ".4.221", "sAMAccountName", _TEXT, True),
    (_MICROSOFT + ".4.771", "servicePrincipalName", _TEXT, False),
    (_MICROSOFT + ".4.619", "dNSHostName", _TEXT, True),
    (_MICROSOFT + ".4.302", "sAMAccountType", _INTEGER, True),
    (_MICROSOFT + ".4.8", "userAccountControl", _INTEGER, True),
    (_MICROSOFT + ".2.19", "uSNCreated", _INTEGER, True),
    (_MICROSOFT + ".4.2", "objectGUID", _BYTES, True),
    (_MICROSOFT + ".4.146", "objectSid", _BYTES, True),
    (_MICROSOFT + ".4.1460", "msDS-User-Account-Control-Computed", _INTEGER, True),
    (_MICROSOFT + ".4.1963", "msDS-SupportedEncryptionTypes", _INTEGER, True),
    (_MICROSOFT + ".4.1782", "msDS-KeyVersionNumber", _INTEGER, True),
    (_MICROSOFT + ".4.96", "pwdLastSet", _INTEGER, True),
    (_MICROSOFT + ".2.3", "whenChanged", _TIME, True),
    (_MICROSOFT + ".4.16", "nCName", _DN, True),
    (_MICROSOFT + ".2.459", "dnsRoot", _TEXT, False),
    (_MICROSOFT + ".4.87", "nETBIOSName", _TEXT, True),
    (_MICROSOFT + ".2.375", "systemFlags", _INTEGER, True),
    # of the rootDSE; Active Directory's schema has none of these
    ("1.3.6.1.4.1.4203.666.1.1", "defaultNamingContext", _DN, True),
    ("1.3.6.1.4.1.4203.666.1.2", "configurationNamingContext", _DN, True),
    ("1.3.6.1.4.1.4203.666.1.3", "rootDomainNamingContext", _DN, True),
    ("1.3.6.1.4.1.4203.666.1.4", "isGlobalCatalogReady", _BOOLEAN, True),
)
_ACCOUNT_MAY = "sAMAccountName $ servicePrincipalName $ dNSHostName $ sAMAccountType $ " \
               "userAccountControl $ uSNCreated $ objectGUID $ objectSid $ pwdLastSet"
_CLASSES = (
    ("1.3.6.1.4.1.4203.666.2.1", "domainDNS", "top", "MUST dc"),
    ("2.5.6.5", "organizationalUnit", "top", "MUST ou"),
    ("1.3.6.1.4.1.4203.666.2.2", "container", "top", "MUST cn"),
    (_MICROSOFT + ".3.11", "crossRef", "top",
     "MUST cn MAY ( nCName $ dnsRoot $ nETBIOSName $ systemFlags )"),
    ("2.5.6.6", "person", "top", "MUST cn"),
    ("2.5.6.7", "organizationalPerson", "person", ""),
    (_MICROSOFT + ".5.9", "user", "organizationalPerson", f"MAY ( {_ACCOUNT_MAY} )"),
    (_MICROSOFT + ".3.30", "computer", "user", ""),
)

ROOT_DSE = f"""dn:
defaultNamingContext: {BASE}
configurationNamingContext: CN=Configuration,{BASE}
rootDomainNamingContext: {BASE}
isGlobalCatalogReady: TRUE
dNSHostName: {SERVER}
"""


def schema():
    lines = ["attributetype ( 2.5.4.11 NAME 'ou' SUP name )"]
    for oid, name, syntax, single in _ATTRIBUTES:
        lines.append(f"attributetype ( {oid} NAME '{name}' {syntax}"
                     + (" SINGLE-VALUE )" if single else " )"))
    for oid, name, parent, attributes in _CLASSES:
        lines.append(f"objectclass ( {oid} NAME '{name}' SUP {parent} STRUCTURAL {attributes} )")
    return "\n".join(lines) + "\n"


def configuration(folder):
    """slapd.conf. Subinitial indexes are what Active Directory's indexes can do, too."""
    return f"""include {folder}/schema.conf
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
index_substr_if_minlen 1
rootDSE {folder}/rootdse.ldif
defaultsearchbase "{BASE}"
sasl-host {SERVER}
sasl-realm {REALM}
sizelimit unlimited
timelimit unlimited
database mdb
suffix "{BASE}"
directory {folder}/data
maxsize 8589934592
dbnosync
limits * size.prtotal=unlimited size.pr=unlimited
index objectClass,sAMAccountName,dNSHostName eq
index servicePrincipalName,objectGUID eq,subinitial
"""


def _name(number):
    return f"WS-{number:06d}"


def _entry(dn, *lines):
    return "dn: " + dn + "\n" + "\n".join(lines) + "\n\n"


def _base64(data):
    return base64.b64encode(data).decode()


def _account(chance, number, classes, name, control, kind):
    sid = struct.pack("<BB6s5I", 1, 5, b"\0\0\0\0\0\5", 21, 1004336348, 1177238915, 682003330,
                      1000 + number)
    return [*("objectClass: " + one for one in classes), "cn: " + name.rstrip("$"),
            "sAMAccountName: " + name, f"userAccountControl: {control}",
            f"sAMAccountType: {kind}", f"uSNCreated: {12000 + number}",
            "pwdLastSet: 133400000000000000", "objectSid:: " + _base64(sid),
            "objectGUID:: " + _base64(chance.randbytes(16))]


def _computer(chance, number):
    name = _name(number)
    fqdn = f"{name.lower()}.{DOMAIN}"
    lines = _account(chance, number, ("top", "person", "organizationalPerson", "user", "computer"),
                     name + "$", 4096, 805306369)
    lines.append("dNSHostName: " + fqdn)
    for kind in ("HOST", "RestrictedKrbHost", "HTTP"):
        lines += [f"servicePrincipalName: {kind}/{name}", f"servicePrincipalName: {kind}/{fqdn}"]
    return _entry(f"CN={name},OU=part{number % PARTS_OF_TREE},{BASE}", *lines)


def _service_spn(service):
    """Of the numbered user: orphans first, then duplicates, then what only a user holds."""
    if service < ORPHANS:
        return f"HTTP/gone-{service}.{DOMAIN}"
    host = f"{_name(USERS + service).lower()}.{DOMAIN}"
    return "HTTP/" + host + ("" if service < ORPHANS + DUPLICATES else ":8080")


def _user(chance, number):
    name = f"user{number}"
    lines = _account(chance, number, ("top", "person", "organizationalPerson", "user"), name, 512,
                     805306368)
    if number < SERVICES:
        lines.append("servicePrincipalName: " + _service_spn(number))
    return _entry(f"CN={name},OU=part{number % PARTS_OF_TREE},{BASE}", *lines)


def write(handle, accounts=ACCOUNTS):
    """Writes the forest as LDIF."""
    chance = random.Random(SEED)
    handle.write(_entry(BASE, "objectClass: domainDNS", "dc: bench"))
    configuration_dn = f"CN=Configuration,{BASE}"
    handle.write(_entry(configuration_dn, "objectClass: container", "cn: Configuration"))
    handle.write(_entry(f"CN=Partitions,{configuration_dn}", "objectClass: container",
                        "cn: Partitions"))
    handle.write(_entry(f"CN=BENCH,CN=Partitions,{configuration_dn}", "objectClass: crossRef",
                        "cn: BENCH", "nCName: " + BASE, "dnsRoot: " + DOMAIN,
                        "nETBIOSName: BENCH", "systemFlags: 3"))
    for part in range(PARTS_OF_TREE):
        handle.write(_entry(f"OU=part{part},{BASE}", "objectClass: organizationalUnit",
                            f"ou: part{part}"))
    for number in range(USERS):
        handle.write(_user(chance, number))
    for number in range(USERS, accounts):
        handle.write(_computer(chance, number))
