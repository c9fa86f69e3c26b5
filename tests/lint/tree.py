# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the files of a source tree, C without comments, and how to report."""

import os
import re
import sys

CODE_FOLDERS = ("probe", "ldap", "captures")


def files(root, folders=("",), endings=("",)):
    """Paths below `root`, sorted, without build folders and hidden folders other than .ci."""
    found = []
    for folder in folders:
        for path, names, entries in os.walk(os.path.join(root, folder)):
            names[:] = [name for name in names
                        if (not name.startswith(".") or name == ".ci")
                        and name != "__pycache__" and not re.match(r"build(-|$)", name)]
            found += [os.path.relpath(os.path.join(path, entry), root) for entry in entries
                      if entry.endswith(endings)]
    return sorted(found)


def read(root, path):
    """The text of a file, or None when it is binary."""
    with open(os.path.join(root, path), "rb") as handle:
        content = handle.read()
    try:
        return None if b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return None


_COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                                re.DOTALL)


def strip_comments(text, strings=False):
    """C without comments (and without the content of strings), every line where it was."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'" and not strings:
            return token
        kept = token[0] + token[0] if token[0] in "\"'" else " "
        return kept + "\n" * token.count("\n")
    return _COMMENT_OR_STRING.sub(blank, text)


def finish(problems):
    """Print the problems and end; no problem is success."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
