#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules are pure: purity.py LIBRARY-OF-RULES [LIBRARY...]

Whatever the library of rules needs from outside must be on the list below or be defined in one
of the other libraries (base, evidence, codes) by an object that does no I/O itself. What code
needs is read from its symbols, so that no macro can hide it.
"""

import fnmatch
import subprocess
import sys

import tree

PURE = (
    "mem*", "str*cmp", "strn*cmp", "strlen", "strnlen", "str*chr", "str*str", "strspn", "strcspn",
    "strpbrk", "abort", "abs", "labs", "llabs", "qsort", "bsearch", "malloc", "calloc", "realloc",
    "free", "snprintf", "vsnprintf", "strtol", "strtoul", "strtoll", "strtoull", "__ctype_*_loc",
    "isalnum", "isalpha", "isdigit", "isspace", "isxdigit", "tolower", "toupper",
    "inet_pton", "inet_ntop", "gmtime_r", "timegm", "sscanf", "explicit_bzero",
    "__errno_location",     # what strtol reports
    # What the compiler puts in.
    "__mem*_chk", "__snprintf_chk", "__vsnprintf_chk", "__stack_chk_fail", "__isoc*_strto*",
    "__isoc*_sscanf", "__explicit_bzero_chk",
    "_GLOBAL_OFFSET_TABLE_", "__assert_fail", "__asan_*", "__ubsan_*", "__sanitizer_*", "__gcov_*",
)
# Functions of ours that observe the world, although they share an object with pure ones.
IMPURE = ("clock_wall_us", "clock_monotonic_us", "file_*")
# An object, known by a function that it defines -> what it may need besides.
EXEMPT = {
    "clock_wall_us": {"clock_gettime"},     # IMPURE itself; the calendar beside it is not
    "arena_alloc": {"fwrite", "stderr"},    # the last words before abort, out of memory
    "buffer_append": {"fwrite", "stderr"},
}
# They know the class table of the locale, or compare by it.
LOCALE = ("strcoll", "strxfrm", "strcasecmp_l")


def matches(symbol, patterns):
    return any(fnmatch.fnmatchcase(symbol, pattern) for pattern in patterns)


def objects(library):
    """The objects of a static library: name -> (defined, undefined) symbols."""
    done = subprocess.run(["nm", "-P", "-g", library], stdout=subprocess.PIPE, text=True,
                          check=True)
    found = {}
    current = None
    for line in done.stdout.splitlines():
        if line.endswith("]:"):
            current = found.setdefault(line[line.index("[") + 1:-2], (set(), set()))
        elif current and line:
            symbol, kind = line.split()[:2]
            current[1 if kind in "Uwv" else 0].add(symbol)
    return found


class World:
    """Which symbols of the other libraries are pure, found by following what they need."""

    def __init__(self, libraries):
        self.needs = {}
        for library in libraries:
            for defined, undefined in objects(library).values():
                for symbol in defined & EXEMPT.keys():
                    undefined -= EXEMPT[symbol]
                self.needs.update((symbol, undefined) for symbol in defined)
        self.known = {}

    def is_pure(self, symbol):
        if symbol in self.known:
            return self.known[symbol]
        if matches(symbol, IMPURE + LOCALE):
            pure = False
        elif symbol in self.needs:
            self.known[symbol] = True   # functions that call each other: decided by the rest
            pure = all(self.is_pure(need) for need in self.needs[symbol])
        else:
            pure = matches(symbol, PURE)
        self.known[symbol] = pure
        return pure


def main(rules, libraries):
    world = World(libraries)
    own = objects(rules)
    if not own:
        tree.finish([f"{rules}: no object in it"])
    defined = set().union(*(symbols for symbols, _ in own.values()))
    tree.finish([f"{name}: needs {symbol}, and rules do no I/O, read no clock, no environment, "
                 "no locale"
                 for name, (_, undefined) in sorted(own.items())
                 for symbol in sorted(undefined - defined) if not world.is_pure(symbol)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
