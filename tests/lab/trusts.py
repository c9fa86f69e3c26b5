"""Trusts: trustedDomain objects, written into a directory without asking the other side."""

import time

import ldb
import samba
from samba import dsdb
from samba.dcerpc import drsblobs, lsa, security
from samba.ndr import ndr_pack

import topology
from topology import FOREST_TRUST, SELECTIVE

AES = "24"      # msDS-SupportedEncryptionTypes: AES128 and AES256
INBOUND, OUTBOUND = lsa.LSA_TRUST_DIRECTION_INBOUND, lsa.LSA_TRUST_DIRECTION_OUTBOUND


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


def _forest_record(kind, data, flags=0):
    record = drsblobs.ForestTrustInfoRecord()
    record.type = kind
    record.flags = flags
    record.timestamp = samba.unix2nttime(int(time.time()))
    record.data = data
    armor = drsblobs.ForestTrustInfoRecordArmor()
    armor.record = record
    return armor


def _string(text):
    value = drsblobs.ForestTrustString()
    value.string = text
    return value


def _forest_info(other, suffixes):
    """msDS-TrustForestTrustInfo: the names that the other forest owns. KDCs refer along them."""
    domain = drsblobs.ForestTrustDataDomainInfo()
    domain.sid = security.dom_sid(other.sid)
    domain.dns_name = _string(other.domain)
    domain.netbios_name = _string(other.flat)
    records = [_forest_record(lsa.LSA_FOREST_TRUST_TOP_LEVEL_NAME, _string(other.domain))]
    for suffix in suffixes:
        kind = (lsa.LSA_FOREST_TRUST_TOP_LEVEL_NAME_EX if suffix.excluded
                else lsa.LSA_FOREST_TRUST_TOP_LEVEL_NAME)
        records.append(_forest_record(kind, _string(suffix.name), suffix.flags))
    records.append(_forest_record(lsa.LSA_FOREST_TRUST_DOMAIN_INFO, domain))
    info = drsblobs.ForestTrustInfo()
    info.version = 1
    info.count = len(records)    # before the records: reading them back gives `count` of them
    info.records = records
    return ndr_pack(info)


def _add_account(samdb, other):
    """The account as which the other side's KDC knows our tickets."""
    samdb.add({
        "dn": f"CN={other.flat}$,CN=Users,{samdb.domain_dn()}",
        "objectClass": "user",
        "sAMAccountName": other.flat + "$",
        "userAccountControl": str(dsdb.UF_INTERDOMAIN_TRUST_ACCOUNT),
        "unicodePwd": ('"%s"' % topology.TRUST_PASSWORD).encode("utf-16-le")},
        controls=[f"local_oid:{dsdb.DSDB_CONTROL_PERMIT_INTERDOMAIN_TRUST_UAC_OID}:0"])


def _dn_of(samdb, trust):
    return f"CN={topology.partner(trust).domain},CN=System,{samdb.domain_dn()}"


def add(samdb, trust):
    """A trust as this side sees it, and for an inbound one the trust's account."""
    other = topology.partner(trust)
    record = {
        "dn": _dn_of(samdb, trust),
        "objectClass": "trustedDomain",
        "trustType": str(lsa.LSA_TRUST_TYPE_UPLEVEL),
        "trustAttributes": str(trust.attributes & ~SELECTIVE),
        "trustDirection": str(trust.direction),
        "flatname": other.flat,
        "trustPartner": other.domain,
        "msDS-SupportedEncryptionTypes": AES,
        "securityIdentifier": ndr_pack(security.dom_sid(other.sid))}
    if trust.direction & INBOUND:
        record["trustAuthIncoming"] = _trust_secret()
    if trust.direction & OUTBOUND:
        record["trustAuthOutgoing"] = _trust_secret()
    if trust.attributes & FOREST_TRUST:
        record["msDS-TrustForestTrustInfo"] = _forest_info(other, trust.suffixes)
    samdb.add(record)
    if trust.direction & INBOUND:
        _add_account(samdb, other)


def make_selective(samdb, trust):
    message = ldb.Message(ldb.Dn(samdb, _dn_of(samdb, trust)))
    message["trustAttributes"] = ldb.MessageElement(str(trust.attributes), ldb.FLAG_MOD_REPLACE,
                                                    "trustAttributes")
    samdb.modify(message)
