# SPDX-License-Identifier: Apache-2.0
"""Puts the measured times into words: README.md says how to read them."""

import statistics

import measure

AIM_RATIO = 0.1         # of the separate tools' time on loopback
AIM_ROUND_TRIPS = 6
AIM_REST = 0.015        # seconds beyond the round trips
AIM_MANY = 20           # times as fast as single runs
IDENTITIES = {measure.PASSWORD: "a user with a password",
              measure.KEYTAB: "the machine with its keytab"}


def _ms(value):
    return f"{value * 1000:.1f} ms"


def _walls(checks):
    return [one["wall"] for one in checks]


def _spread(values):
    low, median, high = statistics.quantiles(values, n=4)
    return f"{_ms(median):>10}   middle half {low * 1000:.1f} to {high * 1000:.1f}"


def _beside(healthy):
    """ccmprobe beside the tools, for each identity."""
    for identity, words in IDENTITIES.items():
        checks, tools = _walls(healthy["check " + identity]), healthy["tools " + identity]
        yield f"  As {words}"
        yield f"    ccmprobe check         {_spread(checks)}"
        yield f"    separate tools         {_spread(tools)}"
        yield ("    check / tools          "
               f"{statistics.median(checks) / statistics.median(tools):10.3f}   "
               f"fastest of each {min(checks) / min(tools):.3f}")


def _steps(checks):
    """How many answers stand one behind the other, and the time that they took together."""
    return (statistics.median_low([len(one["waits"]) for one in checks]),
            statistics.median([sum(one["waits"]) for one in checks]))


def _variants(healthy):
    for identity in IDENTITIES:
        yield identity, healthy["check " + identity]
        yield identity + ", --kdc", healthy[f"check {identity} kdc"]


def _near_row(name, checks):
    count, waited = _steps(checks)
    wall = statistics.median(_walls(checks))
    return f"  {name:18}{_ms(wall):>9}{count:9}{_ms(waited):>10}{_ms(wall - waited):>10}"


def _far_row(name, checks, rtt):
    count, waited = _steps(checks)
    wall = statistics.median(_walls(checks))
    beyond = (wall - AIM_ROUND_TRIPS * rtt) * 1000
    return (f"  {name:18}{_ms(wall):>9}{count:9}{_ms(waited - count * rtt):>10}"
            f"{_ms(wall - waited):>10}{wall / rtt:10.1f}{beyond:+13.1f} ms")


def _near(healthy):
    yield (f"On loopback, {len(healthy['rtt'])} runs of each, alternating "
           f"(aim: check / tools {AIM_RATIO})")
    yield from _beside(healthy)
    yield f"  {'check':18}{'wall':>9}{'in a row':>9}{'waiting':>10}{'own':>10}"
    for name, checks in _variants(healthy):
        yield _near_row(name, checks)


def _far(healthy, delay_ms):
    rtt = statistics.median(healthy["rtt"])
    yield (f"With {delay_ms} ms of round trip (measured: {_ms(rtt)}), {len(healthy['rtt'])} runs "
           "of each, alternating")
    yield f"(aim: wall time at most {AIM_ROUND_TRIPS} round trips {AIM_REST * 1000:+.0f} ms)"
    yield (f"  {'check':18}{'wall':>9}{'in a row':>9}{'servers':>10}{'own':>10}{'wall/rtt':>10}"
           f"{f'wall - {AIM_ROUND_TRIPS} rtt':>16}")
    for name, checks in _variants(healthy):
        yield _far_row(name, checks, rtt)
    yield from _beside(healthy)


def _many_row(name, many):
    row, once = sum(many["row"]), statistics.median(many["once"])
    return f"  {name:18}{row:10.2f} s{once:10.2f} s{row / once:10.1f}"


def _many(near, far, delay_ms):
    yield (f"{measure.MANY} management points, the exchange only "
           f"(aim: {AIM_MANY} times as fast in one run)")
    yield f"  {'':18}{'in a row':>12}{'one run':>12}{'ratio':>10}"
    yield _many_row("loopback", near)
    yield _many_row(f"{delay_ms} ms", far)


def _silence(silence):
    yield "DNS server, KDC and MP silent"
    for name, result in silence.items():
        time = (f"> {measure.SILENT_CAP} s" if result["status"] is None
                else f"{result['wall']:.1f} s, status {result['status']}")
        yield f"  {name:23}{time:>10}"
        if "findings" in result:
            yield "    " + ", ".join(result["findings"])


def _start(healthy):
    yield "Starting a program"
    for name, command in (("ccmprobe", "ccmprobe --version"), ("curl", "curl --version"),
                          ("true", "true")):
        yield f"  {command:25}{_spread(healthy['start ' + name])}"


def text(results, delay_ms):
    near, far = results["near"], results["far"]
    parts = (_near(near["healthy"]), _far(far["healthy"], delay_ms),
             _many(near["many"], far["many"], delay_ms), _silence(near["silence"]),
             _start(near["healthy"]))
    return "\n\n".join("\n".join(part) for part in parts)
