"""Run scenarios with ccmprobe and compare what it says with what was arranged."""

import concurrent.futures
import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import unicodedata

import topology
import twin
from isolation import LabError
from record import recorded
from scenarios import select

MARGIN = 3          # seconds that a run may take beyond its deadline
KILL_AFTER = 60     # seconds after the deadline until the runner gives up on a run
COLUMNS = 80
PARALLEL = 4        # most of a scenario is waiting

# No ticket may leave ccmprobe: "YII" begins the base64 of a GSS token of 256 octets or more.
LEAKS = [re.compile(rb"YII[A-Za-z0-9+/]{20,}"), re.compile(rb"Negotiate [A-Za-z0-9+/]{40,}"),
         *(re.compile(re.escape(secret.replace("%s", "").encode())) for secret in topology.SECRETS)]


class Run:
    """One scenario's outcome: what ccmprobe wrote, and everything that was wrong with it."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.problems = []
        self.seconds = 0.0
        self.outputs = {}       # name -> bytes, all of them searched for secrets
        self.recording = b""    # of the network, where tickets are
        self.excused = set()    # rows of twin.ONE_SIDED

    def expect(self, holds, problem):
        if not holds:
            self.problems.append(problem)
        return holds


def find_program(path):
    found = shutil.which(path)
    if found is None:
        raise LabError(f"no ccmprobe at {path}; name one with --ccmprobe PATH")
    return os.path.abspath(found)


def _environment(scenario, folder):
    return {"KRB5CCNAME": f"FILE:{folder}/no-such-ccache", "TMPDIR": folder,
            **dict(scenario.environment)}


def _execute(world, run, name, command, folder):
    """Run one ccmprobe; its output streams join the outputs. None when it had to be killed."""
    try:
        done = world.run(command, _environment(run.scenario, folder), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=run.scenario.deadline + KILL_AFTER)
    except subprocess.TimeoutExpired:
        run.expect(False, f"{name}: killed, it did not end")
        return None
    run.outputs[name + " stdout"] = done.stdout
    run.outputs[name + " stderr"] = done.stderr
    return done


def _read(run, name, path):
    try:
        with open(path, "rb") as handle:
            run.outputs[name] = handle.read()
    except OSError as error:
        run.expect(False, f"{name}: {error.strerror}")
        run.outputs[name] = b""
    return run.outputs[name]


def _last_line(text):
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _arguments(scenario):
    return scenario.arguments if scenario.directory else ("--no-directory", *scenario.arguments)


def _live(world, run, program, folder):
    """The one live run: a JSON report and the saved evidence."""
    scenario = run.scenario
    report, evidence = f"{folder}/report.json", f"{folder}/evidence.json"
    command = [program, "check", "--format", "json", "--color", "never", "--deadline",
               str(scenario.deadline), "-o", report, "--save", evidence, *_arguments(scenario)]
    start = time.monotonic()
    done = _execute(world, run, "check", command, folder)
    run.seconds = time.monotonic() - start
    if done is None:
        return
    if not run.expect(done.returncode == scenario.status,
                      f"exit status {done.returncode} instead of {scenario.status}"):
        run.problems[-1] += f" ({_last_line(done.stderr)})" if done.stderr else ""
    run.expect(run.seconds <= scenario.deadline + MARGIN,
               f"took {run.seconds:.1f} s with a deadline of {scenario.deadline} s")
    run.expect(not done.stdout, "something on stdout in spite of -o")
    _read(run, "report", report)
    _read(run, "evidence", evidence)


def _again(world, run, program, folder):
    """Judge the saved evidence again: the same JSON, and the text report."""
    for form in ("json", "text"):
        command = [program, "report", f"{folder}/evidence.json", "--format", form,
                   "--color", "never"]
        done = _execute(world, run, "report " + form, command, folder)
        if done is None:
            continue
        run.expect(done.returncode == run.scenario.status,
                   f"report --format {form}: exit status {done.returncode}")
        if form == "json":
            run.expect(done.stdout == run.outputs["report"],
                       "the report of the saved evidence is another one than the live report")
        else:
            _check_width(run, done.stdout.decode("utf-8", "replace"))


def _records(text):
    return [record for record in map(json.loads, text.splitlines()) if "kind" in record]


def _check_twin(world, run, program, path, folder):
    """The evidence in the recording has to be that of the live run."""
    evidence = f"{folder}/recorded.json"
    named = []
    live = _records(run.outputs["evidence"])
    if run.scenario.name in twin.NAMED:
        named = ["--mp", next(one["target"] for one in live if one["kind"] == "run")]
    done = _execute(world, run, "analyze", [program, "analyze", "--color", "never", *named,
                                            "--save", evidence, path], folder)
    with open(path, "rb") as handle:
        run.recording = handle.read()
    if done is None:
        return
    _check_width(run, done.stdout.decode("utf-8", "replace"))
    run.problems += twin.compare(run.scenario, live,
                                 _records(_read(run, "recorded evidence", evidence)), run.excused)


def _width(line):
    return sum(0 if unicodedata.combining(character) else
               2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _check_width(run, text):
    run.expect(text.strip(), "the text report is empty")
    for line in text.splitlines():
        if not run.expect(_width(line) <= COLUMNS, f"text wider than {COLUMNS}: {line!r}"):
            break


def _check_findings(run, schema):
    try:
        report = json.loads(run.outputs["report"])
        cause = (report["verdict"]["root_cause"] or {}).get("id") or ""
        cases = report["cases"]
        findings = [(finding["id"], finding["level"])
                    for case in cases for finding in case["findings"]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        run.expect(False, f"no usable report: {type(error).__name__}: {error}")
        return
    scenario = run.scenario
    seen = {name for name, _ in findings} | {f"{name}={level}" for name, level in findings}
    run.expect(cause == scenario.root_cause,
               f"root cause {cause or 'null'} instead of {scenario.root_cause or 'null'}")
    for name in (*scenario.must, *filter(None, [scenario.root_cause])):
        run.expect(name in seen, f"finding {name} is missing")
    for name in scenario.must_not:
        run.expect(name not in seen, f"finding {name} does not belong here")
    run.expect(len(cases) == scenario.cases, f"{len(cases)} cases instead of {scenario.cases}")
    for name in scenario.names:
        run.expect(name.lower().encode() in run.outputs["report"].lower(),
                   f"{name} is not named in the report")
    _check_questions(run, report["evidence"])
    if scenario.status == 0:
        alarms = [name for name, level in findings if level in ("warn", "fail")]
        run.expect(not alarms, "alarms in a healthy run: " + ", ".join(alarms))
    if schema is not None:
        _check_schema(run, report, schema)


def _check_questions(run, records):
    """Cases share records: one observation is one time."""
    for purpose in run.scenario.once:
        times = {record["at"] for record in records
                 if record["kind"] == "search" and record.get("purpose") == purpose}
        run.expect(len(times) == 1, f"asked {len(times)} times: {purpose}")
    for name in run.scenario.unasked:
        run.expect(not any(record["kind"] == "dns" and record["name"].lower() == name.lower()
                           for record in records), f"asked DNS for {name}")


def _check_schema(run, report, schema):
    import jsonschema
    validator = jsonschema.validators.validator_for(schema)(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(report))
    run.expect(error is None, "not the schema's form: "
               + (f"{error.json_path}: {error.message[:200]}" if error else ""))


def _check_leaks(run):
    for name, text in run.outputs.items():
        for pattern in LEAKS:
            if not run.expect(not pattern.search(text),
                              f"{name} shows a secret ({pattern.pattern.decode()})"):
                break


def _perform(world, program, schemas, has_twin, scenario):
    schema = schemas.get(scenario.command)
    if scenario.command == "spn":
        return _perform_list(world, program, schema, scenario)
    run = Run(scenario)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        recording = f"{folder}/{scenario.name}.pcap"
        with recorded(recording) if has_twin else contextlib.nullcontext():
            _live(world, run, program, folder)
        if run.outputs.get("evidence"):
            _again(world, run, program, folder)
            if has_twin:
                _check_twin(world, run, program, recording, folder)
        if "report" in run.outputs:
            _check_findings(run, schema)
        _check_leaks(run)
    return run


def _list(world, run, program, folder, form):
    """One run of `ccmprobe spn`; what it printed, or None."""
    scenario = run.scenario
    command = [program, "spn", "--format", form, "--color", "never", "--deadline",
               str(scenario.deadline), *_arguments(scenario)]
    start = time.monotonic()
    done = _execute(world, run, "spn " + form, command, folder)
    run.seconds = max(run.seconds, time.monotonic() - start)
    if done is None:
        return None
    if not run.expect(done.returncode == scenario.status,
                      f"spn --format {form}: exit status {done.returncode} instead of "
                      f"{scenario.status}"):
        run.problems[-1] += f" ({_last_line(done.stderr)})" if done.stderr else ""
    return done.stdout


def _compare_list(run, form, rows):
    """Compares the rows of a list (problem, spn, account) with what was arranged."""
    found = {(row["problem"], row["spn"], row["account"].split("\\")[-1]) for row in rows}
    for row in sorted(run.scenario.found - found):
        run.expect(False, f"{form}: missing: {' '.join(row)}")
    for row in sorted(found - run.scenario.found):
        run.expect(False, f"{form}: does not belong here: {' '.join(row)}")
    run.expect(len(rows) == len(found), f"{form}: something stands there twice")


def _check_list(run, schema, text):
    try:
        report = json.loads(text)
        _compare_list(run, "json", report["found"])
        reason = report["incomplete_because"] or ""
    except (ValueError, LookupError, TypeError) as error:
        run.expect(False, f"no usable list: {type(error).__name__}: {error}")
        return
    run.expect(bool(reason) == bool(run.scenario.incomplete) and run.scenario.incomplete in reason,
               f"incomplete because: {reason or 'null'}")
    if schema is not None:
        _check_schema(run, report, schema)


def _perform_list(world, program, schema, scenario):
    run = Run(scenario)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        text = _list(world, run, program, folder, "json")
        if text is not None:
            _check_list(run, schema, text)
        text = _list(world, run, program, folder, "csv")
        if text is not None:
            _compare_list(run, "csv", list(csv.DictReader(io.StringIO(text.decode(), newline=""))))
        text = _list(world, run, program, folder, "text")
        if text is not None:
            _check_width(run, text.decode("utf-8", "replace"))
        _check_leaks(run)
    return run


def _keep_outputs(world, run):
    """Leave a failed scenario's outputs with the logs."""
    folder = os.path.join(world.logs, run.scenario.name)
    os.makedirs(folder, exist_ok=True)
    for name, text in {**run.outputs, "recording.pcap": run.recording}.items():
        with open(os.path.join(folder, name.replace(" ", "-")), "wb") as handle:
            handle.write(text)
    return folder


