#!/usr/bin/env python3
"""Compares ingest, train and detect on a store with DuckDB, and with detect on files, in turn; prints Markdown tables.

usage: benches/compare_stores_with_duckdb.py [--runs N] [--binary PATH] [--millions N] [--layout compact|full]

* `ingest` of NDJSON records of ten parameters (two million records by default) into a new store, against DuckDB reading the
  same file into typed columns and writing it as zstd Parquet with the line kept.
* `train`'s baseline (the seconds that the run document gives to it) over the measurements of that store, against DuckDB's
  count, avg and stddev by parameter, day of week and hour over the same objects. The fold of the state is given apart.
* `detect` on the store, from the end of a model of three weeks on, with all its writing, against `detect` without a store:
  of the same objects as files, and of one Parquet file with as many measurements of the same kind.

Processes are timed as a whole, but for DuckDB's queries, which are timed inside of theirs. The ratio is the median over the
pairs of runs. Memory is the peak of the process. With --millions 2 and 20 memory can be compared.

Nothing is deleted before the end: for some minutes ext4 looks for inodes around those that were freed, so that to make a
file or a folder takes up to ten times as long. Leave as much time after large deletions, the last run of this included.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from compare_with_duckdb import CACHE, PARAMETERS, THREADS, measured, python_with_duckdb

START = datetime.datetime(2024, 1, 1)
TRAINED = "2024-01-22"

CONVERT = """
import sys, time, duckdb
connection = duckdb.connect(config={"threads": int(sys.argv[3])})
connection.execute("set enable_progress_bar = false")
start = time.perf_counter()
connection.execute('''copy (select json_extract_string(line, '$.timestamp')::timestamp as event_time, line,
    from_json(line, $structure) as fields from (select column0 as line from read_csv($source, columns = {column0: 'varchar'},
    header = false, quote = '', escape = '', delim = '\\x01'))) to '%s' (format parquet, compression zstd)''' % sys.argv[2],
    {"source": sys.argv[1], "structure": sys.argv[4]})
print(time.perf_counter() - start)
"""

GROUP = """
import sys, time, duckdb
connection = duckdb.connect(config={"threads": int(sys.argv[2])})
connection.execute("set enable_progress_bar = false")
connection.execute("set TimeZone = 'UTC'")
query = '''
    select parameter, isodow(event_time::timestamp) as day, hour(event_time::timestamp) as hour,
           avg(value), stddev(value), count(*)
    from read_parquet($1, hive_partitioning = false) group by all'''
