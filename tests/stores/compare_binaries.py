#!/usr/bin/env python3
"""Runs two builds of the program on the same data, and compares everything that they say and write.

usage: tests/stores/compare_binaries.py OLD NEW [--presets NAMES] [--seeds N] [--days N] [--folder DIR]
           [--ignore DATA_TYPE]... [--ignore-key KEY]... [--ignore-output PATTERN]...

It is meant for a change that is to leave results as they are. Each program works in a folder of its own, with the same
relative paths, under the same name, and with a clock that stands still (TREBUCHET_NOW). Compared are:

- what `generate` makes, with its truth: as NDJSON, CSV and Parquet;
- what `detect FILES` says: as table, JSON, NDJSON and CSV, with scores, a budget, labels, directions, smallest changes,
  thresholds, other methods, a time zone, several files, and standard input;
- what `ingest`, `train`, `detect` and `status` say of a store, in both layouts: once in one run, once hour by hour for
  two days, both with late data, bad records, and a second model that is adopted;
- each file of these stores, byte by byte.

Of each command standard output, standard error and the exit code are compared. Times that were measured are not: the key
`seconds` in run documents and in JSON on standard output, and seconds with a fraction on standard error. A command of the old
program that ends otherwise than it should is an error of this script.

What a change is allowed to alter is named. --ignore takes a data type out of stores and of the lists in run documents, and the
sizes of what was written out of messages. --ignore-key takes a key out of JSON, at any depth, and a column out of CSV.
--ignore-output takes the outputs out whose names match a pattern, such as 'web-1 stderr of *status*'.

Prints what differs, and ends with 1 if something does.
"""
import argparse
import csv
import datetime
import fnmatch
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left beside the tests
from trees import MEMORY

PRESETS = ["web", "batch", "iot", "flat"]
LAYOUTS = ["compact", "full"]
START = datetime.datetime(2024, 3, 10, tzinfo=datetime.timezone.utc)  # Europe/Zurich changes its clocks on the 31st
TRAINED, SECOND = 15, 18  # the days until which the two models are trained
HOURS = 48  # so many are detected hour by hour
SHOWN = 5  # differences of a kind that are shown

# How files are detected: a name, and the arguments.
FILES = [
    ("table", "data.ndjson"),
    ("json", "data.ndjson --format json"),
    ("ndjson", "data.ndjson --format ndjson"),
    ("csv", "data.ndjson --format csv"),
    ("zone", "data.ndjson --format json --timezone Europe/Zurich --scores scores.csv"),
    ("labels", "data.ndjson --format json --labels data.truth.ndjson"),
    ("labels-table", "data.ndjson --labels data.truth.ndjson"),
    ("budget", "data.ndjson --format json --budget 2/week"),
    ("budget-table", "data.ndjson --budget 1/day"),
    ("above", "data.ndjson --format json --direction above"),
    ("below", "data.ndjson --format csv --direction below --min-change 2% --scores below.csv"),
    ("amount", "data.ndjson --format json --min-change 3"),
    ("by-name", "data.ndjson --format json --direction *e*=above --min-change *o*=5% --parameter *e*"),
    ("threshold", "data.ndjson --format json --threshold 1 --scores low.csv"),
    ("classic", "data.ndjson --format json --method classic --scores classic.csv"),
    ("adaptive-1", "data.ndjson --format json --method adaptive@1"),
    ("wide", "data.csv --format json --scores wide.csv"),
    ("parquet", "data.parquet --output found.json"),
    ("several", "data.csv data.parquet --format json --scores scores"),
    ("concat", "parts --concat --format json"),
    ("stdin", "- --format ndjson"),
    ("exit-code", "data.csv --exit-code --format csv"),
    ("wrong", "data.csv --threshold 0"),
]
CODES = {"exit-code": 3, "wrong": 2}  # how those end that do not end with 0


