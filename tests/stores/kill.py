#!/usr/bin/env python3
"""Kills ingest, train and detect at random moments, runs each again, and compares the stores byte by byte.

usage: tests/stores/kill.py [--binary PATH] [--moments N] [--seed N] [--layout compact|full] [--folder DIR]

The files overlap, two of them have bad records, one is CSV. First each command runs undisturbed, one after the other,
with the clock stopped (TREBUCHET_NOW). Then, N times spread over the three commands: the store as it was before the
command is copied, the command is started and killed with SIGKILL at a random moment of its usual duration (in one of
three cases the second attempt is killed as well), and the same command is run again. The store must then be the
undisturbed one, name by name and byte by byte, but for runs/. Ends with 1 where it is not, leaving both stores in the
folder.
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NOW = "2026-03-31T12:34:56Z"
FROM, LEARNT, TO = "2026-03-02", "2026-03-20", "2026-03-30"


def tree(store):
    """The contents of every file of a store, by name, but for the run log."""
    files = {}
    for path in sorted(store.rglob("*")):
        name = path.relative_to(store)
        if path.is_file() and name.parts[0] != "runs":
            files[str(name)] = path.read_bytes()
    return files


def differences(one, other):
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"{name}: " + ("missing" if name not in other else "not expected" if name not in one else "differs")


class Kills:
    def __init__(self, binary, folder, layout, seed):
        self.binary, self.folder, self.random = binary, folder, random.Random(seed)
        self.environment = {**os.environ, "TREBUCHET_NOW": NOW}
        files = [folder / "first.ndjson", folder / "second.ndjson"]
        common = ["--seed", "7", "--every", "5m", "--parameters", "4"]
        self.finish(["generate", "--from", FROM, "--to", "2026-03-21", *common, "--output", files[0]])
        self.finish(["generate", "--from", "2026-03-19", "--to", TO, *common, "--output", files[1]])
        files.append(folder / "third.csv")
        rows = [f"2026-03-{day:02}T{hour:02}:30:00Z,{hour % 7}" for day in range(2, 9) for hour in range(24)]
        files[2].write_text("timestamp,load\n" + "\n".join([*rows, "never,1", *rows[:30]]) + "\n")
        with open(files[1], "a") as more:
            more.writelines(f"broken {number}\n" for number in range(50))
        make = ["ingest", *files, "--dataset", "acme/shop/1", "--init", "--layout", layout]
        self.commands = [make, ["train", "--to", LEARNT], ["detect"]]

    def start(self, arguments, store=None):
        at = ["--store", store] if store else []
        command = [str(part) for part in [self.binary, *arguments, *at, "--quiet"]]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, arguments, store=None):
        """Runs a command to its end; returns how long it took."""
        begun = time.perf_counter()
        process = self.start(arguments, store)
        _, told = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{arguments[0]} ended with {process.returncode}: {told}")
        return time.perf_counter() - begun

    def kill(self, arguments, store, after):
        """Whether the command was still at work when it was killed."""
        process = self.start(arguments, store)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def run(self, moments):
        steps, store = [], self.folder / "undisturbed"
        for arguments in self.commands:
            before = self.folder / f"before-{arguments[0]}"
            if store.exists():
                shutil.copytree(store, before)
            seconds = self.finish(arguments, store)
            steps.append((arguments, before, seconds, tree(store)))
            print(f"{arguments[0]}: {seconds:.2f} s, {len(steps[-1][3])} files", flush=True)
        wrong = 0
        for step, (arguments, before, seconds, expected) in enumerate(steps):
            killed, share = 0, moments // len(steps) + (step < moments % len(steps))
            for _ in range(share):
                store = self.folder / "disturbed"
                shutil.rmtree(store, ignore_errors=True)
                if before.exists():
                    shutil.copytree(before, store)
                killed += self.kill(arguments, store, self.random.uniform(0, 1.05 * seconds))
                if self.random.random() < 1 / 3:
                    self.kill(arguments, store, self.random.uniform(0, 1.05 * seconds))
                self.finish(arguments, store)
                found = list(differences(expected, tree(store)))
                if found:
                    wrong += 1
                    kept = self.folder / f"wrong-{wrong}"
                    shutil.move(store, kept)
                    print(f"{arguments[0]}: {len(found)} differences in {kept}", *found[:5], sep="\n  ", flush=True)
            print(f"{arguments[0]}: {share} moments, killed at work {killed} times", flush=True)
        return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", default="compact")
    parser.add_argument("--folder", type=pathlib.Path)
    options = parser.parse_args()
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="trebuchet-kill-"))
    folder.mkdir(parents=True, exist_ok=True)
    wrong = Kills(os.path.abspath(options.binary), folder, options.layout, options.seed).run(options.moments)
    print(f"{options.moments} moments, {wrong} wrong")
    if wrong == 0 and not options.folder:
        shutil.rmtree(folder)
    sys.exit(min(wrong, 1))


if __name__ == "__main__":
    main()
