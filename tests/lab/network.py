"""A bridge with one network namespace for each node."""

import subprocess

from isolation import LabError
from topology import PREFIX_LENGTH

BRIDGE = "labbr"
RELAY = "relay"


def _batch(lines, *options):
    """Feed lines to ip(8) in one process."""
    done = subprocess.run(["ip", *options, "-batch", "-"], input="\n".join(lines) + "\n",
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise LabError("the lab's network: " + done.stdout.strip())


def inside(node, command):
    """The command line that runs a command in a node's namespace."""
    return ["nsenter", "--net=/run/netns/" + node, "--", *command]


def unprivileged(command):
    """The command line that runs a command as nobody in particular.

    Apache refuses to serve as root, and dnsmasq insists on giving root up; but in a user
    namespace there may be no other user to become. One more user namespace, which shows the same
    user under another number, serves both.
    """
    return ["unshare", "--user", "--map-user=1", "--map-group=1", "--", *command]


def _port(number):
    """A node's end at the bridge. Link names are short, so they are numbered."""
    return f"port{number}"


def create(nodes, remote=None):
    """Create the bridge and the nodes: name -> list of addresses.

    A remote node gets a node RELAY between itself and the bridge, with the interfaces "near" and
    "far", and is cut off unless something carries frames between them.
    """
    lines = [f"link add {BRIDGE} type bridge", f"link set {BRIDGE} up"]
    if remote is not None:
        lines.append(f"netns add {RELAY}")
    for number, node in enumerate(nodes):
        lines.append(f"netns add {node}")
        end = f"name eth0 netns {node}"
        if node == remote:
            lines.append(f"link add near netns {RELAY} type veth peer {end}")
            end = f"name far netns {RELAY}"
        lines += [f"link add {_port(number)} type veth peer {end}",
                  f"link set {_port(number)} master {BRIDGE} up"]
    _batch(lines)
    if remote is not None:
        _batch(["link set near up", "link set far up"], "-n", RELAY)
    for node, addresses in nodes.items():
        _batch(["link set lo up", "link set eth0 up",
                *(f"address add {address}/{PREFIX_LENGTH} dev eth0" for address in addresses)],
               "-n", node)


def silence(node, towards):
    """Let a node drop everything that comes from these addresses, without a word.

    No packet filter needed: the way back is a blackhole, so that no SYN is ever answered, while
    the neighbour is still found and the client sees a time-out rather than "no route to host".
    """
    _batch([f"route add blackhole {address}/32" for address in towards], "-n", node)


def allow_low_ports(node):
    """Let processes without privileges listen on ports such as 80 in this namespace."""
    subprocess.run(inside(node, ["sh", "-c",
                                 "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start"]),
                   check=True)
