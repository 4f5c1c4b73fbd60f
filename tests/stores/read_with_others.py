#!/usr/bin/env python3
"""Reads every data type of a store, of both layouts, with DuckDB and PySpark, and compares figures.

usage: tests/stores/read_with_others.py [--binary PATH] [--without-spark]

Makes a store of each layout by generate, ingest, train and detect. Partition values are read as they are written (type
inference off). In both programs count, avg and stddev of `measurements` by hour must be those of `hourly`, where
detection has come, and by slot of the training range those of `model`, to a relative 1e-9, and occurrences by hour those
of `hourly`; each other data type must have rows, and as many in both layouts and both programs. Needs the PyPI packages
duckdb and pyspark, which are installed into TREBUCHET_CACHE (default: ~/.cache/trebuchet-ad) where they are missing, and
for the latter Java 17 or newer; without Java only DuckDB reads.
"""
import argparse
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CACHE = pathlib.Path(os.environ.get("TREBUCHET_CACHE") or pathlib.Path.home() / ".cache" / "trebuchet-ad")
PACKAGES = ["duckdb", "pyspark==4.0.1"]
NAMES = ["raw", "measurements", "hourly", "daily", "weekly", "monthly", "seasonal", "state", "model", "alerts", "learned", "quarantine"]
# A month and a season end while live detection goes on.
FROM, TRAINED, TO = "2026-02-01", "2026-02-24", "2026-04-01"
TOLERANCE = 1e-9

# What both programs are asked, in SQL that both understand.
COUNT = "select count(*) from {name}"
HOURS = """select date, parameter, {hour} as hour, count(*), avg(value), stddev_samp(value) from measurements
           where date >= '{trained}' and aggregation = 'none' group by 1, 2, 3 order by 1, 2, 3"""
HOURLY = """select date, parameter, {hour} as hour, count, mean, std_dev from hourly
            where aggregation = 'none' order by 1, 2, 3"""
# Hourly figures of what is counted are those of its minutes, also of such without any.
OCCURRENCES = """select date, parameter, {hour} as hour, sum(value) from measurements
                 where date >= '{trained}' and aggregation = 'count' group by 1, 2, 3 order by 1, 2, 3"""
COUNTED = """select date, parameter, {hour} as hour, count * mean from hourly
             where aggregation = 'count' and mean > 0 order by 1, 2, 3"""
SLOTS = """select parameter, {slot} as slot, count(*), avg(value), stddev_samp(value) from measurements
           where date < '{trained}' and aggregation = 'none' group by 1, 2 order by 1, 2"""
MODEL = "select parameter, slot, count, mean, std_dev from model where aggregation = 'none' order by 1, 2"


def python():
    """A Python that has the packages."""
    home = CACHE / "readers"
    program = home / "bin" / "python"
    if not (home / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
        (home / "complete").touch()
    return program


def make(binary, folder, layout):
    """A store with everything in it."""
    data, store = folder / "data.ndjson", folder / layout
    environment = {**os.environ, "TREBUCHET_NOW": "2026-04-02T00:00:00Z"}

    def run(*arguments):
        subprocess.run([str(part) for part in (binary, *arguments, "--quiet")], env=environment, check=True, stdout=subprocess.DEVNULL)

    if not data.exists():
        run("generate", "--from", FROM, "--to", TO, "--every", "5m", "--parameters", 6, "--seed", 3, "--output", data)
        with open(data, "a") as more:  # a name that is measured and counted, and lines that can't be used
            for day in range(59):
                time = f"{datetime.date.fromisoformat(FROM) + datetime.timedelta(day)}T03:04"
                more.write(f'{{"timestamp":"{time}:05Z","level":"error","message":"m"}}\n{{"timestamp":"{time}:06Z","logs":{{"error":{day}.5}}}}\n')
            more.writelines(f"broken {number}\n" for number in range(20))
    run("ingest", data, "--store", store, "--dataset", "acme/shop/2.1", "--init", "--layout", layout)
    run("train", "--store", store, "--to", TRAINED)
    run("detect", "--store", store)
    return store


class DuckDb:
    name = "DuckDB"

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")

    def open(self, store, name):
        files = f"{store}/{name}/**/*.parquet"
        self.connection.execute(f"""create or replace view {name} as select * from
            read_parquet('{files}', hive_partitioning = true, hive_types_autocast = false)""")

    def ask(self, query):
        hour = "hour({})"
        slot = "((isodow(event_time::timestamp) - 1) * 24 + hour(event_time::timestamp))"
        column = "start" if "from hourly" in query else "event_time"
        return self.connection.execute(query.format(hour=hour.format(column + "::timestamp"), slot=slot, trained=TRAINED)).fetchall()


class Spark:
    name = "PySpark"

    def __init__(self):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "4")
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def open(self, store, name):
        self.session.read.parquet(f"{store}/{name}").createOrReplaceTempView(name)

    def ask(self, query):
        column = "start" if "from hourly" in query else "event_time"
        slot = "(weekday(event_time) * 24 + hour(event_time))"
        return [tuple(row) for row in self.session.sql(query.format(hour=f"hour({column})", slot=slot, trained=TRAINED)).collect()]


def compare(what, measured, stored, keys):
    """Whether rows agree: in their keys and count exactly, in avg and stddev to the tolerance."""
    if len(measured) != len(stored) or not measured:
        sys.exit(f"{what}: {len(measured)} rows of measurements, {len(stored)} stored")
    worst = 0.0
    for one, other in zip(measured, stored):
        if one[: keys + 1] != other[: keys + 1]:
            sys.exit(f"{what}: {one} against {other}")
        for a, b in zip(one[keys + 1 :], other[keys + 1 :]):
            if (a is None) != (b is None):
                sys.exit(f"{what}: {one} against {other}")
            if a is not None:
                worst = max(worst, abs(a - b) / max(abs(a), abs(b), 1e-300))
    if worst > TOLERANCE:
        sys.exit(f"{what}: differs by {worst:.1e}")
    print(f"{what}: {len(measured)} rows agree to {worst:.1e}", flush=True)


def check(stores, with_spark):
    programs = [DuckDb(), *([Spark()] if with_spark else [])]
    counts = {}
    for layout, store in stores.items():
        for program in programs:
            for name in NAMES:
                program.open(store, name)
                count = program.ask(COUNT.format(name=name))[0][0]
                if count == 0 or counts.setdefault(name, count) != count:
                    sys.exit(f"{name} of {layout} has {count} rows in {program.name}, not {counts[name]}")
            compare(f"{layout}, {program.name}, hourly", program.ask(HOURS), program.ask(HOURLY), 3)
            compare(f"{layout}, {program.name}, counted", program.ask(OCCURRENCES), program.ask(COUNTED), 2)
            compare(f"{layout}, {program.name}, model", program.ask(SLOTS), program.ask(MODEL), 2)
    print("rows:", ", ".join(f"{name} {count}" for name, count in counts.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--without-spark", action="store_true")
    parser.add_argument("--stores", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stores:
        return check(dict(zip(["compact", "full"], options.stores)), not options.without_spark)
    program = python()
    with tempfile.TemporaryDirectory(prefix="trebuchet-read-") as folder:
        stores = [make(os.path.abspath(options.binary), pathlib.Path(folder), layout) for layout in ("compact", "full")]
        has_java = shutil.which("java") is not None
        if not has_java:
            print("there is no java, so PySpark reads nothing", file=sys.stderr)
        flags = ["--without-spark"] if options.without_spark or not has_java else []
        sys.exit(subprocess.run([program, __file__, *flags, "--stores", *map(str, stores)]).returncode)


if __name__ == "__main__":
    main()
