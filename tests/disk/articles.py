# SPDX-License-Identifier: Apache-2.0
"""Every sentence of the articles that names a key, value, file, folder, share, account or object of
IIS, with its line, and how a disk comes to have it.

Articles: 828367.txt and 828367.md are KB 828367 as it was published twice; 257808 is Q257808;
828370 is KB 828370. Lines are those of the text of each.
"""
from collections import namedtuple

SITE = "S01"
GUID = "GUID:3358674C-7C33-44F2-8496-1A5D3116F7ED"
THUMBPRINT = "78D612FA1FF127C8C0F8AEA67C6EB6E89AC2D74C"

CLIENT = r"Microsoft\SMS\Client\Configuration\Client Properties"
MOBILE = r"Microsoft\SMS\Mobile Client"
COMPONENTS = r"Microsoft\SMS\Client\Client Components"
BASE = COMPONENTS + r"\SMS Client Base Components\Installation Properties"
SERVICES = "CurrentControlSet\\Services\\"
ENUM = r"CurrentControlSet\Enum\Root\LEGACY_"
EVENT_LOG = SERVICES + "Eventlog\\Application\\"
SHARES = SERVICES + r"LanmanServer\Shares"
ALIASES = "SAM\\Domains\\Account\\Aliases\\Names\\"

# lines: {article: line}; item: its word in evidence; add: gives it to a disk; finding: what is
# concluded when it is all that is left; exit: the exit status then.
Leftover = namedtuple("Leftover", "item lines add finding exit clients", defaults=(2, ()))


def smscfg(guid=GUID, more=()):
    lines = ["[Configuration - Client Properties]", f"SMS Unique Identifier={guid}", *more]
    return "".join(line + "\r\n" for line in lines).encode()


def value(hive, key, name, content):
    return lambda disk: disk.add_values(hive, key, {name: content})


def key(hive, path):
    return lambda disk: disk.add_values(hive, path, {})


def file(path, content=b"x"):
    return lambda disk: disk.add_file(path, content)


def folder(path):
    return lambda disk: disk.add_folder(path)


def service(name, start):
    return lambda disk: disk.add_values("SYSTEM", SERVICES + name, {"Start": start})


OLD = ("sms20", "legacy")
NEW = ("advanced", "later")

# What each kind of client is known by.
CLIENTS = {
    "sms20": value("SOFTWARE", BASE, "Installed Version", "2.00.1493.2009"),
    "legacy": value("SOFTWARE", BASE, "Installed Version", "2.50.2726.0018"),
    "advanced": value("SOFTWARE", MOBILE, "ProductVersion", "2.50.4253.3000"),
    "later": value("SOFTWARE", MOBILE, "ProductVersion", "5.00.9078.1006"),
}

IMAGE = [
    Leftover("unique-id", {"828367.txt": 55, "828367.md": 56, "257808": 65},
             value("SOFTWARE", CLIENT, "SMS Unique Identifier", GUID), "image.guid",
             clients=OLD + NEW),
    Leftover("smsuid-dat", {"828367.txt": 63, "828367.md": 62, "257808": 71},
             file("Documents and Settings/All Users/Smsuid.dat"), "image.file",
             clients=OLD + NEW),
    Leftover("smscfg", {"828367.txt": 65, "828367.md": 63, "257808": 73},
             file("%SystemRoot%/Smscfg.ini", smscfg(guid="")), "image.file", clients=OLD),
    Leftover("smscfg-guid", {"828367.txt": 10, "828367.md": 30, "257808": 40},
             file("%SystemRoot%/SMSCFG.INI", smscfg()), "image.guid", clients=OLD + NEW),
    Leftover("abexprtdb", {"828367.txt": 73, "828367.md": 70, "257808": 75},
             key("SOFTWARE", r"Microsoft\NAL\Client\AbExprtDB\{1}"), "image.key", clients=OLD),
    Leftover("sms1x", {"257808": 80}, file("%SystemRoot%/MS/SMS/Core/Data/sms1x.ini"),
             "image.file", clients=("sms20",)),
    Leftover("certificate", {"828367.txt": 95, "828367.md": 86},
             key("SOFTWARE", r"Microsoft\SystemCertificates\SMS\Certificates" + "\\" + THUMBPRINT),
             "image.certificate", clients=NEW),
    Leftover("assigned-site", {"828367.txt": 78, "828367.md": 74},
             value("SOFTWARE", MOBILE, "AssignedSiteCode", SITE), "image.assigned", 1, NEW),
    Leftover("requested-site", {"828367.txt": 78, "828367.md": 74},
             value("SOFTWARE", MOBILE, "GPRequestedSiteAssignmentCode", SITE), "image.assigned", 1,
             NEW),
]


def registry(rows):
    return [Leftover(item, {"828370": line}, key(hive, path), "residue.key")
            for line, item, hive, path in rows]


