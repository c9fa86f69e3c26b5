# SPDX-License-Identifier: Apache-2.0
"""Checks every JSON report of a folder against the schema: check_schema.py SCHEMA FOLDER."""

import json
import os
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(1 if os.environ.get("CI") else 77)


def main(schema_path, folder):
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    reports = sorted(pathlib.Path(folder).glob("*.json"))
    failed = not reports
    for report in reports:
        for error in validator.iter_errors(json.loads(report.read_text(encoding="utf-8"))):
            # Of a record, the error of its own kind says more than "is not valid under any".
            best = jsonschema.exceptions.best_match([error])
            print(f"{report.name}: {best.json_path}: {best.message[:300]}")
            failed = True
    print(f"{len(reports)} reports checked")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
