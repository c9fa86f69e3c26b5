#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an IIS log of a busy management point: the same bytes each time.

One line in sixteen is a CCM_POST. Of the clients, most sign in as computers; some are refused, some
register anonymously after that, some sign in as users, and some addresses are two machines.
"""

import argparse
import random
import sys

HEADER = ("#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
          "#Date: 2026-11-20 00:00:00\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query "
          "s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus "
          "sc-win32-status time-taken\n")
OTHERS = (
    "GET /SMS_MP/.sms_aut MPLIST 80 - {} SMS+CCM+5.0 - 200 0 0 15",
    "GET /SMS_MP/.sms_aut MPKEYINFORMATIONEX 80 - {} SMS_MP_CONTROL_MANAGER - 200 0 0 3",
    "GET /SMS_MP/.sms_pol {{0d5f8b1e-77a4-4c55-9d0c-3f6a2b1e4c55}}.2_00 80 - {} SMS+CCM+5.0 - "
    "200 0 0 12",
    "GET /bgb/handler.ashx RequestType=LogIn 80 - {} SMS+CCM+5.0+BGB - 200 0 64 250",
    "HEAD /SMS_DP_SMSPKG$/P0100042/sms/setup.msi - 80 - {} Microsoft+BITS/7.8 - 401 2 5 2",
    "GET /SMS_DP_SMSPKG$/P0100042/sms/setup.msi - 80 CONTOSO\\PC{:05d}$ {} Microsoft+BITS/7.8 - "
    "206 0 0 420",
    "BITS_POST /CCM_Incoming/{{6A1B9F4E-0D22-4B53-8D9B-0E1F5C7A9B11}} - 80 - {} "
    "Microsoft+BITS/7.8 - 200 0 0 31",
)
SIGN_IN = "/ccm_system_windowsauth/request"
MESSAGE = "/ccm_system/request"


def address(client):
    return f"10.{20 + client // 62500}.{client // 250 % 250}.{client % 250 + 1}"


def posts(client, turn):
    """The request that a client makes at its turn."""
    host = f"CONTOSO\\PC{client:05d}$"
    kind = client % 50
    step = turn % 3
    if kind == 7:
        return SIGN_IN, "-", "401 2 5" if step == 0 else "401 1 2148074252"
    if kind == 8:
        return (MESSAGE, "-", "200 0 0") if turn > 3 and step == 2 else (SIGN_IN, "-", "401 2 5")
    if kind == 9 and step == 1:
        return SIGN_IN, f"CONTOSO\\user{client:05d}", "200 0 0"
    if kind == 10 and step == 1 and turn % 2:
        return SIGN_IN, f"CONTOSO\\VM{client:05d}$", "200 0 0"
    if kind == 11:
        return SIGN_IN, "-", "403 7 64"
    if step == 2:
        return MESSAGE, "-", "200 0 0"
    return SIGN_IN, "-" if step == 0 else host, "401 2 5" if step == 0 else "200 0 0"


def lines(options):
    rows = random.Random(options.seed)
    second = 0
    turns = [0] * options.clients
    for number in range(options.lines):
        if number % 1000000 == 0:
            yield HEADER
        second = number * 86399 // options.lines
        clock = f"2026-11-20 {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d} "
        client = rows.randrange(options.clients)
        if number % 16 == 5:
            path, user, status = posts(client, turns[client])
            turns[client] += 1
            yield (f"{clock}10.1.0.20 CCM_POST {path} - 80 {user} {address(client)} ccmhttp - "
                   f"{status} 31\n")
            continue
        other = OTHERS[rows.randrange(len(OTHERS))]
        if "PC{" in other:
            yield f"{clock}10.1.0.20 {other.format(client, address(client))}\n"
        else:
            yield f"{clock}10.1.0.20 {other.format(address(client))}\n"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file")
    parser.add_argument("--lines", type=int, default=7800000)
    parser.add_argument("--clients", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with open(options.file, "w", buffering=1 << 20, newline="\r\n") as handle:
        handle.writelines(lines(options))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