RESIDUE = [
    Leftover("start-sms", {"828370": 48}, service("SMS_Something", 2), "residue.service", 1),
    Leftover("start-bootstrap", {"828370": 48}, service("SMSBootstrap", 2), "residue.service", 1),
    Leftover("start-winmgmt", {"828370": 48}, service("Winmgmt", 2), "residue.service", 1),
] + registry([
    (50, "key-sms", "SOFTWARE", r"Microsoft\SMS"),
    (51, "key-nal", "SOFTWARE", r"Microsoft\NAL"),
    (52, "key-executive", "SYSTEM", SERVICES + "SMS_Executive"),
    (53, "key-site-component", "SYSTEM", SERVICES + "SMS_Site_Component_Manager"),
    (54, "key-bootstrap", "SYSTEM", SERVICES + "SMS_Bootstrap"),
    (55, "key-clisvc", "SYSTEM", SERVICES + "CLISVC"),
    (56, "key-discovery", "SYSTEM", SERVICES + "SMS_Discovery_Data_Manager"),
    (57, "key-lan-sender", "SYSTEM", SERVICES + "SMS_Lan_Sender"),
    (58, "key-scheduler", "SYSTEM", SERVICES + "SMS_Scheduler"),
    (59, "key-site-backup", "SYSTEM", SERVICES + "SMS_Site_Backup"),
    (60, "key-metering", "SYSTEM", SERVICES + "SMS_Software_Metering_Processor"),
    (61, "key-status", "SYSTEM", SERVICES + "SMS_Status_Manager"),
    (62, "enum-clisvc", "SYSTEM", ENUM + "CLISVC"),
    (63, "enum-bootstrap", "SYSTEM", ENUM + "SMS_BOOTSTRAP"),
    (64, "enum-executive", "SYSTEM", ENUM + "SMS_EXECUTIVE"),
    (65, "enum-inventory", "SYSTEM", ENUM + "SMS_HARDWARE_INVENTORY_AGENT_SERVICE"),
    (66, "enum-key-creation", "SYSTEM", ENUM + "SMS_KEY_CREATION_SERVICE"),
    (67, "enum-server", "SYSTEM", ENUM + "SMS_SERVER_BOOTSTRAP_AnyServer"),
    (68, "enum-site-component", "SYSTEM", ENUM + "SMS_SITE_COMPONENT_MANAGER"),
    (69, "log-client", "SYSTEM", EVENT_LOG + "SMS Client"),
    (70, "log-performance", "SYSTEM", EVENT_LOG + "SMS Performance Data Provider"),
    (71, "log-provider", "SYSTEM", EVENT_LOG + "SMS Provider"),
    (72, "log-remote", "SYSTEM", EVENT_LOG + "SMS Remote Control"),
    (73, "log-server", "SYSTEM", EVENT_LOG + "SMS Server"),
    (74, "log-smsclient", "SYSTEM", EVENT_LOG + "SmsClient"),
]) + [
    Leftover("folder-sms", {"828370": 76}, folder("sms"), "residue.folder"),
    Leftover("bootstrap-log", {"828370": 77}, file("SMSBootstrap.log"), "residue.folder"),
    Leftover("bootstrap-ini", {"828370": 78}, file("SMSBootstrap.ini"), "residue.folder"),
    Leftover("bootstrap-pkg", {"828370": 79}, file("SMSBOOTSTRAP.PKG"), "residue.folder"),
    Leftover("folder-ms-sms", {"828370": 80}, folder("%SystemRoot%/ms/Sms"), "residue.folder"),
    Leftover("folder-cap", {"828370": 84}, folder("CAP_" + SITE), "residue.share"),
    Leftover("folder-package", {"828370": 84}, folder("SMSPKGD$"), "residue.share"),
    Leftover("share-cap", {"828370": 84}, value("SYSTEM", SHARES, "CAP_" + SITE, "x"),
             "residue.share"),
    Leftover("share-package", {"828370": 84}, value("SYSTEM", SHARES, "SMSPKGC$", "x"),
             "residue.share"),
    Leftover("group-site-system", {"828370": 87},
             key("SAM", ALIASES + "SMS_SiteSystemToSiteServerConnection_" + SITE),
             "residue.account"),
    Leftover("group-site-to-site", {"828370": 87},
             key("SAM", ALIASES + "SMS_SiteToSiteConnection_" + SITE), "residue.account"),
    Leftover("group-other", {"828370": 87}, key("SAM", ALIASES + "SMSInternalCliGrp_" + SITE),
             "residue.account"),
    Leftover("account-other", {"828370": 87},
             key("SAM", "SAM\\Domains\\Account\\Users\\Names\\SMSServer_" + SITE),
             "residue.account"),
] + [
    Leftover(item, {"828370": line}, lambda disk, name=name: disk.pools().append(name),
             "residue.iis")
    for line, item, name in [
        (93, "pool-ccm", "CCM Server Framework Pool"),
        (94, "pool-dp", "SMS Distribution Points Pool"),
        (95, "pool-mp", "SMS Management Point Pool"),
        (96, "pool-slp", "SMS Server Location Point Pool")]
] + [
    Leftover(item, {"828370": line}, lambda disk, name=name: disk.webs().append(name),
             "residue.iis")
    for line, item, name in [
        (98, "web-incoming", "CCM_Incoming"),
        (99, "web-outgoing", "CCM_Outgoing"),
        (100, "web-system", "CCM_System"),
        (101, "web-dp", "SMS_DP_SMSPKGD$"),
        (102, "web-mp", "SMS_MP"),
        (103, "web-slp", "SMS_SLP")]
]

# Lines of 828370 that name something on other computers: what --checklist prints for them.
PARENT = [
    (31, r"Site Settings\Addresses"),
    (33, "Delete the address of the failed secondary site S01"),
    (37, r"sms\bin\i386\00000409"),
    (38, "Preinst /DELSITE S01 PARENT"),
    (41, "Preinst /DELJOB S01"),
    (84, "delete the CAP_S01 and SMSPKGdrive$ shares"),
    (115, "c$, d$ and admin$"),
]

# Sentences that a disk cannot answer, and the step that says so: article, line, procedure, number.
BY_HAND = [
    ("828367.txt", 52, "legacy", "2"),
    ("828367.md", 55, "legacy", "2"),
    ("257808", 63, "sms20", "2"),
    ("828367.txt", 85, "advanced", "1"),
    ("828367.txt", 90, "advanced", "3"),
    ("828367.md", 80, "advanced", "3"),
    ("828367.txt", 99, "advanced", "5"),
    ("828367.txt", 101, "advanced", "6"),
]
