#!/usr/bin/env python3
"""Compares how fast objects are written to S3 and read from it with s5cmd, in turn; prints a Markdown table.

usage: benches/compare_s3.py [--runs N] [--objects N] [--bench PATH] [--server versitygw|minio|moto] [--binary PATH]

The server runs on this machine (see tests/stores/s3_server.py), takes its share of the processors, and keeps its files in
memory where that is possible; versitygw is started so that it need not decide races, since s5cmd takes no part in any.
Both programs write a folder of files of 20 to 40 kB, as an hour of a few parameters has, below a prefix, 32 at a time, and
then read them into another folder; whole processes are timed. They do not do the same: `benches/s3.rs` creates an object
only if there is none, sends its SHA-256, as a checksum and as metadata, and checks it when it reads; s5cmd does none of it.
The ratio is the median over the pairs of runs. Needs Go for s5cmd (peak/s5cmd).

With --binary, ingest, train and detect on a store of two million measurements are timed as well, on this server and on a
folder in turn.
"""
import argparse
import os
import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True  # nothing is left beside the tests
sys.path.insert(0, str(ROOT / "tests" / "stores"))
from s3_server import BUCKET, SERVERS, go_program, serving
from trees import MEMORY

AT_ONCE = 32


def bench_program():
    """The path of the built benchmark."""
    built = subprocess.run(
        ["cargo", "bench", "--bench", "s3", "--no-run", "--locked"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return (ROOT / built.stderr.rpartition("(")[2].partition(")")[0]).resolve()


class Comparison:
    def __init__(self, options, folder, environment):
        self.folder, self.environment, self.objects = folder, environment, options.objects
        self.bench, self.s5cmd = options.bench or bench_program(), go_program("s5cmd")
        self.files = folder / "files"
        self.files.mkdir()
        source = random.Random(1)
        for number in range(options.objects):
            (self.files / f"{number:06}.parquet").write_bytes(source.randbytes(source.randrange(20_000, 40_000)))

    def timed(self, *command):
        """Runs a command; the seconds that it took, and those of processors (of the system as well)."""
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([str(part) for part in command], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[-1000:]}")
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def s5(self, *arguments):
        endpoint = self.environment["AWS_ENDPOINT_URL_S3"]
        return self.timed(self.s5cmd, "--endpoint-url", endpoint, "--log", "error", "--numworkers", AT_ONCE, *arguments)

    def read(self, program):
        """How long it takes until all files are there; looks whether they are the same."""
        to = self.folder / "read"
        to.mkdir()
        seconds = program(to)
        for path in self.files.iterdir():
            if (to / path.name).read_bytes() != path.read_bytes():
                sys.exit(f"{path.name} is not what was written")
        shutil.rmtree(to)
        return seconds

    def pair(self, number):
        """How long s5cmd and this program take to write and to read."""
        ours, theirs = (f"s3://{BUCKET}/{number}-{name}" for name in ("ours", "theirs"))
        writes = {
            "ours": lambda: self.timed(self.bench, "write", self.files, ours),
            "theirs": lambda: self.s5("cp", f"{self.files}/", f"{theirs}/"),
        }
        reads = {
            "ours": lambda: self.read(lambda to: self.timed(self.bench, "read", ours, to)),
            "theirs": lambda: self.read(lambda to: self.s5("cp", f"{theirs}/*", f"{to}/")),
        }
        order = ["ours", "theirs"] if number % 2 else ["theirs", "ours"]
        write = {name: writes[name]() for name in order}
        read = {name: reads[name]() for name in order}
        self.s5("rm", f"{ours}/*")
        self.s5("rm", f"{theirs}/*")
        return write, read

    def run(self, runs):
        self.pair(0)  # not counted: both programs are read from the disk, and the server wakes up
        pairs = [self.pair(number) for number in range(1, runs + 1)]
        print(f"{self.objects:,} objects\n")
        print("| | ours, s | of processors | s5cmd, s | of processors | rate, ours to s5cmd's |\n|---|---|---|---|---|---|")
        for what, results in zip(["write", "read"], zip(*pairs)):
            ours, theirs = ([result[name] for result in results] for name in ("ours", "theirs"))
            ratios = [other[0] / own[0] for own, other in zip(ours, theirs)]
            middle = [f"{statistics.median(one):.2f}" for one in (*zip(*ours), *zip(*theirs), ratios)]
            print(f"| {what}", *middle, sep=" | ", end=f" ({min(ratios):.2f} to {max(ratios):.2f}) |\n")


    def commands(self, binary, runs):
        """Times whole commands on a folder and on S3."""
        records = self.folder / "records.ndjson"
        span = ["--from", "2024-01-01", "--to", "2024-01-24T03:33:20Z", "--every", "10s", "--parameters", "10", "--seed", "7"]
        self.timed(binary, "generate", *span, "--quiet", "--output", records)
        steps = [["ingest", records, "--dataset", "a/b/1", "--init"], ["train", "--to", "2024-01-22"], ["detect"]]
        results = []
        for number in range(runs):
            places = [self.folder / "store", f"s3://{BUCKET}/store-{number}"]
            results.append([[self.timed(binary, *step, "--store", place, "--quiet") for place in places] for step in steps])
            files = sum(path.is_file() for path in places[0].rglob("*"))
            shutil.rmtree(places[0])
        print(f"\nA store of two million measurements in {files:,} objects\n")
        print("| | a folder, s | of processors | S3, s | of processors | S3 to the folder |\n|---|---|---|---|---|---|")
        for step, pairs in zip(steps, zip(*results)):
            folder, s3 = zip(*pairs)
            ratio = statistics.median(one[0] / other[0] for one, other in zip(s3, folder))
            middle = [f"{statistics.median(one):.2f}" for one in (*zip(*folder), *zip(*s3))]
            print(f"| {step[0]}", *middle, f"{ratio:.2f}", sep=" | ", end=" |\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--bench", type=pathlib.Path, help="the built benchmark (default: it is built)")
    parser.add_argument("--binary", type=pathlib.Path, help="the program, to time commands as well")
    parser.add_argument("--server", default="versitygw", choices=SERVERS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trebuchet-s3-files-", dir=MEMORY) as folder:
        with serving(options.server, fast=True, place=MEMORY) as (name, environment):
            print(f"{name}, {AT_ONCE} at a time, {os.cpu_count()} processors, {options.runs} pairs of runs\n", flush=True)
            comparison = Comparison(options, pathlib.Path(folder), environment)
            comparison.run(options.runs)
            if options.binary:
                comparison.commands(options.binary.resolve(), options.runs)


if __name__ == "__main__":
    main()
