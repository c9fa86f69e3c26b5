#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The catalogue of findings and docs/findings.md name the same ids: findings.py ROOT"""

import os
import re
import sys

import tree

CATALOGUE = "probe/rules/findings.def"
MANUAL = "docs/findings.md"
ROW = re.compile(r'\bFINDING\(\s*(\w+)\s*,\s*"([^"]*)"')
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")
HEADING = re.compile(r"^## `?([a-z0-9-]+(?:\.[a-z0-9-]+)+)`?\s*$", re.MULTILINE)


def twice(names):
    return sorted({name for name in names if names.count(name) > 1})


def main(root):
    absent = [path for path in (CATALOGUE, MANUAL) if not os.path.exists(os.path.join(root, path))]
    if absent:
        tree.finish([f"{path}: there is no such file" for path in absent])
    rows = ROW.findall(tree.strip_comments(tree.read(root, CATALOGUE)))
    ids = [name for _, name in rows]
    sections = HEADING.findall(tree.read(root, MANUAL))
    problems = [] if rows else [f"{CATALOGUE}: no row found"]
    problems += [f"{CATALOGUE}: {name} stands there twice" for name in twice(ids)]
    problems += [f"{MANUAL}: {name} has two sections" for name in twice(sections)]
    problems += [f"{CATALOGUE}: '{name}' is no id: words joined by '-', areas by '.'"
                 for name in ids if not ID.fullmatch(name)]
    problems += [f"{CATALOGUE}: {symbol} does not spell {name}" for symbol, name in rows
                 if symbol != re.sub(r"[.-]", "_", name).upper()]
    problems += [f"{MANUAL}: no section '## {name}'" for name in sorted(set(ids) - set(sections))]
    problems += [f"{MANUAL}: section '{name}' is of no finding"
                 for name in sorted(set(sections) - set(ids))]
    tree.finish(problems)


if __name__ == "__main__":
    main(sys.argv[1])