def moment(hours):
    """A time so many hours after the start."""
    return (START + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Side:
    """A program at work in a folder; `said` has what each command said, by name."""

    def __init__(self, binary, folder):
        self.folder, self.said = folder, {}
        (folder / "bin").mkdir(parents=True)
        self.program = folder / "bin" / "trebuchet-ad"
        self.program.symlink_to(binary.resolve())
        kept = {name: os.environ[name] for name in ["PATH", "TMPDIR", "HOME"] if name in os.environ}
        self.environment = {**kept, "NO_COLOR": "1"}
        self.work = folder / "work"
        self.work.mkdir()

    def run(self, name, arguments, now, stdin=None):
        command = [self.program, *arguments.split()]
        with open(stdin or os.devnull, "rb") as standard_input:
            done = subprocess.run(
                command, cwd=self.work, env={**self.environment, "TREBUCHET_NOW": now}, stdin=standard_input, capture_output=True)
        if name in self.said:
            raise ValueError(f"two outputs are called {name}")
        self.said[name] = done
        for kind, content in [("stdout", done.stdout), ("stderr", done.stderr)]:
            (self.folder / f"{name} {kind}".replace("/", "-")).write_bytes(content)


class Ignored:
    """What may differ, and what never is the same."""

    def __init__(self, data_types, keys, outputs):
        self.data_types, self.keys, self.outputs = set(data_types), set(keys), outputs

    def output(self, name):
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.outputs)

    def message(self, text):
        """Standard error without measured times."""
        text = re.sub(rb"\b\d[\d,]*\.\d+ s\b", b"# s", text)
        if self.data_types:
            text = re.sub(rb"\b[\d,]+ objects? of [\d,]+ kB", b"# objects of # kB", text)
        return text

    def value(self, value):
        """A JSON value without the keys that are ignored."""
        if isinstance(value, dict):
            return {key: self.value(inner) for key, inner in value.items() if key not in self.keys}
        return [self.value(inner) for inner in value] if isinstance(value, list) else value

    def run_document(self, content):
        """A run document without measured times, and without objects of data types that are ignored."""
        document = json.loads(content)
        document.pop("seconds", None)
        for key in ["inputs", "outputs"]:
            objects = document.get(key, [])
            document[key] = [one for one in objects if one["name"].split("/")[0] not in self.data_types]
        return self.value(document)

    def text(self, content):
        """What was written: without measured times, and JSON and CSV without what is ignored, where something is."""
        content = re.sub(rb'"seconds": ?[0-9.]+', b'"seconds": 0', content)
        if not self.keys:
            return content
        try:
            if content.startswith(b"{"):
                try:
                    return self.value(json.loads(content))
                except json.JSONDecodeError:
                    return [self.value(json.loads(line)) for line in content.splitlines()]
            rows = list(csv.reader(io.StringIO(content.decode())))
        except (ValueError, csv.Error):
            return content
        if not rows or not self.keys & set(rows[0]):
            return content
        kept = [place for place, name in enumerate(rows[0]) if name not in self.keys]
        return [[row[place] for place in kept if place < len(row)] for row in rows]


def files_of(folder):
    """The contents of all files in a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def where(one, other, path=""):
    """The first place at which two JSON values differ, with what is there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if one.get(key) != other.get(key) or (key in one) != (key in other):
                return where(one.get(key), other.get(key), f"{path}.{key}")
        return f"{path}: keys in another order" if list(one) != list(other) else None
    if isinstance(one, list) and isinstance(other, list):
        for place, (a, b) in enumerate(zip(one, other)):
            if a != b:
                return where(a, b, f"{path}[{place}]")
        return f"{path}: {len(one)} and {len(other)} items"
    return f"{path}: {shorten(json.dumps(one))} and {shorten(json.dumps(other))}"


def shorten(text):
    return text if len(text) <= 200 else text[:200] + "…"


def difference(one, other):
    """The first difference of two contents."""
    if isinstance(one, bytes) and isinstance(other, bytes):
        if b"\0" in one[:2000] + other[:2000]:
            return f"{len(one)} and {len(other)} bytes"
        lines = [content.decode(errors="replace").splitlines(keepends=True) for content in (one, other)]
        for number, (a, b) in enumerate(zip(*lines), 1):
            if a != b:
                return f"line {number}: {shorten(repr(a))} and {shorten(repr(b))}"
        return f"{len(lines[0])} and {len(lines[1])} lines"
    if isinstance(one, bytes) or isinstance(other, bytes):
        return "only one is JSON or CSV"
    return where(one, other)


