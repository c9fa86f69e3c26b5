#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Limits that no compiler checks: lengths, banned functions, stray words, links: style.py ROOT"""

import os
import re
import sys

import tree

MAX_COLUMNS = 100
MAX_FUNCTION = 80
MAX_FILE = 500
TEXT = (".c", ".h", ".def", ".py", ".sh", ".cmake", "CMakeLists.txt", "run")

# Function -> why not. In the program only; tests may need some.
BANNED = {
    "strcpy": "no bound", "strcat": "no bound", "stpcpy": "no bound", "strncpy": "no NUL",
    "strncat": "easily misread bound", "sprintf": "no bound", "vsprintf": "no bound",
    "gets": "no bound", "scanf": "no errors", "fscanf": "no errors",
    "strtok": "hidden state", "atoi": "no errors", "atol": "no errors", "atoll": "no errors",
    "atof": "no errors", "alloca": "no bound", "system": "a shell", "popen": "a shell",
    "gmtime": "hidden state", "localtime": "hidden state", "ctime": "hidden state",
    "asctime": "hidden state", "inet_ntoa": "hidden state",
    "gethostbyname": "blocks without bound",
    "mktemp": "a race", "tmpnam": "a race", "rand": "weak",
    "longjmp": "skips cleanup", "bzero": "may be optimised away; use explicit_bzero or memset",
}
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))
EXIT = re.compile(r"(?<![\w.>])(_?exit|_Exit|quick_exit)\s*\(")

# What betrays one machine or one workplace.
STRAY = (
    (re.compile(r"(?<![\w.$}~])/(home|root|work|Users)/\w"), "a path of one machine"),
    (re.compile(r"\b(seeds|facts)/[\w.]+"), "a path outside the project"),
    (re.compile(r"https?://[\w.-]*(proxy|mirror|registry|artifactory|nexus)[\w.-]*"),
     "a package registry"),
    (re.compile(r"\b(TO[D]O|FIX[M]E)\b"), "unfinished work belongs in an issue"),
    (re.compile(r"[ \t]+$", re.MULTILINE), "blanks at the end of a line"),
    (re.compile(r"\r"), "a carriage return"),
)
STRAY_EXEMPT = ("LICENSE",)
DATA_FOLDERS = ("captures/samples/", "tests/fuzz/corpus/", "tests/golden/", "tests/data/")

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_columns(path, text):
    return [f"{path}:{number}: {len(line)} columns, at most {MAX_COLUMNS}"
            for number, line in enumerate(text.split("\n"), 1) if len(line) > MAX_COLUMNS]


def check_functions(path, text):
    """By the layout that clang-format enforces, a function's braces stand in column 0."""
    problems = []
    start = None
    for number, line in enumerate(text.split("\n"), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > MAX_FUNCTION:
                problems.append(f"{path}:{start}: a function of {number - start - 1} lines, at "
                                f"most {MAX_FUNCTION}")
            start = None
    return problems


def check_calls(path, text):
    code = tree.strip_comments(text, strings=True)
    problems = [f"{path}:{line_of(code, match.start())}: {match.group(1)}: "
                f"{BANNED[match.group(1)]}" for match in CALL.finditer(code)]
    if path != "probe/main.c":
        problems += [f"{path}:{line_of(code, match.start())}: only main ends the program"
                     for match in EXIT.finditer(code)]
    return problems


def check_code(path, text):
    problems = check_functions(path, text) + check_calls(path, text)
    lines = text.count("\n")
    if lines > MAX_FILE:
        problems.append(f"{path}: {lines} lines, at most {MAX_FILE}")
    return problems


def check_stray(path, text):
    return [f"{path}:{line_of(text, match.start())}: {what}" for pattern, what in STRAY
            for match in pattern.finditer(text)]


def check_links(root, path, text):
    problems = []
    for match in LINK.finditer(text):
        target = os.path.normpath(os.path.join(os.path.dirname(path), match.group(1)))
        if target.startswith("..") or not os.path.exists(os.path.join(root, target)):
            problems.append(f"{path}:{line_of(text, match.start())}: link to nothing: "
                            f"{match.group(1)}")
    return problems


def check(root, path):
    text = tree.read(root, path)
    if text is None or path.startswith(DATA_FOLDERS):
        return []
    problems = []
    if path not in STRAY_EXEMPT:
        problems += check_stray(path, text)
    if path.endswith(TEXT):
        problems += check_columns(path, text)
    if path.endswith((".c", ".h")) and path.startswith(tree.CODE_FOLDERS):
        problems += check_code(path, text)
    if path.endswith(".md"):
        problems += check_links(root, path, text)
    return problems


def main(root):
    tree.finish([problem for path in tree.files(root) for problem in check(root, path)])


if __name__ == "__main__":
    main(sys.argv[1])
