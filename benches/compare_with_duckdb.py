#!/usr/bin/env python3
"""Compares the whole program with DuckDB over the same Parquet files, in turn, and prints a Markdown table.

usage: benches/compare_with_duckdb.py [--runs N] [--binary PATH] [--folder DIR]

`detect` of a whole file (every measurement judged, incidents put together) against DuckDB's mean and standard deviation
by parameter, day of week and hour. The files are made by `generate`: 10 parameters every 10 seconds, row groups of a
million, of 20 and of 40 million measurements, sorted by parameter or by time.

Both have as many threads as there are cores, at most two, and read from the page cache. Ours is the whole process;
DuckDB's is given as the query alone, inside a running process, and as the whole process. The query is spared what it
doesn't need: times are converted without ICU. The ratio is the median over the pairs of runs of ours to DuckDB's query
alone. Memory is the peak of the process as the operating system has it.
"""
import argparse
import datetime
import os
import pathlib
import statistics
import subprocess
import sys
import time

CACHE = pathlib.Path(os.environ.get("TREBUCHET_CACHE") or pathlib.Path.home() / ".cache" / "trebuchet-ad")
THREADS = min(2, os.cpu_count() or 1)
PARAMETERS = 10
FILES = [(20, "parameter"), (20, "time"), (40, "parameter"), (40, "time")]

# Run in a process of its own; prints the seconds of the query and the number of groups.
QUERY = """
import sys, time, duckdb
connection = duckdb.connect(config={"threads": int(sys.argv[2])})
connection.execute("set enable_progress_bar = false")
connection.execute("set TimeZone = 'UTC'")
query = '''
    select parameter, isodow(event_time::timestamp) as day, hour(event_time::timestamp) as hour,
           avg(value), stddev(value), count(*)
    from read_parquet($1) group by all'''
start = time.perf_counter()
rows = connection.execute(query, [sys.argv[1]]).fetchall()
print(time.perf_counter() - start, sum(row[-1] for row in rows))
"""


def measured(command):
    """Runs a command; returns its standard output, its seconds, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0:
        sys.exit(f"failed with {process.returncode}: {' '.join(map(str, command))}")
    unit = 1 if sys.platform == "darwin" else 1024
    return text, seconds, usage.ru_maxrss * unit / 1e6


def python_with_duckdb():
    """The path of a Python that has DuckDB: this one, or one that is set up in the cache folder."""
    for python in (pathlib.Path(sys.executable), CACHE / "duckdb" / "bin" / "python"):
        if python.exists() and subprocess.run([python, "-c", "import duckdb"], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    print("installing DuckDB …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", CACHE / "duckdb"], check=True)
    python = CACHE / "duckdb" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb"], check=True)
    return python


def generate(binary, folder, millions, order):
    """Makes a file; returns its path and how many million measurements were made a second."""
    path = folder / f"{millions}-million-by-{order}.parquet"
    seconds = millions * 1_000_000 // PARAMETERS * 10
    start = datetime.datetime(2024, 1, 1)
    end = start + datetime.timedelta(seconds=seconds)
    _, took, _ = measured([
        binary, "generate", "--quiet", "--parameters", PARAMETERS, "--every", "10s", "--seed", 7,
        "--from", f"{start.isoformat()}Z", "--to", f"{end.isoformat()}Z", "--order", order, "--threads", THREADS,
        "--kinds", "spike,dip,level-shift,drift,flatline,variance-burst", "--output", path,
    ])
    return path, millions / took


def compare(binary, python, path, millions, runs):
    """Runs both in turn; returns for each run our seconds and MB, DuckDB's query and process seconds, and its MB."""
    def ours():
        _, seconds, memory = measured(
            [binary, "detect", path, "--quiet", "--threads", THREADS, "--output", os.devnull])
        return seconds, memory

    def theirs():
        text, seconds, memory = measured([python, "-c", QUERY, path, THREADS])
        query, rows = text.split()
        assert int(rows) == millions * 1_000_000, f"{path} has {rows} rows"
        return float(query), seconds, memory

    ours(), theirs()  # reads the file into the page cache
    return [(*ours(), *theirs()) for _ in range(runs)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--binary", help="the program (default: built by cargo build --release)")
    parser.add_argument("--folder", type=pathlib.Path, help="where the files are made and kept"
                        " (default: in the cache folder, one at a time)")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    root = pathlib.Path(__file__).resolve().parent.parent
    binary = options.binary
    if binary is None:
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or CACHE / "target")
        environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=root, env=environment, check=True)
        binary = target / "release" / "trebuchet-ad"
    folder = options.folder or CACHE / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    python = python_with_duckdb()
    version = subprocess.run(
        [python, "-c", "import duckdb; print(duckdb.__version__)"], stdout=subprocess.PIPE, text=True, check=True)
    print(f"DuckDB {version.stdout.strip()}, {THREADS} threads each, medians of {options.runs} runs in turn")
    print()
    print("| million measurements | sorted by | detect s | DuckDB query s | DuckDB process s | ratio to the query"
          " | detect MB | DuckDB MB | generate million/s |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for millions, order in FILES:
        path, rate = generate(binary, folder, millions, order)
        results = compare(binary, python, path, millions, options.runs)
        ours, memory, query, process, their_memory = (statistics.median(column) for column in zip(*results))
        ratio = statistics.median(result[0] / result[2] for result in results)
        print(f"| {millions} | {order} | {ours:.2f} | {query:.2f} | {process:.2f} | {ratio:.2f}"
              f" | {memory:.0f} | {their_memory:.0f} | {rate:.1f} |", flush=True)
        if options.folder is None:
            path.unlink()
            path.with_suffix(".truth.ndjson").unlink()


if __name__ == "__main__":
    main()
