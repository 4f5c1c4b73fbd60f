#!/usr/bin/env python3
"""Kills `ingest` with -9 at random moments, runs the same command again, and compares the store with that of an
undisturbed run: name by name and byte by byte, but for runs/.

usage: tests/kill/ingest.py [--times N] [--seed N] [--records N] [--binary PATH]
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CACHE = pathlib.Path(os.environ.get("TREBUCHET_CACHE") or pathlib.Path.home() / ".cache" / "trebuchet-ad")
START = 1_704_067_200


def record(number):
    """A record every 40 seconds, so that an hour has 90."""
    return json.dumps({"time": START + number * 40, "cpu": number % 97 / 7, "mem": number % 1013, "host": f"h{number % 3}"})


def make_inputs(folder, records):
    """Overlapping files of three formats, one of them with bad records."""
    lines = [record(number) for number in range(records)]
    third = records // 3
    (folder / "a.ndjson").write_text("\n".join(lines[: 2 * third]) + "\n")
    (folder / "b.json").write_text("[" + ",\n".join(lines[third:]) + "]\n")
    bad = [f"broken {number}" for number in range(50)]
    mixed = lines[:third] + lines[:100] + bad
    random.Random(1).shuffle(mixed)
    (folder / "c.ndjson").write_text("\n".join(mixed) + "\n")
    rows = [f"{START + number * 40 + 7},{number % 31}" for number in range(third)]
    (folder / "d.csv").write_text("time,load\n" + "\n".join(rows) + "\nnever,1\n")


def tree(store):
    """The files of a store by path, without runs/ and what waits for its name."""
    found = {}
    for path in sorted(store.rglob("*")):
        name = str(path.relative_to(store))
        if path.is_file() and not name.startswith(("runs/", ".staging/")):
            found[name] = path.read_bytes()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50, help="how often it is killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--binary", type=pathlib.Path, default=CACHE / "target" / "release" / "trebuchet-ad")
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    environment = {"TREBUCHET_NOW": "2026-01-01T00:00:00Z", "PATH": os.environ.get("PATH", "")}

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_inputs(folder, arguments.records)

        def command(store, memory):
            return [str(arguments.binary.resolve()), "ingest", "--init", "--store", store, "--dataset", "acme/shop/1",
                    "--memory", memory, "--quiet", "a.ndjson", "b.json", "c.ndjson", "d.csv"]

        def run(store, memory):
            subprocess.run(command(store, memory), cwd=folder, env=environment, check=True)

        started = time.monotonic()
        run("undisturbed", "1G")
        duration = time.monotonic() - started
        wanted = tree(folder / "undisturbed")
        print(f"undisturbed: {len(wanted)} files in {duration:.2f} s")
        kills = finished = 0
        while kills < arguments.times:
            memory = dice.choice(["1G", "100K"])
            for _ in range(dice.randint(1, 3)):  # killed again while it completes what was killed
                process = subprocess.Popen(command("killed", memory), cwd=folder, env=environment)
                time.sleep(dice.uniform(0, 1.2 * duration))
                process.send_signal(signal.SIGKILL)
                if process.wait() == 0:
                    finished += 1
                else:
                    kills += 1
            run("killed", memory)
            found = tree(folder / "killed")
            if found != wanted:
                kept = pathlib.Path(tempfile.mkdtemp(prefix="killed-"))
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                different = [name for name in set(found) | set(wanted) if found.get(name) != wanted.get(name)]
                sys.exit(f"after {kills} kills {len(different)} files differ, such as {sorted(different)[:5]}; see {kept}")
            shutil.rmtree(folder / "killed")
        print(f"{kills} times killed, {finished} times too late: every store is that of the undisturbed run")


if __name__ == "__main__":
    main()
