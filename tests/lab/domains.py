"""Samba AD forests: provisioned into a folder, filled and given trusts without a daemon running.

Run as a program (`domains.py REALM FOLDER`), it builds one forest; image.py starts one process a
forest. Everything goes through the database directly, which takes no server and no RPC.
"""

import logging
import os
import sys
import time

import ldb
import samba
from samba import dsdb, param
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import dnsp, drsblobs, lsa, security
from samba.ndr import ndr_pack
from samba.provision import provision
from samba.provision.sambadns import (ARecord, CNAMERecord, NSRecord, SOARecord, add_domain_record,
                                      get_dnsadmins_sid)
from samba.samdb import SamDB

import keytab
import samba_conf
import topology
from topology import FORESTS, FOREST_TRUST

AES = 0x18      # msDS-SupportedEncryptionTypes: AES128 and AES256


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


def _relax_passwords(samdb):
    """No password ever expires: an image must outlive the day on which it was made."""
    message = ldb.Message(ldb.Dn(samdb, samdb.domain_dn()))
    for name, value in (("maxPwdAge", "0"), ("minPwdAge", "0"), ("pwdHistoryLength", "0")):
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    samdb.modify(message)


def _add_user(samdb, user):
    disabled = dsdb.UF_ACCOUNTDISABLE if user.disabled else 0
    record = {
        "dn": f"CN={user.name},CN=Users,{samdb.domain_dn()}",
        "objectClass": "user",
        "sAMAccountName": user.name,
        "userPrincipalName": f"{user.name}@{samdb.domain_dns_name()}",
        "userAccountControl": str(dsdb.UF_NORMAL_ACCOUNT | disabled),
        "msDS-SupportedEncryptionTypes": str(AES),
        "unicodePwd": _encoded(user.password or topology.SERVICE_PASSWORD % user.name)}
    if user.spns:
        record["servicePrincipalName"] = list(user.spns)
    samdb.add(record)


def _add_computer(samdb, computer):
    fqdn = f"{computer.name}.{samdb.domain_dns_name()}"
    samdb.add({
        "dn": f"CN={computer.name.upper()},CN=Computers,{samdb.domain_dn()}",
        "objectClass": "computer",
        "sAMAccountName": computer.name.upper() + "$",
        "dNSHostName": fqdn,
        "userAccountControl": str(dsdb.UF_WORKSTATION_TRUST_ACCOUNT),
        "msDS-SupportedEncryptionTypes": str(computer.etypes),
        "servicePrincipalName": [f"HOST/{fqdn}", f"HOST/{computer.name.upper()}", *computer.spns],
        "unicodePwd": _encoded(topology.MACHINE_PASSWORD % computer.name)})


def _change_password(samdb, computer):
    message = ldb.Message(ldb.Dn(
        samdb, f"CN={computer.name.upper()},CN=Computers,{samdb.domain_dn()}"))
    message["unicodePwd"] = ldb.MessageElement(
        _encoded(topology.MACHINE_PASSWORD % (computer.name + "-changed")),
        ldb.FLAG_MOD_REPLACE, "unicodePwd")
    samdb.modify(message)


def _complete_dc_spns(samdb, forest):
    """What samba_spnupdate would add at the first start."""
    fqdn = f"{forest.dc}.{forest.domain}"
    message = ldb.Message(ldb.Dn(
        samdb, f"CN={forest.dc.upper()},OU=Domain Controllers,{samdb.domain_dn()}"))
    message["servicePrincipalName"] = ldb.MessageElement(
        [f"ldap/{fqdn}", f"ldap/{forest.dc.upper()}", f"ldap/{fqdn}/{forest.domain}",
         f"GC/{fqdn}/{forest.domain}"], ldb.FLAG_MOD_ADD, "servicePrincipalName")
    samdb.modify(message)


def _trust_secret():
    """The shared password as both sides of a trust store it."""
    clear = drsblobs.AuthInfoClear()
    password = list(topology.TRUST_PASSWORD.encode("utf-16-le"))
    clear.size = len(password)
    clear.password = password
    info = drsblobs.AuthenticationInformation()
    info.LastUpdateTime = samba.unix2nttime(int(time.time()))
    info.AuthType = lsa.TRUST_AUTH_TYPE_CLEAR
    info.AuthInfo = clear
    array = drsblobs.AuthenticationInformationArray()
    array.count = 1
    array.array = [info]
    blob = drsblobs.trustAuthInOutBlob()
    blob.count = 1
    blob.current = array
    return ndr_pack(blob)


def _forest_record(kind, data):
    record = drsblobs.ForestTrustInfoRecord()
    record.type = kind
    record.timestamp = samba.unix2nttime(int(time.time()))
    record.data = data
    armor = drsblobs.ForestTrustInfoRecordArmor()
    armor.record = record
    return armor


def _string(text):
    value = drsblobs.ForestTrustString()
    value.string = text
    return value