start = time.perf_counter()
rows = connection.execute(query, [sys.argv[1] + "/measurements/**/*.parquet"]).fetchall()
print(time.perf_counter() - start, sum(row[-1] for row in rows))
"""


class Bench:
    def __init__(self, options):
        self.binary, self.runs, self.layout = os.path.abspath(options.binary), options.runs, options.layout
        self.python = python_with_duckdb()
        self.folder = CACHE / "bench" / "stores"
        if self.folder.exists():
            sys.exit(f"{self.folder} is there, of a run that was stopped; remove it, and wait for six minutes")
        self.folder.mkdir(parents=True)
        seconds = options.millions * 1_000_000 // PARAMETERS * 10
        self.end = START + datetime.timedelta(seconds=seconds)
        self.records = self.generate("records.ndjson", START)
        self.later = self.generate("later.parquet", datetime.datetime.fromisoformat(TRAINED))

    def generate(self, name, start):
        path = self.folder / name
        measured([
            self.binary, "generate", "--quiet", "--parameters", PARAMETERS, "--every", "10s", "--seed", 7,
            "--from", f"{start.isoformat()}Z", "--to", f"{self.end.isoformat()}Z", "--kinds", "spike,dip,level-shift",
            "--threads", THREADS, "--output", path,
        ])
        return path

    def ours(self, *arguments):
        _, seconds, memory = measured([self.binary, *arguments, "--quiet", "--threads", THREADS])
        return seconds, memory

    def theirs(self, code, *arguments):
        text, _, memory = measured([self.python, "-c", code, *arguments])
        return float(text.split()[0]), memory

    def pairs(self, ours, theirs):
        """Runs both in turn; returns the medians of (seconds, MB) of both, and the ratio."""
        def settled(run):
            os.sync()  # so that neither waits for what the other has left to be written
            return run()

        results = [(settled(ours), settled(theirs)) for _ in range(self.runs)]
        medians = [statistics.median(result[side][figure] for result in results) for side in (0, 1) for figure in (0, 1)]
        return (*medians, statistics.median(a[0] / b[0] for a, b in results))

    def ingest(self):
        stores = []

        def ours():
            # A new folder for each: where many files have just been deleted, file systems take longer to make others.
            stores.append(self.folder / f"ingested-{len(stores)}")
            store = stores[-1]
            return self.ours("ingest", self.records, "--store", store, "--dataset", "a/b/1", "--init", "--layout", self.layout)

        with open(self.records) as lines:
            first = json.loads(next(lines))

        def structure(value):
            if isinstance(value, dict):
                return {key: structure(inner) for key, inner in value.items()}
            return "VARCHAR" if isinstance(value, str) else "DOUBLE"

        target = self.folder / "theirs.parquet"
        theirs = lambda: self.theirs(CONVERT, self.records, target, THREADS, json.dumps(structure(first)))
        result = self.pairs(ours, theirs)
        print_row(f"ingest, {self.layout}", result)
        return stores[-1], target

    def train(self, store):
        baselines, folds, memories, whole, theirs, their_memory = [], [], [], [], [], []
        for _ in range(self.runs):
            for part in ("model", "claims", "state"):
                shutil.rmtree(store / part, ignore_errors=True)
            for run in store.glob("runs/**/*.json"):
                if json.loads(run.read_text())["command"] == "train":
                    run.unlink()
            seconds, memory = self.ours("train", "--store", store)
            runs = [json.loads(run.read_text()) for run in store.glob("runs/**/*.json")]
            parts = next(run["seconds"] for run in runs if run["command"] == "train")
            whole.append(seconds)
            memories.append(memory)
            baselines.append(parts["baseline"])
            folds.append(parts["state"])
            query, query_memory = self.theirs(GROUP, store, THREADS)
            theirs.append(query)
            their_memory.append(query_memory)
        ratio = statistics.median(a / b for a, b in zip(baselines, theirs))
        median = statistics.median
        print_row("train, the baseline", (median(baselines), median(memories), median(theirs), median(their_memory), ratio))
        print(f"| train, the state | {median(folds):.2f} | | | | |")
        print(f"| train, the process | {median(whole):.2f} | {median(memories):.0f} | | | |", flush=True)

    def detect(self, store):
        copies = []

        def ours():
            copies.append(self.folder / f"detected-{len(copies)}")
            copy = copies[-1]
            subprocess.run(["cp", "-al", store, copy], check=True)
            for part in ("model", "claims", "state"):
                shutil.rmtree(copy / part, ignore_errors=True)
            for run in copy.glob("runs/**/*.json"):
                if json.loads(run.read_text())["command"] == "train":
                    run.unlink()
            self.ours("train", "--store", copy, "--to", TRAINED)
            return self.ours("detect", "--store", copy)

        files = self.folder / "files"
        files.mkdir()
        for path in (store / "measurements").rglob("*.parquet"):
            parts = dict(part.split("=", 1) for part in path.parts if "=" in part)
            if parts["date"] >= TRAINED:
                os.link(path, files / f"{parts['date']}-{parts['hour']}-{path.name}")
        without = lambda *inputs: self.ours("detect", *inputs, "--output", os.devnull)
        print_row("detect, against detect of the same objects as files", self.pairs(ours, lambda: without(files, "--concat")))
        print_row("detect, against detect of one file", self.pairs(ours, lambda: without(self.later)))
        return copies[-1]


def print_row(name, result):
    ours, memory, theirs, their_memory, ratio = result
    print(f"| {name} | {ours:.2f} | {memory:.0f} | {theirs:.2f} | {their_memory:.0f} | {ratio:.2f} |", flush=True)


def size(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--millions", type=int, default=20, help="measurements, in millions (default: 20)")
    parser.add_argument("--layout", default="compact", choices=["compact", "full"])
    options = parser.parse_args()
    bench = Bench(options)
    print(f"{options.millions} million measurements, {THREADS} threads each, medians of {options.runs} runs in turn\n")
    print("| | ours, s | MB | the other, s | MB | ratio |\n|---|---|---|---|---|---|", flush=True)
    store, target = bench.ingest()
    bench.train(store)
    copy = bench.detect(store)
    print(f"\nNDJSON {bench.records.stat().st_size / 1e6:.0f} MB, DuckDB's Parquet {target.stat().st_size / 1e6:.0f} MB\n")
    print("| data type | objects | MB |\n|---|---|---|")
    for folder in sorted(path for path in copy.iterdir() if path.is_dir() and not path.name.startswith(".")):
        count, bytes_ = size(folder)
        print(f"| {folder.name} | {count:,} | {bytes_:.1f} |")
    shutil.rmtree(bench.folder)


if __name__ == "__main__":
    main()
