#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Folders include only what the architecture lets them: layering.py ROOT"""

import os
import re
import sys

import tree

# Folder -> the folders whose headers it may include besides its own.
MAY_INCLUDE = {
    "probe/base": (),
    "probe/codes": ("probe/base",),
    "probe/evidence": ("probe/base",),
    "probe/decode": ("probe/base", "probe/evidence"),
    "probe/rules": ("probe/base", "probe/evidence", "probe/codes"),
    "probe/report": ("probe/base", "probe/evidence", "probe/codes", "probe/rules"),
    "probe/live": ("probe/base", "probe/evidence", "probe/decode"),
    "ldap": ("probe/base", "probe/evidence", "probe/decode"),
    "captures": ("probe/base", "probe/evidence", "probe/decode"),
    "probe/cli": ("probe/base", "probe/evidence", "probe/codes", "probe/decode", "probe/rules",
                  "probe/report", "probe/live", "ldap", "captures"),
    "probe": ("probe/cli",),    # main.c
}

# Headers of foreign libraries -> the only folders that may include them.
LIBRARIES = (
    (r"gssapi(/|\.h$)", ("probe/decode", "probe/live", "ldap")),
    (r"(krb5|com_err|profile)(/|\.h$|_)", ("probe/live",)),
    (r"curl/", ("probe/live",)),
    (r"ares", ("probe/live",)),
    (r"(sys/socket|netdb)\.h$", ("probe/live", "ldap")),
    (r"netinet/", ("probe/live",)),
    (r"(poll|sys/epoll)\.h$", ("probe/base", "probe/live", "probe/cli", "ldap")),
    # Only inet_pton and inet_ntop: is this an address?
    (r"arpa/inet\.h$", ("probe/live", "probe/decode", "probe/rules", "captures")),
    (r"jansson", ("probe/evidence",)),
    (r"openssl/", ("probe/live", "probe/decode", "ldap")),
    (r"(openldap|ldap|lber|sasl/)", ("ldap",)),
    (r"libxml/", ("probe/decode", "captures")),
    (r"(hivex|archive|zstd)", ("captures",)),
    (r"zlib", ("probe/decode", "captures")),
    # captures/ reads frames and their headers itself; benchmarks compare with libpcap.
    (r"pcap", ()),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def owner(root, folder, header):
    """The folder of a header of ours as the compiler finds it, or None."""
    for base in (folder, "probe", ""):
        path = os.path.normpath(os.path.join(base, header))
        if os.path.isfile(os.path.join(root, path)):
            return os.path.dirname(path)
    return None


def check_own(root, place, folder, header):
    target = owner(root, folder, header)
    if target is None:
        return [f'{place}: no header of the project is called "{header}"']
    if target == folder or target in MAY_INCLUDE[folder]:
        return []
    return [f'{place}: {folder} must not include "{header}"']


def check_foreign(place, folder, header):
    for pattern, folders in LIBRARIES:
        if re.match(pattern, header) and folder not in folders:
            return [f"{place}: <{header}> belongs in {' and '.join(folders)} only"]
    return []


def check(root, path):
    folder = os.path.dirname(path)
    if folder not in MAY_INCLUDE:
        return [f"{path}: folder {folder} has no row in tests/lint/layering.py"]
    text = tree.strip_comments(tree.read(root, path))
    problems = []
    for match in INCLUDE.finditer(text):
        place = f"{path}:{text.count(chr(10), 0, match.start(2)) + 1}"
        if match.group(1) == '"':
            problems += check_own(root, place, folder, match.group(2))
        else:
            problems += check_foreign(place, folder, match.group(2))
    return problems


def main(root):
    paths = [path for path in tree.files(root, tree.CODE_FOLDERS, (".c", ".h", ".def"))
             if not path.startswith("captures/samples/")]
    tree.finish([problem for path in paths for problem in check(root, path)])


if __name__ == "__main__":
    main(sys.argv[1])
