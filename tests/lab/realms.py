"""MIT realms: databases for the image, and configuration for their KDCs."""

import os
import subprocess

import topology
from isolation import LabError

ENCTYPES = "aes256-cts:normal,aes128-cts:normal"


def environment(folder):
    return {**os.environ, "KRB5_CONFIG": os.path.join(folder, "krb5.conf"),
            "KRB5_KDC_PROFILE": os.path.join(folder, "kdc.conf")}


def configure(realm, folder):
    """Write krb5.conf and kdc.conf. [domain_realm] is where this KDC refers hosts to."""
    os.makedirs(folder, exist_ok=True)
    referrals = "".join(f"    {suffix} = {other}\n" for suffix, other in realm.refers)
    with open(os.path.join(folder, "krb5.conf"), "w") as handle:
        handle.write(f"[libdefaults]\n    default_realm = {realm.realm}\n"
                     f"    dns_lookup_kdc = false\n    dns_lookup_realm = false\n"
                     f"[domain_realm]\n{referrals}"
                     f"[logging]\n    kdc = STDERR\n")
    with open(os.path.join(folder, "kdc.conf"), "w") as handle:
        handle.write(f"[realms]\n    {realm.realm} = {{\n"
                     f"        database_name = {folder}/principal\n"
                     f"        key_stash_file = {folder}/stash\n"
                     f"        kdc_listen = {realm.address}:88\n"
                     f"        kdc_tcp_listen = {realm.address}:88\n"
                     f"        supported_enctypes = {ENCTYPES}\n"
                     # The path of a referral loop is no path that a KDC would approve of.
                     f"        reject_bad_transit = false\n"
                     f"        master_key_type = aes256-cts\n    }}\n")


def _queries(realm, keytab):
    for one, other in topology.REALM_TRUSTS:
        if realm.realm in (one, other):
            for target, source in ((one, other), (other, one)):
                yield f"addprinc -pw {topology.TRUST_PASSWORD} krbtgt/{target}@{source}"
    for name, password in realm.passwords:
        yield f"addprinc -pw {password} {name}"
    for name in realm.principals:
        yield f"addprinc -randkey {name}"
        yield f"ktadd -k {keytab} {name}"


def build(realm, folder, keytabs):
    """Make the realm's database in `folder` and REALM.keytab in `keytabs`."""
    configure(realm, folder)
    queries = "\n".join(_queries(realm, os.path.join(keytabs, realm.realm + ".keytab")))
    for command, text in ((["kdb5_util", "create", "-s", "-P", topology.MASTER_PASSWORD], None),
                          (["kadmin.local"], queries + "\n")):
        done = subprocess.run(command, input=text, env=environment(folder), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise LabError(f"{command[0]} for {realm.realm}: {done.stdout.strip()}")
