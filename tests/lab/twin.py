"""The twin test: what ccmprobe observed live beside what it reads in a recording of the same run.

Both sides give the same records (docs/evidence-format.md). They are compared field by field; what
only one side can see is a row of ONE_SIDED with the reason.
"""

import json
from dataclasses import dataclass

LIVE, RECORDED, DIFFERENT = "live only", "recorded only", "different"

# Of a clock that two observers read, in two places: known to both or to none.
TIMES = {"at", "rtt_us", "connect_us", "tls_us"}
# Of the file, not of what was observed.
NUMBERING = {"id", "case", "kind", "place"}


@dataclass(frozen=True)
class OneSided:
    kind: str
    field: str          # "" is the whole record
    side: str
    reason: str
    only: tuple = ()    # (field, value) that the record has
    scenarios: tuple = ()       # empty: all
    sometimes: bool = False     # may have nothing to excuse


HTTPS = ("https-healthy", "https-untrusted", "client-certificate")
KDC_BY_ADDRESS = ("kdc-without-tcp", "silent-kdc", "silent-remote-kdc", "garbage-kdc")
SILENT_MP = ("silent-mp", "refused-port", "farm-unproven", "farm-intended", "farm-configured")
NEVER_STOOD = (*SILENT_MP, "kdc-without-tcp", "silent-kdc", "silent-remote-kdc")
NO_REQUEST = (*HTTPS, *SILENT_MP, "unknown-name", "silent-dns", "failing-dns")

ONE_SIDED = (
    OneSided("identity", "", LIVE, "where the key comes from is the client's own matter"),
    OneSided("recording", "", RECORDED, "there is no file on the live side"),
    OneSided("run", "origin", RECORDED, "left out of live evidence"),
    OneSided("run", "deadline_us", LIVE, "no client tells its deadline"),
    OneSided("run", "client_address", RECORDED, "live, it is the machine that ccmprobe runs on"),
    OneSided("run", "client_host", LIVE, "an account that is no computer's does not name a host"),
    OneSided("run", "client_host", DIFFERENT, "recorded, it is the computer account that asks"),
    OneSided("run", "attempts", RECORDED, "the live probe makes one"),
    OneSided("run", "failed_attempts", RECORDED, "the live probe makes one"),
    OneSided("run", "overlapping_attempts", RECORDED, "two ask at once, or one asks two addresses",
             sometimes=True, scenarios=("same-mp-twice", "one-of-two-addresses")),
    OneSided("skip", "reason", DIFFERENT, "what was not done is seen, why is not"),
    OneSided("skip", "after", LIVE, "what was not done is seen, why is not"),
    OneSided("dns", "server", RECORDED, "the resolver library does not tell which server answered"),
    OneSided("http", "host", RECORDED, "live, it is the target"),
    OneSided("http", "user_agent", RECORDED, "live, it is ccmprobe"),
    OneSided("http", "client_port", RECORDED, "live, connections are known as such"),
    OneSided("http", "retransmissions", RECORDED, "the kernel's matter"),
    OneSided("http", "sent", RECORDED, "live, the ticket is that of the record before"),
    OneSided("http", "mutual", LIVE, "checking an AP-REP takes the session key"),
    OneSided("http", "gss_text", LIVE, "words of the client's library"),
    OneSided("http", "gss_minor", LIVE, "a code of the client's library"),
    OneSided("http", "channel_bindings", LIVE, "inside the authenticator, which is encrypted"),
    OneSided("kdc", "problem", LIVE, "words of the client's library"),
    OneSided("kdc", "problem_code", LIVE, "a code of the client's library"),
    OneSided("clock", "", LIVE, "the times of a ticket are in the part that is encrypted",
             only=(("method", "ticket-time"),)),
    OneSided("kdc", "kdc", LIVE, "the address was given, and is its name",
             scenarios=KDC_BY_ADDRESS),
    OneSided("kdc", "reply_bytes", LIVE, "of what is no Kerberos no length is read",
             scenarios=("garbage-kdc",)),
    OneSided("kdc", "", LIVE, "no KDC of the realm is known: nothing was sent",
             only=(("address", None),)),
    OneSided("tls", "", LIVE, "certificates are encrypted (TLS 1.3)", scenarios=HTTPS),
    OneSided("http", "", LIVE, "inside TLS", scenarios=HTTPS),
    OneSided("clock", "", LIVE, "inside TLS", only=(("source", "mp"),), scenarios=HTTPS),
    OneSided("dns", "", LIVE, "the MP's address is that of its requests",
             only=(("type", "PTR"),), scenarios=(*HTTPS, *SILENT_MP)),
    *(OneSided("run", field, LIVE, "no request was seen", scenarios=NO_REQUEST)
      for field in ("scheme", "port", "path")),
    OneSided("skip", "", RECORDED, "it was done inside TLS", scenarios=HTTPS),
    OneSided("skip", "", RECORDED, "live, the step before is skipped and stands for it",
             only=(("step", "authenticated"),), scenarios=("unknown-name",)),
    OneSided("skip", "", RECORDED, "live, there is the record of the realm without a KDC",
             only=(("step", "identity"),), scenarios=("silent-dns", "failing-dns")),
    *(OneSided("dns", field, LIVE, "the recording ends with the question", sometimes=True,
               scenarios=("silent-dns",)) for field in ("outcome", "rtt_us")),
    *(OneSided(kind, "", LIVE, "of several attempts at one MP the last is told", sometimes=True,
               scenarios=("same-mp-twice",)) for kind in ("run", "dns", "http", "clock", "kdc")),
    *(OneSided(kind, field, LIVE, "a connection that never stood carried no request",
               scenarios=NEVER_STOOD)
      for kind, field in (("http", "method"), ("http", "path"), ("kdc", "etypes"),
                          ("kdc", "request_bytes"))),
    OneSided("kdc", "", RECORDED, "live, a connection made ahead of any request is no record",
             only=(("outcome", "refused"),), scenarios=("kdc-without-tcp",)),
)

