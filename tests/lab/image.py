"""The kept image: every database, key and certificate, made once and copied at each start.

An image is named after what it was made from (these scripts and the Samba version), built in a
scratch folder and renamed into place as the last step: a folder with the right name is complete.
"""

import hashlib
import os
import shutil
import subprocess
import sys

import certificates
import isolation
import realms
import topology
from isolation import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = ("topology.py", "accounts.py", "domains.py", "trusts.py", "published.py", "keytab.py",
           "samba_conf.py", "realms.py", "certificates.py", "image.py")


def fingerprint():
    digest = hashlib.sha256(subprocess.run(["samba", "--version"], check=True,
                                           stdout=subprocess.PIPE).stdout)
    for name in SOURCES:
        with open(os.path.join(HERE, name), "rb") as handle:
            digest.update(handle.read())
    return digest.hexdigest()[:16]


def _build_forests(folder, keytabs):
    """One process a forest, side by side."""
    builders = []
    for forest in topology.FORESTS.values():
        log = open(os.path.join(folder, forest.node + ".build.log"), "w+")
        command = [sys.executable, os.path.join(HERE, "domains.py"), forest.realm,
                   os.path.join(folder, forest.node), keytabs]
        builders.append((forest, log, subprocess.Popen(command, stdout=log, stderr=log)))
    for forest, log, builder in builders:
        if builder.wait() != 0:
            log.seek(0)
            raise LabError(f"making {forest.realm} failed:\n{log.read()}")


def _build(folder):
    keytabs = os.path.join(folder, "keytabs")
    os.makedirs(keytabs)
    certificates.build(os.path.join(folder, "tls"))
    for realm in topology.REALMS.values():
        realms.build(realm, os.path.join(folder, realm.node), keytabs)
    _build_forests(folder, keytabs)


def _remove_others(build, keep):
    """Images of older scripts, and what an interrupted build left."""
    for name in os.listdir(build):
        if name.startswith("image-") and name != keep:
            shutil.rmtree(os.path.join(build, name))


def _copy(source, target):
    subprocess.run(["cp", "-a", "--sparse=always", source, target], check=True)


def load(build):
    """Bring the image to where the servers run from, making it first if need be."""
    name = "image-" + fingerprint()
    kept = os.path.join(build, name)
    running = os.path.join(isolation.RUN, "servers")
    _remove_others(build, name)
    if os.path.isdir(kept):
        _copy(kept, running)
        return running
    print("lab: making the servers' databases, once (about half a minute)", file=sys.stderr)
    os.makedirs(running)
    _build(running)
    _copy(running, kept + ".partial")
    os.rename(kept + ".partial", kept)
    return running