def _forest_info(other):
    """msDS-TrustForestTrustInfo: the names that the other forest owns. KDCs refer along them."""
    domain = drsblobs.ForestTrustDataDomainInfo()
    domain.sid = security.dom_sid(other.sid)
    domain.dns_name = _string(other.domain)
    domain.netbios_name = _string(other.flat)
    info = drsblobs.ForestTrustInfo()
    records = [_forest_record(lsa.LSA_FOREST_TRUST_TOP_LEVEL_NAME, _string(other.domain)),
               _forest_record(lsa.LSA_FOREST_TRUST_DOMAIN_INFO, domain)]
    info.version = 1
    info.count = len(records)    # before the records: reading them back gives `count` of them
    info.records = records
    return ndr_pack(info)


def _add_trust(samdb, other, attributes):
    """A two-way trust, seen from this side: the trustedDomain object and the trust's account."""
    record = {
        "dn": f"CN={other.domain},CN=System,{samdb.domain_dn()}",
        "objectClass": "trustedDomain",
        "trustType": str(lsa.LSA_TRUST_TYPE_UPLEVEL),
        "trustAttributes": str(attributes),
        "trustDirection": str(lsa.LSA_TRUST_DIRECTION_INBOUND | lsa.LSA_TRUST_DIRECTION_OUTBOUND),
        "flatname": other.flat,
        "trustPartner": other.domain,
        "trustAuthIncoming": _trust_secret(),
        "trustAuthOutgoing": _trust_secret(),
        "msDS-SupportedEncryptionTypes": str(AES),
        "securityIdentifier": ndr_pack(security.dom_sid(other.sid))}
    if attributes == FOREST_TRUST:
        record["msDS-TrustForestTrustInfo"] = _forest_info(other)
    samdb.add(record)
    samdb.add({
        "dn": f"CN={other.flat}$,CN=Users,{samdb.domain_dn()}",
        "objectClass": "user",
        "sAMAccountName": other.flat + "$",
        "userAccountControl": str(dsdb.UF_INTERDOMAIN_TRUST_ACCOUNT),
        "unicodePwd": _encoded(topology.TRUST_PASSWORD)},
        controls=[f"local_oid:{dsdb.DSDB_CONTROL_PERMIT_INTERDOMAIN_TRUST_UAC_OID}:0"])


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
    dc = f"{forest.dc}.{forest.domain}"
    addresses = {}
    for name, address in topology.records_of(forest.domain):
        addresses.setdefault(name, []).append(address)
    for name, values in addresses.items():
        _add_name(samdb, forest.domain, name.split(".")[0], [ARecord(value) for value in values])
    for alias, target in topology.ALIASES.items():
        if alias.endswith("." + forest.domain):
            _add_name(samdb, forest.domain, alias.split(".")[0], [CNAMERecord(target)])

    reverse = ".".join(reversed(forest.network.split("."))) + ".in-addr.arpa"
    add_domain_record(samdb, samdb.domain_dn(), "DC=DomainDnsZones", reverse,
                      security.dom_sid(forest.sid), get_dnsadmins_sid(samdb, samdb.domain_dn()))
    _add_name(samdb, reverse, "@", [SOARecord(dc, "hostmaster." + forest.domain), NSRecord(dc)])
    for name, address in [(dc, forest.dc_address)] + topology.records_of(forest.domain):
        _add_name(samdb, reverse, address.rsplit(".", 1)[1], [_pointer(name)])


def _force_duplicates(samdb, forest, folder):
    """The directory refuses a second owner of an SPN, so write below it, to the partition."""
    path = f"{folder}/private/sam.ldb.d/{samdb.domain_dn().upper()}.ldb"
    partition = ldb.Ldb(path)
    for user in topology.USERS:
        if user.realm == forest.realm and user.duplicate_spns:
            message = ldb.Message(ldb.Dn(partition, f"CN={user.name},CN=Users,{forest.base_dn}"))
            message["servicePrincipalName"] = ldb.MessageElement(
                list(user.duplicate_spns), ldb.FLAG_MOD_ADD, "servicePrincipalName")
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
    for computer in topology.COMPUTERS:
        if computer.realm == forest.realm:
            _add_computer(samdb, computer)
    for user in topology.USERS:
        if user.realm == forest.realm:
            _add_user(samdb, user)
    for realm, attributes in forest.trusts:
        _add_trust(samdb, FORESTS[realm], attributes)
    _add_dns(samdb, forest)


def build(forest, folder, keytabs):
    """Make one forest below `folder`, and the keytabs of its computers below `keytabs`."""
    lp = _provision(forest, folder)
    # nosync: the image is made whole or thrown away, so waiting for the disk buys nothing.
    samdb = SamDB(url=os.path.join(folder, "private", "sam.ldb"), session_info=system_session(),
                  lp=lp, options=["nosync:true"])
    samdb.transaction_start()
    _fill(samdb, forest)
    samdb.transaction_commit()
    for computer in topology.COMPUTERS:
        if computer.realm == forest.realm:
            path = os.path.join(keytabs, computer.name + ".keytab")
            _write_keytab(lp, path, computer.name.upper() + "$")
            keytab.add_names(path, computer.keytab_spns)
            if computer.stale_keytab:
                _change_password(samdb, computer)
    _force_duplicates(samdb, forest, folder)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    build(FORESTS[sys.argv[1]], sys.argv[2], sys.argv[3])
