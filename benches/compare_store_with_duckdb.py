#!/usr/bin/env python3
"""Compares train's baseline on a store with DuckDB's group-by over the same objects, in turn, and their figures.

Needs the PyPI package duckdb, and a store that `cargo bench --bench store -- PLACE 2160 10 926` has made.
Usage: compare_store_with_duckdb.py PLACE [--binary target/release/trebuchet-ad] [--runs 7] [--threads 2]
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import duckdb

QUERY = """
select parameter, isodow(event_time) as day, hour(event_time) as hour, count(*), avg(value), stddev(value)
from read_parquet('{place}/measurements/**/*.parquet', hive_partitioning=false)
group by all
"""


def forget_models(place):
    """Takes away what train has written, so that it trains again."""
    for folder in ("model", "state", "claims"):
        shutil.rmtree(place / folder, ignore_errors=True)
    for run in place.glob("runs/**/*.json"):
        if json.loads(run.read_text())["command"] == "train":
            run.unlink()


def train(arguments, place):
    forget_models(place)
    begun = time.monotonic()
    command = [arguments.binary, "train", "--quiet", "--store", str(place), "--threads", str(arguments.threads)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    whole = time.monotonic() - begun
    runs = [json.loads(run.read_text()) for run in place.glob("runs/**/*.json")]
    seconds = next(run["seconds"] for run in runs if run["command"] == "train")
    return seconds["baseline"], seconds["state"], whole


def compare_figures(arguments, place, rows):
    """The model's mean and stdDev are DuckDB's, to 1e-9."""
    command = [arguments.binary, "train", "show", "1", "--store", str(place), "--parameter", "*", "--format", "json"]
    slots = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["slots"]
    model = {(slot["parameter"], slot["slot"]): slot for slot in slots}
    worst = 0.0
    for parameter, day, hour, count, mean, deviation in rows:
        slot = model.pop((parameter, (day - 1) * 24 + hour))
        assert slot["count"] == count, (parameter, day, hour)
        worst = max(worst, abs(slot["mean"] - mean) / abs(mean), abs(slot["std_dev"] - deviation) / deviation)
    assert not model, "the model has slots that DuckDB has not"
    assert worst < 1e-9, worst
    return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("place", type=pathlib.Path)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    database = duckdb.connect()
    database.execute(f"set threads to {arguments.threads}; set timezone to 'UTC'")
    times = {"DuckDB": [], "baseline": [], "state": [], "whole": []}
    rows = []
    for _ in range(arguments.runs):
        begun = time.monotonic()
        rows = database.execute(QUERY.format(place=arguments.place)).fetchall()
        times["DuckDB"].append(time.monotonic() - begun)
        for name, seconds in zip(("baseline", "state", "whole"), train(arguments, arguments.place)):
            times[name].append(seconds)
    worst = compare_figures(arguments, arguments.place, rows)
    for name, seconds in times.items():
        print(f"{name:<9} median {statistics.median(seconds):.3f} s  (least {min(seconds):.3f})")
    ratio = statistics.median(times["baseline"]) / statistics.median(times["DuckDB"])
    print(f"baseline / DuckDB {ratio:.2f}; largest difference {worst:.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
