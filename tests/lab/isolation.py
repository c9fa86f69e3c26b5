"""A private world: own network, mounts, processes and host name, gone as soon as its init ends.

The program starts itself again under unshare(1). Every process of the lab lives in the new PID
namespace, and unshare kills that namespace's init when it is killed itself, so that nothing
survives Ctrl-C, SIGTERM or even SIGKILL of the outer process. Without root the same happens
inside a user namespace.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys

INSIDE = "CCMPROBE_LAB_INSIDE"
RUN = "/run/lab"
CLIENT_FOLDER = RUN + "/client"             # what the probing side may know
KRB5_CONF = RUN + "/krb5.conf"
KRB5_CONF_AES = RUN + "/krb5-aes.conf"
PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """Something that ends the lab with one line for the user."""


def lock(build):
    """Keep other labs off this build folder. The lock lasts as long as the returned file."""
    os.makedirs(build, exist_ok=True)
    handle = open(os.path.join(build, "lock"), "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("lab: waiting for another lab to release " + build, file=sys.stderr)
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _unshare_command():
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--uts", "--kill-child"]
    if os.geteuid() == 0:
        return command
    command += ["--user", "--map-root-user"]
    if subprocess.run(command + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
        raise LabError("this machine does not let an ordinary user create namespaces; run as root")
    return command


def _die_with_parent():
    """Runs in the child before exec: a parent killed with SIGKILL takes the world with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter(build, arguments):
    """Run this program again inside a new world and return its exit status."""
    command = _unshare_command()
    held = lock(build)
    ready_end, init_end = os.pipe()
    world = subprocess.Popen(
        command + [sys.executable, os.path.abspath(sys.argv[0])] + arguments,
        env={**os.environ, INSIDE: str(init_end)}, preexec_fn=_die_with_parent,
        pass_fds=[held.fileno(), init_end])
    os.close(init_end)

    # Ctrl-C reaches the whole foreground process group; the inner side decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        if os.read(ready_end, 1):   # the inner side is alive, so unshare has its child
            with open(os.path.join(build, "init"), "w") as handle:
                handle.write(_init_of(world))
        status = world.wait()
    finally:
        world.kill()    # nothing inside is worth a gentler end; no harm once it has ended
        world.wait()
    return status if status >= 0 else 128 - status


def _stop(number, _frame):
    sys.exit(128 + number)


def _init_of(world):
    """The PID, seen from here, of the first process inside: the only child of unshare."""
    with open(f"/proc/{world.pid}/task/{world.pid}/children") as handle:
        return handle.read().strip()


def join(build, command, environment):
    """Become a command inside the world that another process holds."""
    try:
        with open(os.path.join(build, "lock"), "r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise LabError("no lab is up; start one with lab.py hold")
    except FileNotFoundError:
        raise LabError("no lab is up; start one with lab.py hold") from None
    except BlockingIOError:
        pass    # somebody holds the lock: a lab is up
    with open(os.path.join(build, "init")) as handle:
        init = handle.read().strip()
    options = ["--user", "--preserve-credentials"] if os.geteuid() != 0 else []
    os.execvpe("nsenter", ["nsenter", "--target", init, *options, "--net", "--mount", "--pid",
                           "--uts", "--wdns=" + os.getcwd(), "--", *command], environment)


def is_inside():
    return INSIDE in os.environ


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def _replace_file(path, text):
    """Put a private text over a file of the machine, also where that is a link into /run."""
    target = os.path.realpath(path)
    if target.startswith("/run/"):      # ours by now, and empty
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "w").close()
    elif not os.path.exists(target):
        raise LabError(f"{path} does not exist on this machine, so the lab cannot cover it")
    private = os.path.join(RUN, "etc", os.path.basename(path))
    os.makedirs(os.path.dirname(private), exist_ok=True)
    with open(private, "w") as handle:
        handle.write(text)
    _mount("--bind", private, target)


def prepare(resolver):
    """First thing inside: private /proc, /run and scratch folders, own resolver and hosts file."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ready = int(os.environ.pop(INSIDE))
    os.write(ready, b"+")
    os.close(ready)
    _mount("-t", "proc", "proc", "/proc")
    # /dev/shm: faketime's semaphores are named after PIDs, which start anew in here.
    # /var/tmp: MIT's replay caches.
    for folder in ("/run", "/dev/shm", "/var/tmp"):
        _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", folder)
    os.makedirs(RUN)
    _replace_file("/etc/resolv.conf", f"nameserver {resolver}\noptions timeout:2 attempts:2\n")
    _replace_file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    # A desktop's mdns would take names below .local away from DNS.
    _replace_file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    subprocess.run(["hostname", "wk01"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
