"""A certification authority for the lab's HTTPS management points and domain controllers."""

import os
import subprocess

import topology

DAYS = "7300"


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def _new_key_options(path):
    # EC keys take no noticeable time to make.
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]


def _issue(folder, name):
    """NAME.key and NAME.crt for one host name."""
    base = os.path.join(folder, name)
    extensions = base + ".ext"
    with open(extensions, "w") as handle:
        handle.write(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n"
                     "basicConstraints=CA:FALSE\n")
    _openssl("req", "-new", *_new_key_options(base + ".key"), "-subj", "/CN=" + name,
             "-out", base + ".csr")
    _openssl("x509", "-req", "-in", base + ".csr", "-CA", os.path.join(folder, "ca.crt"),
             "-CAkey", os.path.join(folder, "ca.key"), "-CAcreateserial", "-days", DAYS,
             "-extfile", extensions, "-out", base + ".crt")


def build(folder):
    os.makedirs(folder, exist_ok=True)
    _openssl("req", "-x509", *_new_key_options(os.path.join(folder, "ca.key")), "-days", DAYS,
             "-subj", "/CN=Lab issuing CA", "-out", os.path.join(folder, "ca.crt"))
    for site in topology.SITES:
        if site.https:
            _issue(folder, site.name)
    for forest in topology.FORESTS.values():
        _issue(folder, forest.dc_fqdn)