class Comparison:
    """Two sides that do the same, and what differs."""

    def __init__(self, binaries, folder, ignored):
        self.sides = [Side(binary, folder / name) for binary, name in zip(binaries, ["old", "new"])]
        self.ignored, self.differences, self.compared = ignored, {}, 0

    def run(self, name, arguments, now, stdin=None, code=0):
        """Runs a command on both sides, and compares what they say; the old one must end with this code."""
        for side in self.sides:
            side.run(name, arguments, now, stdin and side.work / stdin)
        one, other = (side.said[name] for side in self.sides)
        if one.returncode != code:
            raise SystemExit(f"{name} ended with {one.returncode}: {one.stderr.decode()}")
        ignored = self.ignored
        self.equal("exit codes", f"exit code of {name}", one.returncode, other.returncode)
        self.equal("standard output", f"stdout of {name}", ignored.text(one.stdout), ignored.text(other.stdout))
        self.equal("standard error", f"stderr of {name}", ignored.message(one.stderr), ignored.message(other.stderr))

    def equal(self, kind, name, one, other):
        if self.ignored.output(name):
            return
        self.compared += 1
        # the order of keys counts, but not for ==
        if one != other or (not isinstance(one, (bytes, int)) and json.dumps(one) != json.dumps(other)):
            told = f"{one} and {other}" if isinstance(one, int) else difference(one, other)
            self.differences.setdefault(kind, []).append(f"{name}: {told}")

    def same_files(self, folder, stores=False):
        """Compares the files in a folder of both sides."""
        trees = [files_of(side.work / folder) for side in self.sides]
        for name in sorted(trees[0].keys() | trees[1].keys()):
            data_type = name.split("/")[0] if stores else None
            if data_type in self.ignored.data_types:
                continue
            kind = f"objects of {data_type}" if stores else "files"
            missing = [side for side, tree in zip(["old", "new"], trees) if name not in tree]
            if missing:
                if not self.ignored.output(f"{folder}/{name}"):
                    self.differences.setdefault(kind, []).append(f"{folder}/{name}: not there in {missing[0]}")
                continue
            contents = [tree[name] for tree in trees]
            if data_type == "runs" and name.endswith(".json"):
                contents = [self.ignored.run_document(content) for content in contents]
            elif not stores:
                contents = [self.ignored.text(content) for content in contents]
            self.equal(kind, f"{folder}/{name}", *contents)

    def report(self):
        for kind, all_of_kind in sorted(self.differences.items()):
            print(f"{len(all_of_kind)} × {kind}:")
            for one in all_of_kind[:SHOWN]:
                print(f"  {one}")
            if len(all_of_kind) > SHOWN:
                print("  …")
        print(f"{self.compared} outputs and files compared, {sum(map(len, self.differences.values()))} differ")
        return 1 if self.differences else 0


