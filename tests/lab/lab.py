#!/usr/bin/python3
"""The lab of real servers: Active Directory forests, MIT realms and management points.

Everything runs on this machine in namespaces of its own and is gone when the command ends.
"""

import argparse
import os
import signal
import sys
import textwrap

import isolation
from isolation import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_BUILD = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "lab")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="lab.py", description=__doc__.strip().split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--build", default=DEFAULT_BUILD, metavar="DIR",
                        help="where databases are kept and logs go (default: build/lab)")
    start = argparse.ArgumentParser(add_help=False, parents=[common])
    start.add_argument("--delay", type=float, default=0, metavar="MS",
                       help="round-trip time between the client and the servers")
    probe = argparse.ArgumentParser(add_help=False)
    probe.add_argument("--ccmprobe", default="ccmprobe", metavar="PATH",
                       help="the program to run (default: from PATH)")

    chosen = argparse.ArgumentParser(add_help=False)
    chosen.add_argument("--exchange-only", action="store_true",
                        help="what the exchange alone shows: ccmprobe gets --no-directory")
    commands.add_parser("list", parents=[chosen], help="name the scenarios")
    run = commands.add_parser("run", parents=[start, probe, chosen],
                              help="run scenarios and judge them")
    run.add_argument("--schema", metavar="FILE", help="JSON Schema every report must satisfy")
    run.add_argument("--twin", action="store_true",
                     help="record each run, and compare what is read in the recording (slower)")
    run.add_argument("--recordings", metavar="DIR", help="keep the recordings of --twin there")
    run.add_argument("names", nargs="*", metavar="NAME", help="scenarios (default: all)")
    demo = commands.add_parser("demo", parents=[start, probe, chosen],
                               help="run scenarios and show their reports")
    demo.add_argument("names", nargs="+", metavar="NAME")
    samples = commands.add_parser("samples", parents=[start, probe],
                                  help="make the recordings of captures/samples")
    samples.add_argument("folder", metavar="DIR")
    commands.add_parser("hold", parents=[start], help="start and wait, to probe by hand")
    into = commands.add_parser("enter", parents=[common],
                               help="run a command or shell on the client of a held lab")
    into.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND")
    execute = commands.add_parser("exec", parents=[start],
                                  help="run a command on the client (default: a shell)")
    execute.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND")
    return parser.parse_args(arguments)


def list_scenarios(exchange_only):
    from scenarios import table
    for scenario in table(exchange_only).values():
        print(f"{scenario.name:26}{scenario.description}")
    return 0


def check_names(names, exchange_only):
    from scenarios import table
    unknown = set(names) - table(exchange_only).keys()
    if unknown:
        raise LabError("no such scenario: " + ", ".join(sorted(unknown)) + " (see lab.py list)")


def shell():
    return [os.environ.get("SHELL", "/bin/sh")]


def without_dashes(arguments):
    return arguments[1:] if arguments[:1] == ["--"] else arguments


def hold(world, build):
    option = "" if build == DEFAULT_BUILD else f" --build {build}"
    print(textwrap.dedent(f"""\
        The lab is up. From another terminal, get a shell (or run a command) on the client with

            tests/lab/lab.py enter{option} [COMMAND...]

        KRB5_CONFIG and KRB5CCNAME are set there; $LAB ({isolation.CLIENT_FOLDER}) holds the
        password files and keytabs below. For example:

            ccmprobe check --principal alice@CONTOSO.LAB --password-file $LAB/alice.password \\
                mp.contoso.lab
            kinit -k -t $LAB/wk01.keytab 'WK01$@CONTOSO.LAB'

        """))
    print("\n".join(description()))
    print(f"\nServer logs: {world.logs}\nCtrl-C ends the lab.", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
    return 0


def description():
    """What there is to probe."""
    from topology import FORESTS, REALMS, RESOLVER, SILENT, SITES
    yield "Principals"
    yield "    alice@CONTOSO.LAB       alice.password"
    yield "    carol, dave, erin@CONTOSO.LAB (disabled, locked, expired)    carol.password ..."
    yield "    WK01$@CONTOSO.LAB       wk01.keytab          alice@HOME.LAB      alice.password"
    yield "    WK02-020-51W$@CHILD.A2003.VM.LOCAL           CHILD.A2003.VM.LOCAL.keytab"
    yield "    Administrator@CONTOSO.LAB (and of each other forest)     admin.password"
    yield f"Resolver {RESOLVER}; an address that never answers {SILENT}"
    yield "KDCs"
    for forest in FORESTS.values():
        yield f"    {forest.realm:24}{forest.dc}.{forest.domain:24}{forest.dc_address}"
    for realm in REALMS.values():
        yield f"    {realm.realm:24}{realm.kdc_fqdn:32}{realm.address}"
    yield "Management points"
    for site in SITES:
        notes = " ".join(filter(None, (site.kind, "https" if site.https else "", site.clock)))
        yield f"    {site.name:32}{site.address:16}{notes}"


def execute(world, arguments):
    # Ctrl-C is for the command, which shares our terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    done = world.run(without_dashes(arguments) or shell(),
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def inside(options):
    from world import World
    world = World(os.path.abspath(options.build), options.delay).start()
    if options.command == "exec":
        return execute(world, options.arguments)
    if options.command == "hold":
        return hold(world, os.path.abspath(options.build))
    if options.command == "samples":
        import samples
        return samples.make(world, options)
    import runner
    if options.command == "demo":
        return runner.demo(world, options)
    return runner.run(world, options)


def main(arguments):
    options = parse(arguments)
    # An ordinary user's PATH lacks the folders where daemons are.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    if options.command == "list":
        return list_scenarios(options.exchange_only)
    if options.command == "enter":
        from world import World
        command = World.command(without_dashes(options.arguments) or shell())
        isolation.join(os.path.abspath(options.build), command, World.environment())
    if not isolation.is_inside():
        from world import check_programs
        check_programs()
        check_names(getattr(options, "names", ()), getattr(options, "exchange_only", False))
        return isolation.enter(os.path.abspath(options.build), arguments)
    return inside(options)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as error:
        print("lab: " + str(error), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
