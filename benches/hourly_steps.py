#!/usr/bin/env python3
"""What an hourly `ingest` and `detect` cost on a store that grows: the time of a step, and the bytes that it writes.

A store on a disk (in memory, where there is such a place) is filled hour by hour, with the clock set. The model is of the
first four weeks, which come in one ingest. Times are medians of a day of steps; compare them by their ratio.

    python3 benches/hourly_steps.py --binary target/release/trebuchet-ad --steps 1500
"""
import argparse
import datetime
import math
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

START = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)
LEARNT = 28 * 24
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def lines(first, end, parameters, minutes):
    """Records of these hours: a daily wave for each parameter, with a fixed noise."""
    for minute in range(first * 60, end * 60, minutes):
        at = (START + datetime.timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
        wave = math.sin(minute / 1440 * 2 * math.pi)
        for number in range(parameters):
            noise = (minute * 7919 + number * 104729) % 997 / 997
            yield f'{{"time":"{at}","p{number}":{50 + 10 * wave + noise:.4f}}}\n'


def written(folder):
    """The bytes and objects of each data type."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).parts[0]
            objects, size = found.get(name, (0, 0))
            found[name] = objects + 1, size + path.stat().st_size
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/trebuchet-ad", help="the program")
    parser.add_argument("--steps", type=int, default=240, help="how many hours (default: 240)")
    parser.add_argument("--parameters", type=int, default=10, help="how many parameters (default: 10)")
    parser.add_argument("--minutes", type=int, default=5, help="the sampling interval (default: 5)")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        folder = pathlib.Path(folder)
        store = folder / "store"

        def run(hour, *words):
            now = (START + datetime.timedelta(hours=hour, minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
            environment = {**os.environ, "TREBUCHET_NOW": now}
            began = time.perf_counter()
            subprocess.run([binary, *words, "--store", store, "--quiet"], env=environment, check=True,
                           stdout=subprocess.DEVNULL, cwd=folder)
            return time.perf_counter() - began

        data = folder / "hour.ndjson"
        data.write_text("".join(lines(0, LEARNT, arguments.parameters, arguments.minutes)))
        run(LEARNT, "ingest", "--init", "--dataset", "acme/shop/1", data)
        run(LEARNT, "train")
        steps, before, first = [], written(store), None
        for step in range(1, arguments.steps + 1):
            hour = LEARNT + step
            data.write_text("".join(lines(hour - 1, hour, arguments.parameters, arguments.minutes)))
            steps.append((run(hour, "ingest", data), run(hour, "detect")))
            if step % 24 == 0 and (step == 24 or step == arguments.steps or step % 240 == 0):
                ingest, detect = (statistics.median(column) for column in zip(*steps[-24:]))
                first = first or ingest + detect
                print(f"step {step:5}: ingest {ingest * 1000:6.1f} ms, detect {detect * 1000:6.1f} ms, "
                      f"{(ingest + detect) / first:.2f} of the first", flush=True)
        after = written(store)
        print("\nwritten in an hour, on average:")
        for name in sorted(after):
            objects, size = (now - then for now, then in zip(after[name], before.get(name, (0, 0))))
            print(f"  {name:13}{objects / arguments.steps:7.2f} objects {size / arguments.steps:12,.0f} bytes")


if __name__ == "__main__":
    main()