def _keep_recording(folder, run):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, run.scenario.name + ".pcap"), "wb") as handle:
        handle.write(run.recording)


def _show(world, run):
    line = f"{'FAIL' if run.problems else 'ok':5}{run.scenario.name:24}{run.seconds:6.1f} s"
    if run.problems:
        folder = _keep_outputs(world, run)
        line += "".join(f"\n     {problem}" for problem in run.problems)
        line += f"\n     outputs: {folder}"
    print(line, flush=True)


def _schemas(path):
    """The schema of a report, and beside it that of a list, by command."""
    if not path:
        return {}
    schemas = {}
    for command, name in (("check", path),
                          ("spn", os.path.join(os.path.dirname(path), "spn.schema.json"))):
        with open(name) as handle:
            schemas[command] = json.load(handle)
    return schemas


def run(world, options):
    """Returns the exit status: 0 when every scenario came out as arranged."""
    program = find_program(options.ccmprobe)
    schemas = _schemas(options.schema)
    failed = 0
    chosen = select(options.names, options.exchange_only)
    excused = set()
    # What is recorded has to be one scenario's alone.
    with concurrent.futures.ThreadPoolExecutor(1 if options.twin else PARALLEL) as pool:
        for outcome in pool.map(
                lambda one: _perform(world, program, schemas, options.twin, one), chosen):
            if options.recordings:
                _keep_recording(options.recordings, outcome)
            _show(world, outcome)
            failed += bool(outcome.problems)
            excused |= outcome.excused
    if options.twin and not options.names:
        for row in twin.unused(excused):
            print(f"FAIL twin: nothing to excuse any more: {row}")
            failed += 1
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


def demo(world, options):
    program = find_program(options.ccmprobe)
    for scenario in select(options.names, options.exchange_only):
        settings = "".join(f"{name}={value} " for name, value in scenario.environment)
        print(f"$ {settings}ccmprobe {scenario.command} {shlex.join(_arguments(scenario))}",
              flush=True)
        command = [program, scenario.command, "--deadline", str(scenario.deadline),
                   *_arguments(scenario)]
        try:
            world.run(command, _environment(scenario, "/var/tmp"), stdin=subprocess.DEVNULL,
                      timeout=scenario.deadline + KILL_AFTER)
        except subprocess.TimeoutExpired:
            print("(killed: it did not end)")
        print(flush=True)
    return 0
