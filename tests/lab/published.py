"""What Configuration Manager publishes in a forest: its classes, a site, management points.

The names of classes and attributes are those of a real schema extension; their OIDs are not (the
enterprise number is the one for documentation, RFC 5612).
"""

from accounts import IN_DNS_ONLY, PUBLISHED, SITE_CODE

REALM = "CONTOSO.LAB"
OID = "1.3.6.1.4.1.32473.77"

# LDAP syntax (attributeSyntax, oMSyntax), [MS-ADTS] 3.1.1.2.2.2.
TEXT = ("2.5.5.12", "64")
BOOLEAN = ("2.5.5.8", "1")

# cn, lDAPDisplayName, syntax, single-valued
ATTRIBUTES = (
    ("mS-SMS-Site-Code", "mSSMSSiteCode", TEXT, True),
    ("mS-SMS-Source-Forest", "mSSMSSourceForest", TEXT, True),
    ("mS-SMS-Assignment-Site-Code", "mSSMSAssignmentSiteCode", TEXT, True),
    ("mS-SMS-Roaming-Boundaries", "mSSMSRoamingBoundaries", TEXT, False),
    ("mS-SMS-Health-State", "mSSMSHealthState", TEXT, True),
    ("mS-SMS-MP-Name", "mSSMSMPName", TEXT, True),
    ("mS-SMS-MP-Address", "mSSMSMPAddress", TEXT, True),
    ("mS-SMS-Default-MP", "mSSMSDefaultMP", BOOLEAN, True),
    ("mS-SMS-Device-Management-Point", "mSSMSDeviceManagementPoint", BOOLEAN, True),
    ("mS-SMS-Version", "mSSMSVersion", TEXT, True),
    ("mS-SMS-Capabilities", "mSSMSCapabilities", TEXT, True),
)

# cn, lDAPDisplayName, attributes
CLASSES = (
    ("MS-SMS-Site", "mSSMSSite",
     ("mSSMSSiteCode", "mSSMSSourceForest", "mSSMSAssignmentSiteCode", "mSSMSRoamingBoundaries",
      "mSSMSHealthState")),
    ("MS-SMS-Management-Point", "mSSMSManagementPoint",
     ("mSSMSSiteCode", "mSSMSMPName", "mSSMSMPAddress", "mSSMSDefaultMP",
      "mSSMSDeviceManagementPoint", "mSSMSVersion", "mSSMSCapabilities", "mSSMSSourceForest",
      "dNSHostName")),
)

# Administrators and the system write, everybody who is authenticated reads. Without it ordinary
# accounts see nothing.
ACCESS = ("D:(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)"
          "(A;;RPLCLORC;;;AU)")

# As sites write it: XML in which an issuer's name leaves its ampersand bare.
CAPABILITIES = (
    "<ClientOperationalSettings><Version>5.00.9132.1000</Version><SecurityConfiguration>"
    "<SecurityModeMask>{mask}</SecurityModeMask><SecurityModeMaskEx>{mask_ex}</SecurityModeMaskEx>"
    "<HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><CertificateStoreName></CertificateStoreName>"
    "<CertificateIssuers>CN=R&D Issuing CA; O=Contoso & Sons</CertificateIssuers>"
    "<CertificateSelectionCriteria></CertificateSelectionCriteria>"
    "<CertificateSelectFirstFlag>1</CertificateSelectFirstFlag>"
    "<SiteSigningCert>308201020304</SiteSigningCert></SecurityConfiguration>"
    "<RootSiteCode>{site}</RootSiteCode><CCM> <CommandLine>SMSSITECODE={site}</CommandLine> </CCM>"
    "<FSP> <FSPServer></FSPServer> </FSP>"
    "<Domain Value=\"{domain}\" /><Forest Value=\"{domain}\" /></ClientOperationalSettings>")


def _update_schema(samdb):
    """Have the classes and attributes so far taken into use."""
    samdb.modify_ldif("dn:\nchangetype: modify\nadd: schemaUpdateNow\nschemaUpdateNow: 1\n")


def extend_schema(samdb, lp):
    lp.set("dsdb:schema update allowed", "yes")
    base = str(samdb.get_schema_basedn())
    for number, (cn, name, (syntax, om_syntax), single) in enumerate(ATTRIBUTES, 1):
        samdb.add({"dn": f"CN={cn},{base}", "objectClass": "attributeSchema",
                   "lDAPDisplayName": name, "attributeID": f"{OID}.1.{number}",
                   "attributeSyntax": syntax, "oMSyntax": om_syntax,
                   "isSingleValued": "TRUE" if single else "FALSE"})
    _update_schema(samdb)
    for number, (cn, name, attributes) in enumerate(CLASSES, 1):
        samdb.add({"dn": f"CN={cn},{base}", "objectClass": "classSchema",
                   "lDAPDisplayName": name, "governsID": f"{OID}.2.{number}",
                   "subClassOf": "top", "objectClassCategory": "1", "possSuperiors": "container",
                   "mayContain": list(attributes), "defaultSecurityDescriptor": ACCESS})
    _update_schema(samdb)


def _flag(value):
    return "TRUE" if value else "FALSE"


def publish(samdb):
    """CN=System Management with a site and its management points."""
    container = f"CN=System Management,CN=System,{samdb.domain_dn()}"
    domain = samdb.domain_dns_name()
    samdb.add({"dn": container, "objectClass": "container"})
    samdb.add({"dn": f"CN=SMS-Site-{SITE_CODE},{container}", "objectClass": "mSSMSSite",
               "mSSMSSiteCode": SITE_CODE, "mSSMSAssignmentSiteCode": SITE_CODE,
               "mSSMSSourceForest": domain, "mSSMSRoamingBoundaries": "10.77.0.0"})
    for point in PUBLISHED:
        capabilities = CAPABILITIES.format(site=SITE_CODE, domain=domain,
                                           mask=int(point.https), mask_ex=480 + point.https)
        samdb.add({"dn": f"CN=SMS-MP-{SITE_CODE}-{point.fqdn.upper()},{container}",
                   "objectClass": "mSSMSManagementPoint", "mSSMSSiteCode": SITE_CODE,
                   "mSSMSMPName": point.fqdn.upper(), "dNSHostName": point.fqdn,
                   "mSSMSDefaultMP": _flag(point.default),
                   "mSSMSDeviceManagementPoint": _flag(False), "mSSMSVersion": "9132",
                   "mSSMSSourceForest": domain, "mSSMSCapabilities": capabilities})


def service_records():
    """(label, [(target, port), ...]) of the SRV records that a site writes into DNS."""
    return [(f"_mssms_mp_{SITE_CODE.lower()}._tcp",
             [(point.fqdn, 443 if point.https else 80) for point in PUBLISHED + IN_DNS_ONLY])]