class History:
    """The data of a preset and a seed, in both sides' folders, and what is done with them."""

    def __init__(self, comparison, preset, seed, days):
        self.comparison, self.preset, self.seed, self.days = comparison, preset, seed, days
        self.name = f"{preset}-{seed}"
        self.end = 24 * days
        self.far = moment(self.end + 1)  # all of the history is over

    def run(self, name, arguments, now=None, stdin=None, code=0):
        self.comparison.run(f"{self.name} {name}", arguments, now or self.far, stdin, code)

    def generate(self):
        common = f"generate --preset {self.preset} --seed {self.seed} --from {moment(0)} --days {self.days} --every 10m --parameters 4 --anomalies 4 --missing 2%"
        both = "--late 3% --duplicates 2%"
        self.run("generate ndjson", f"{common} {both} --events 0.05/h --logs 3/h --output data.ndjson")
        self.run("generate csv", f"{common} {both} --noise heavy --output data.csv")
        self.run("generate parquet", f"{common} --noise counts --output data.parquet --order time")
        for side in self.comparison.sides:
            self.cut(side.work)
        self.comparison.same_files(".")

    def cut(self, folder):
        """Cuts the records into those until training, those of each hour by the time at which they come, and late ones."""
        lines = (folder / "data.ndjson").read_text().splitlines(keepends=True)
        (folder / "parts").mkdir()
        latest = START.isoformat()
        hours, late = [[] for _ in range(self.end)], []
        for number, line in enumerate(lines):
            latest = max(latest, line.split('"')[3])  # when it comes: not before those before it
            hour = int((datetime.datetime.fromisoformat(latest.replace("Z", "+00:00")) - START).total_seconds() // 3600)
            # one of a hundred comes days later, copies together
            is_late = number % 100 == 0 and lines[number - 1] != line and lines[(number + 1) % len(lines)] != line
            (late if is_late else hours[hour]).append(line)
        for hour in range(24 * TRAINED, 24 * TRAINED + HOURS):
            (folder / "parts" / f"{hour}.ndjson").write_text("".join(hours[hour]))
        begin, rest = hours[: 24 * TRAINED], hours[24 * TRAINED:]
        bad = ["broken\n", '{"timestamp":"never","cpu":1}\n']
        for name, some in [("begin", begin), ("rest", rest)]:
            (folder / "parts" / f"{name}.ndjson").write_text("".join([*sum(some, []), *bad]))
        (folder / "parts" / "late.ndjson").write_text("".join(late))

    def detect_files(self):
        for name, arguments in FILES:
            stdin = "data.ndjson" if arguments.startswith("-") else None
            self.run(f"detect {name}", f"detect {arguments}", stdin=stdin, code=CODES.get(name, 0))
        self.comparison.same_files(".")

    def at_once(self, layout):
        """All of a history in one run, then late data, and a second model."""
        store = f"{layout}-at-once"
        at = f"--store {store}"
        told = lambda name, arguments, code=0: self.run(f"{store} {name}", arguments, code=code)
        zone = "--timezone Europe/Zurich"
        told("ingest", f"ingest --init --layout {layout} {at} --dataset acme/shop/1 {zone} parts/begin.ndjson parts/rest.ndjson")
        told("ingest again", f"ingest {at} parts/rest.ndjson --format json")
        told("train", f"train {at} --to {moment(24 * TRAINED)}")
        told("train again", f"train {at} --to {moment(24 * TRAINED)} --format json")
        for name, flags in [("", ""), (" above", "--direction above"), (" low", "--threshold 1.2 --min-change 1%")]:
            told(f"dry run{name}", f"detect {at} --dry-run --format json {flags}")
        told("detect", f"detect {at} --format json --to {moment(24 * SECOND)}")
        told("ingest late", f"ingest {at} parts/late.ndjson")
        told("status of stale hours", f"status {at}")
        told("detect stale", f"detect {at} --from {moment(24 * TRAINED)}", 1)
        told("second train", f"train {at} --to {moment(24 * SECOND)}")
        told("second detect", f"detect {at} --labels data.truth.ndjson")
        self.told_of(store, at)

    def hour_by_hour(self, layout):
        """Two days hour by hour, and a second model between them."""
        store = f"{layout}-by-hour"
        at = f"--store {store}"
        told = lambda name, arguments, now: self.run(f"{store} {name}", arguments, now)
        begin = 24 * TRAINED
        told("ingest", f"ingest --init --layout {layout} {at} --dataset acme/shop/1 parts/begin.ndjson", moment(begin))
        told("train", f"train {at}", moment(begin))
        for hour in range(begin, begin + HOURS):
            now = moment(hour + 1)
            told(f"ingest {hour}", f"ingest {at} parts/{hour}.ndjson", now)
            told(f"detect {hour}", f"detect {at} --format ndjson", now)
            if hour == begin + HOURS // 2:
                told("ingest late", f"ingest {at} parts/late.ndjson", now)
                told("second train", f"train {at} --to {moment(hour - 3)}", now)
                told("status between", f"status {at} --format json", now)
        self.told_of(store, at, moment(begin + HOURS))

    def told_of(self, store, at, now=None):
        """What there is to say of a store in the end, and its files."""
        for name in ["status", "status --format json", "train list", "train show 2", "train diff 1 2", "ingest quarantine",
                     f"detect --format csv --dry-run --model-version 1 --from {moment(24 * TRAINED)}", "detect"]:
            self.run(f"{store}: {name}", f"{name} {at}", now)
        self.comparison.same_files(store, stores=True)


def main():
    description, epilog = __doc__.split("\n\n", 1)
    parser = argparse.ArgumentParser(
        description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--presets", default=",".join(PRESETS), help="which presets, separated by commas")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds of each")
    parser.add_argument("--days", type=int, default=25, help=f"how long each history is; more than {SECOND + 1}")
    parser.add_argument("--folder", type=pathlib.Path, help="where to work; it is kept, with all outputs")
    parser.add_argument("--ignore", action="append", default=[], metavar="DATA_TYPE", help="a data type that may differ")
    parser.add_argument("--ignore-key", action="append", default=[], metavar="KEY", help="a key of JSON that may differ")
    parser.add_argument("--ignore-output", action="append", default=[], metavar="PATTERN", help="outputs that may differ")
    arguments = parser.parse_args()
    binaries = [arguments.old, arguments.new]
    for binary in binaries:
        if not binary.is_file():
            parser.error(f"{binary} is no file")
    if arguments.days <= SECOND + 1:
        parser.error(f"--days must be more than {SECOND + 1}")
    ignored = Ignored(arguments.ignore, arguments.ignore_key, arguments.ignore_output)
    folder = arguments.folder or pathlib.Path(tempfile.mkdtemp(dir=MEMORY))
    differences, compared = {}, 0
    try:
        for preset in arguments.presets.split(","):
            for seed in range(1, arguments.seeds + 1):
                print(f"{preset}, seed {seed}", flush=True)
                comparison = Comparison(binaries, folder / f"{preset}-{seed}", ignored)
                comparison.differences, comparison.compared = differences, compared
                history = History(comparison, preset, seed, arguments.days)
                history.generate()
                history.detect_files()
                for layout in LAYOUTS:
                    history.at_once(layout)
                    history.hour_by_hour(layout)
                compared = comparison.compared
                if not arguments.folder:
                    shutil.rmtree(folder / f"{preset}-{seed}")
        return comparison.report()
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
