#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone, and twice: headers.py ROOT COMPILER"""

import subprocess
import sys

import tree

MODULES = ("krb5", "krb5-gssapi", "libcurl", "libcares", "jansson", "libcrypto")
FLAGS = ("-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Wundef",
         "-Wstrict-prototypes", "-Werror", "-Iprobe", "-I.", "-xc", "-")


def library_flags():
    done = subprocess.run(["pkg-config", "--cflags", *MODULES], stdout=subprocess.PIPE, text=True,
                          check=True)
    return done.stdout.split()


def main(root, compiler):
    flags = [*FLAGS, *library_flags()]
    problems = []
    for header in tree.files(root, tree.CODE_FOLDERS, (".h",)):
        done = subprocess.run([compiler, *flags], cwd=root, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              input=f'#include "{header}"\n#include "{header}"\n')
        if done.returncode != 0:
            problems.append(f"{header}: does not compile alone\n{done.stdout}")
    tree.finish(problems)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
