"""The lab as a whole: network, image, servers, and the client that probes them."""

import os
import shutil
import subprocess

import image
import isolation
import network
import servers
import topology
from isolation import CLIENT_FOLDER, KRB5_CONF, KRB5_CONF_AES, LabError

# What a client in CONTOSO has: KDCs from DNS, names as they were given, and no realm table.
LIBDEFAULTS = """[libdefaults]
    default_realm = CONTOSO.LAB
    dns_lookup_kdc = true
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    allow_weak_crypto = false
"""
AES_ONLY = "    permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96\n"

# What the client's user wrote down. ccmprobe.conf is what is read where no file is named.
CONFIGURATIONS = {"ccmprobe.conf": "# Nothing is configured.\n",
                  "farm.conf": "# Load-balanced names\n"
                               "known-good HTTP/mp-farm.contoso.lab=CONTOSO\\svc-farm\n"}

PROGRAMS = ("samba", "krb5kdc", "kdb5_util", "kadmin.local", "kinit", "apache2", "dnsmasq",
            "faketime", "openssl", "ip", "mount", "hostname")
FILES = ("/usr/lib/apache2/modules/mod_auth_gssapi.so", "/usr/lib/apache2/modules/mod_lua.so",
         "/usr/lib/python3/dist-packages/samba", "/usr/share/samba/setup")

PASSWORD_FILES = {"alice.password": topology.ALICE_PASSWORD,
                  "carol.password": topology.DISABLED_PASSWORD,
                  "dave.password": topology.LOCKED_PASSWORD,
                  "erin.password": topology.EXPIRED_PASSWORD,
                  "wrong.password": topology.WRONG_PASSWORD,
                  "admin.password": topology.ADMIN_PASSWORD}


def _write(path, text):
    with open(path, "w") as handle:
        handle.write(text)
    os.chmod(path, 0o600)


def check_programs():
    """Say in one line what is not installed."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    missing += [path for path in FILES if not os.path.exists(path)]
    if missing:
        raise LabError("not installed: " + ", ".join(missing) + " (packages: tests/lab/README.md)")


class World:
    """A started lab.

    `build` is the folder on the machine that keeps the image and the logs, `delay` the round-trip
    time between the client and everything else in milliseconds.
    """

    def __init__(self, build, delay=0):
        self.build = build
        self.delay = delay
        self.logs = os.path.join(build, "logs")

    def start(self):
        isolation.prepare(topology.RESOLVER)
        _write(KRB5_CONF, LIBDEFAULTS)
        _write(KRB5_CONF_AES, LIBDEFAULTS + AES_ONLY)
        running = image.load(self.build)
        self._fill_client_folder(running)
        shutil.rmtree(self.logs, ignore_errors=True)
        os.makedirs(self.logs)
        network.create(topology.nodes(), remote="client" if self.delay else None)
        network.silence("silent", [topology.CLIENT, topology.CLIENT_IN_CHILD])
        servers.start(running, self.logs, self.delay)
        return self

    @staticmethod
    def _fill_client_folder(running):
        """What the client may know: keytabs, password files and the CA. Nothing of the servers."""
        os.makedirs(CLIENT_FOLDER)
        for name, password in PASSWORD_FILES.items():
            _write(os.path.join(CLIENT_FOLDER, name), password + "\n")
        for name, text in CONFIGURATIONS.items():
            _write(os.path.join(CLIENT_FOLDER, name), text)
        for source in ("keytabs/wk01.keytab", "keytabs/CHILD.A2003.VM.LOCAL.keytab", "tls/ca.crt"):
            shutil.copy(os.path.join(running, source), CLIENT_FOLDER)

    @staticmethod
    def environment(extra=()):
        """The client's environment. A name without a file stands for "no tickets yet"."""
        # The replay cache is for acceptors only, but MIT's default would be shared.
        return {**os.environ, "KRB5_CONFIG": KRB5_CONF, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "KRB5CCNAME": "FILE:" + os.path.join(CLIENT_FOLDER, "ccache"),
                "LAB": CLIENT_FOLDER, "XDG_CONFIG_HOME": CLIENT_FOLDER, **dict(extra)}

    @staticmethod
    def command(arguments):
        """The command line that runs a program where the client is."""
        return network.inside("client", arguments)

    def run(self, arguments, extra=(), **options):
        return subprocess.run(self.command(arguments), env=self.environment(extra), check=False,
                              **options)