# What comes with the directory. Runs of the exchange alone have nothing of it.
OF_DIRECTORY = (
    *(OneSided(kind, "", LIVE, "LDAP is sealed")
      for kind in ("directory", "search", "account", "trust", "domain", "published")),
    OneSided("clock", "", LIVE, "LDAP is sealed", only=(("source", "directory"),)),
    OneSided("clock", "", LIVE, "of a ticket for LDAP", only=(("method", "krb-error"),)),
    OneSided("dns", "", LIVE, "asked for the directory's sake"),
    OneSided("run", "known_good", LIVE, "what the user said"),
    OneSided("kdc", "", LIVE, "a ticket for LDAP is not on the way to the MP",
             only=(("step", "directory"),)),
    # Live, the ticket for LDAP of the same realm is asked for by TCP later on.
    OneSided("kdc", "", RECORDED, "a connection that never stood names no service: it counts to "
             "the request before it", only=(("transport", "tcp"), ("outcome", "timeout")),
             scenarios=("silent-remote-kdc",)),
)

# Scenarios whose MP has to be named: no message that can be read says that it is one.
NAMED = {**{name: "requests are inside TLS" for name in HTTPS},
         **{name: "no address was found, and no ticket asked for"
            for name in ("silent-dns", "failing-dns")},
         **{name: "no request was sent" for name in SILENT_MP}}


def _key(record):
    """What a record is about: records of both sides that have it in common are compared."""
    kind = record["kind"]
    names = {"dns": ("name", "type"), "kdc": ("purpose", "step", "service", "realm", "transport"),
             "http": ("leg", "address", "spn"), "skip": ("step",), "tls": ("address",),
             "clock": ("source", "method", "address"), "run": ("target",)}.get(kind, ())
    values = [str(record.get(name, "")) for name in names]
    return (kind, *(values if kind == "dns" else map(str.lower, values)))


def _grouped(records):
    """key -> its records in order. A record that several cases share counts once."""
    groups, seen = {}, set()
    for record in records:
        same = json.dumps([value for name, value in sorted(record.items())
                           if name not in ("id", "case")])
        if same not in seen:
            seen.add(same)
            groups.setdefault(_key(record), []).append(record)
    return groups


def _differences(live, recorded, path=""):
    """(field, side, what) of two values."""
    if isinstance(live, dict) and isinstance(recorded, dict):
        for name in sorted(live.keys() | recorded.keys()):
            field = f"{path}.{name}" if path else name
            if name in NUMBERING:
                continue
            if name not in recorded:
                yield field, LIVE, live[name]
            elif name not in live:
                yield field, RECORDED, recorded[name]
            elif name not in TIMES:
                yield from _differences(live[name], recorded[name], field)
    elif live != recorded:
        yield path, DIFFERENT, f"live {live}, recorded {recorded}"


def _same_clock(live, recorded):
    """The true offset lies within both uncertainties, so they have something in common."""
    return (abs(live["offset_us"] - recorded["offset_us"])
            <= live["uncertainty_us"] + recorded["uncertainty_us"])


def _compare_records(live, recorded):
    if live["kind"] == "clock":
        measured = ("local_at", "offset_us", "uncertainty_us")
        if not _same_clock(live, recorded):
            yield "offset_us", DIFFERENT, f"{live['offset_us']} and {recorded['offset_us']}"
        live, recorded = ({name: value for name, value in record.items() if name not in measured}
                          for record in (live, recorded))
    yield from _differences(live, recorded)


def _is_excused(scenario, record, field, side, used):
    for row in ONE_SIDED + (OF_DIRECTORY if scenario.directory else ()):
        if (row.kind == record["kind"] and row.field in ("", field) and row.side == side
                and bool(row.field) == bool(field)
                and all(record.get(name) == value for name, value in row.only)
                and (not row.scenarios or scenario.name in row.scenarios)):
            used.add(row)
            return True
    return False


def _compare_groups(live, recorded):
    """(record, field, side, what) of the records with one key, those next to each other that differ
    least: of two that are under way at once, each side has its own order."""
    ways = sorted((len(list(_compare_records(one, other))), i, k)
                  for i, one in enumerate(live) for k, other in enumerate(recorded))
    pairs = {}
    for _, i, k in ways:
        if i not in pairs and k not in pairs.values():
            pairs[i] = k
    for i, record in enumerate(live):
        if i not in pairs:
            yield record, "", LIVE, ""
            continue
        for difference in _compare_records(record, recorded[pairs[i]]):
            yield (record, *difference)
    for k, record in enumerate(recorded):
        if k not in pairs.values():
            yield record, "", RECORDED, ""


def compare(scenario, live, recorded, used):
    """The problems, one line each. Rows of ONE_SIDED that excused something are added to `used`."""
    ours, theirs = _grouped(live), _grouped(recorded)
    problems = []
    for key in sorted(ours.keys() | theirs.keys()):
        for record, field, side, what in _compare_groups(ours.get(key, []), theirs.get(key, [])):
            if not _is_excused(scenario, record, field, side, used):
                problems.append(f"twin: {' '.join(filter(None, key))}: {field or 'record'} "
                                f"{side} {what}")
    return problems


def unused(used):
    """Rows of ONE_SIDED that excused nothing in a run of all scenarios."""
    return [row for row in ONE_SIDED if row not in used and not row.sometimes]
