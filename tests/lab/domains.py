"""Samba AD forests: provisioned into a folder, filled and given trusts without a daemon running.

Run as a program (`domains.py REALM FOLDER`), it builds one forest; image.py starts one process a
forest. Everything goes through the database directly, which takes no server and no RPC.
"""

import logging
import os
import shutil
import sys
import time

import ldb
import samba
from samba import dsdb, param
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import dnsp, security
from samba.ndr import ndr_pack
from samba.provision import provision
from samba.provision.sambadns import (ARecord, CNAMERecord, NSRecord, SOARecord, SRVRecord,
                                      add_domain_record, get_dnsadmins_sid)
from samba.samdb import SamDB

import accounts
import keytab
import published
import samba_conf
import topology
import trusts
from topology import FORESTS, SELECTIVE

AES = 0x18      # msDS-SupportedEncryptionTypes: AES128 and AES256
# Ten years, in units of -100 ns: dave was locked when the image was made, and shall stay so.
LOCKOUT_DURATION = str(-3650 * 86400 * 10**7)


def _provision(forest, folder):
    """An empty domain. Samba reads the paths of its new database from our own smb.conf."""
    for name in ("private", "state/sysvol", "cache", "lock", "run", "bind-dns"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    conf = samba_conf.write(forest, folder, os.path.join(os.path.dirname(folder), "tls"))
    lp = param.LoadParm()
    lp.load(conf)
    provision(logging.getLogger("provision"), system_session(), smbconf=conf, lp=lp,
              realm=forest.realm, domain=forest.flat, hostname=forest.dc,
              hostip=forest.dc_address, domainsid=security.dom_sid(forest.sid),
              adminpass=topology.ADMIN_PASSWORD, dns_backend="SAMBA_INTERNAL",
              serverrole="active directory domain controller", skip_sysvolacl=True,
              dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2)
    return lp


def _encoded(password):
    return ('"%s"' % password).encode("utf-16-le")


def _set(samdb, dn, values):
    message = ldb.Message(ldb.Dn(samdb, dn))
    for name, value in values.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    samdb.modify(message)


def _relax_passwords(samdb):
    """No password ever expires: an image must outlive the day on which it was made."""
    _set(samdb, samdb.domain_dn(), {"maxPwdAge": "0", "minPwdAge": "0", "pwdHistoryLength": "0",
                                    "lockoutDuration": LOCKOUT_DURATION})


def _dn_of(samdb, account):
    if isinstance(account, accounts.Computer):
        return f"CN={account.name.upper()},CN=Computers,{samdb.domain_dn()}"
    if isinstance(account, accounts.ManagedAccount):
        return f"CN={account.name},CN=Managed Service Accounts,{samdb.domain_dn()}"
    return f"CN={account.name},CN=Users,{samdb.domain_dn()}"


def _add_account(samdb, account, password, control, **attributes):
    record = {"dn": _dn_of(samdb, account), "sAMAccountName": account.account,
              "userAccountControl": str(control), "unicodePwd": _encoded(password),
              **{name.replace("_", "-"): value for name, value in attributes.items()}}
    samdb.add({name: value for name, value in record.items() if value})


def _add_user(samdb, user):
    _add_account(
        samdb, user, user.password or topology.SERVICE_PASSWORD % user.name,
        dsdb.UF_NORMAL_ACCOUNT | (dsdb.UF_ACCOUNTDISABLE if user.disabled else 0),
        objectClass="user", userPrincipalName=f"{user.name}@{samdb.domain_dns_name()}",
        msDS_SupportedEncryptionTypes=str(AES), servicePrincipalName=list(user.spns))
    if user.must_change:
        _set(samdb, _dn_of(samdb, user), {"pwdLastSet": "0"})


def _add_managed_account(samdb, account):
    kind = "msDS-GroupManagedServiceAccount" if account.group else "msDS-ManagedServiceAccount"
    _add_account(
        samdb, account, topology.SERVICE_PASSWORD % account.name,
        dsdb.UF_WORKSTATION_TRUST_ACCOUNT, objectClass=kind,
        dNSHostName=f"{account.name}.{samdb.domain_dns_name()}",
        msDS_SupportedEncryptionTypes=str(AES), servicePrincipalName=list(account.spns),
        msDS_ManagedPasswordInterval="30" if account.group else "")


def _add_computer(samdb, computer):
    host = [f"HOST/{computer.fqdn}", f"HOST/{computer.name.upper()}"] if computer.host_spns else []
    host += [f"HOST/{computer.further_name}"] if computer.further_name else []
    _add_account(
        samdb, computer, topology.MACHINE_PASSWORD % computer.name,
        dsdb.UF_WORKSTATION_TRUST_ACCOUNT, objectClass="computer", dNSHostName=computer.fqdn,
        msDS_AdditionalDnsHostName=computer.further_name, userPrincipalName=computer.upn,
        msDS_SupportedEncryptionTypes=str(computer.etypes),
        servicePrincipalName=host + list(computer.spns))


def _change_password(samdb, computer):
    password = topology.MACHINE_PASSWORD % (computer.name + "-changed")
    _set(samdb, _dn_of(samdb, computer), {"unicodePwd": _encoded(password)})


def _complete_dc_spns(samdb, forest):
    """What samba_spnupdate would add at the first start."""
    fqdn = forest.dc_fqdn
    message = ldb.Message(ldb.Dn(
        samdb, f"CN={forest.dc.upper()},OU=Domain Controllers,{samdb.domain_dn()}"))
    spns = [f"ldap/{fqdn}", f"ldap/{forest.dc.upper()}", f"ldap/{fqdn}/{forest.domain}",
            f"GC/{fqdn}/{forest.domain}"]
    if forest.realm == topology.REPLICA.realm:
        spns.append(f"ldap/{topology.REPLICA.fqdn}")
    message["servicePrincipalName"] = ldb.MessageElement(spns, ldb.FLAG_MOD_ADD,
                                                         "servicePrincipalName")
    samdb.modify(message)


def _label(name, forest):
    """A name relative to the domain's zone."""
    return name[:-len("." + forest.domain)]


def _zone_dn(samdb, zone):
    return f"DC={zone},CN=MicrosoftDNS,DC=DomainDnsZones,{samdb.domain_dn()}"


def _add_name(samdb, zone, label, records):
    samdb.add({"dn": f"DC={label},{_zone_dn(samdb, zone)}", "objectClass": "dnsNode",
               "dnsRecord": [ndr_pack(record) for record in records]})


def _pointer(name):
    record = CNAMERecord(name)
    record.wType = dnsp.DNS_TYPE_PTR
    return record


def _add_dns(samdb, forest):
    """A and CNAME records of the domain's hosts, and a reverse zone with their PTR records."""
    addresses = {}
    for name, address in topology.records_of(forest.domain):
        addresses.setdefault(_label(name, forest), []).append(address)
    for label, values in addresses.items():
        _add_name(samdb, forest.domain, label, [ARecord(value) for value in values])
    for alias, target in topology.ALIASES.items():
        if alias.endswith("." + forest.domain):
            _add_name(samdb, forest.domain, _label(alias, forest), [CNAMERecord(target)])
    if forest.realm == published.REALM:
        for label, values in published.service_records():
            _add_name(samdb, forest.domain, label, [SRVRecord(*value) for value in values])

    reverse = ".".join(reversed(forest.network.split("."))) + ".in-addr.arpa"
    add_domain_record(samdb, samdb.domain_dn(), "DC=DomainDnsZones", reverse,
                      security.dom_sid(forest.sid), get_dnsadmins_sid(samdb, samdb.domain_dn()))
    _add_name(samdb, reverse, "@", [SOARecord(forest.dc_fqdn, "hostmaster." + forest.domain),
                                    NSRecord(forest.dc_fqdn)])
    for name, address in [(forest.dc_fqdn, forest.dc_address), *topology.records_of(forest.domain)]:
        _add_name(samdb, reverse, address.rsplit(".", 1)[1], [_pointer(name)])


def _force(samdb, forest, folder):
    """Write what the directory refuses below it, to the partition: a second owner of an SPN, and
    a lock that no wrong password has earned."""
    path = f"{folder}/private/sam.ldb.d/{samdb.domain_dn().upper()}.ldb"
    partition = ldb.Ldb(path)
    for user in accounts.of(accounts.USERS, forest):
        message = ldb.Message(ldb.Dn(partition, _dn_of(samdb, user)))
        if user.duplicate_spns:
            message["servicePrincipalName"] = ldb.MessageElement(
                list(user.duplicate_spns), ldb.FLAG_MOD_ADD, "servicePrincipalName")
        if user.locked:
            message["lockoutTime"] = ldb.MessageElement(
                str(samba.unix2nttime(int(time.time()))), ldb.FLAG_MOD_REPLACE, "lockoutTime")
        if len(message):
            partition.modify(message)


def _write_keytab(lp, path, principal):
    samba.enable_net_export_keytab()
    from samba.net import Net
    Net(Credentials(), lp=lp).export_keytab(keytab=path, principal=principal)


def _fill(samdb, forest):
    # Computers first: an HTTP SPN may be given to another account than the one that has the
    # HOST SPN, but not the other way round.
    _relax_passwords(samdb)
    _complete_dc_spns(samdb, forest)
    for computer in accounts.of(accounts.COMPUTERS, forest):
        _add_computer(samdb, computer)
    for user in accounts.of(accounts.USERS, forest):
        _add_user(samdb, user)
    for account in accounts.of(accounts.MANAGED_ACCOUNTS, forest):
        _add_managed_account(samdb, account)
    for trust in forest.trusts:
        trusts.add(samdb, trust)
    _add_dns(samdb, forest)


def _write_keytabs(samdb, lp, forest, keytabs):
    for computer in accounts.of(accounts.COMPUTERS, forest):
        path = os.path.join(keytabs, computer.name + ".keytab")
        _write_keytab(lp, path, computer.account)
        keytab.add_names(path, computer.keytab_spns)
        if computer.stale_keytab:
            _change_password(samdb, computer)
    for user in accounts.of(accounts.USERS, forest):
        if user.keytab:
            _write_keytab(lp, os.path.join(keytabs, user.name + ".keytab"), user.account)


def _make_replica(samdb, folder):
    """Copy the domain controller's databases and change one account in the copy."""
    replica = topology.REPLICA
    copy = os.path.join(os.path.dirname(folder), replica.name)
    shutil.copytree(folder, copy)
    partition = ldb.Ldb(f"{copy}/private/sam.ldb.d/{samdb.domain_dn().upper()}.ldb")
    message = ldb.Message(ldb.Dn(partition, f"CN={replica.account},CN=Users,{samdb.domain_dn()}"))
    message["servicePrincipalName"] = ldb.MessageElement(
        [replica.spn], ldb.FLAG_MOD_ADD, "servicePrincipalName")
    partition.modify(message)


def build(forest, folder, keytabs):
    """Make one forest below `folder`, and the keytabs of its accounts below `keytabs`."""
    lp = _provision(forest, folder)
    # nosync: the image is made whole or thrown away, so waiting for the disk buys nothing.
    samdb = SamDB(url=os.path.join(folder, "private", "sam.ldb"), session_info=system_session(),
                  lp=lp, options=["nosync:true"])
    if forest.realm == published.REALM:
        published.extend_schema(samdb, lp)
    samdb.transaction_start()
    _fill(samdb, forest)
    if forest.realm == published.REALM:
        published.publish(samdb)
    samdb.transaction_commit()
    _write_keytabs(samdb, lp, forest, keytabs)
    _force(samdb, forest, folder)
    if forest.realm == topology.REPLICA.realm:
        _make_replica(samdb, folder)
    if forest.is_selective:
        # Samba's KDC takes a trust with selective authentication for none, so it gets databases
        # of its own, in which the trust is an ordinary one.
        shutil.copytree(folder, folder + "-kdc")
        for trust in forest.trusts:
            if trust.attributes & SELECTIVE:
                trusts.make_selective(samdb, trust)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    build(FORESTS[sys.argv[1]], sys.argv[2], sys.argv[3])
