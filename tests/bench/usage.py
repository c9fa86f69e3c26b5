# SPDX-License-Identifier: Apache-2.0
"""Runs a command and writes what it used to a file: usage.py FILE COMMAND...

A process of its own, and a small one: what a process counts as its peak begins with that of the one
that it was forked from.
"""

import resource
import subprocess
import sys
import time

start = time.perf_counter()
status = subprocess.run(sys.argv[2:], check=False).returncode
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as handle:
    handle.write(f'{{"wall": {wall}, "status": {status}, '
                 f'"cpu": {used.ru_utime + used.ru_stime}, "memory": {used.ru_maxrss * 1024}}}')
