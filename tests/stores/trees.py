"""Stores made by two ingests, train and detect, one after the other, and their comparison byte by byte.

What is ingested overlaps, two of three files have bad records, one is CSV. The clock is stopped (TREBUCHET_NOW), so that a
command that was disturbed and is run again must end with exactly the store of one that nobody disturbed, but for `runs/`,
`turns/` and `checkpoints/`.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

NOW = "2026-03-31T12:34:56Z"
FROM, LEARNT, TO = "2026-03-02", "2026-03-20", "2026-03-30"

# Where to make stores: in memory, where there is such a place, since disks take their time to make files durable.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def tree(store):
    """The contents of every file of a store, by name, but for the log of runs and turns."""
    files = {}
    for path in sorted(store.rglob("*")):
        name = path.relative_to(store)
        if path.is_file() and name.parts[0] not in ("runs", "turns", "checkpoints"):
            files[str(name)] = path.read_bytes()
    return files


def differences(one, other):
    """What there is to say of two trees that should be the same."""
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"{name}: " + ("missing" if name not in other else "not expected" if name not in one else "differs")


class Step:
    """A command, the store as it was before it (which may not be there), how long it took, and the tree after it."""

    def __init__(self, arguments, before, seconds, expected):
        self.name, self.arguments, self.before = arguments[0], arguments, before
        self.seconds, self.expected = seconds, expected

    def copy_before(self, store):
        """Puts the store as it was before the command to another place."""
        shutil.rmtree(store, ignore_errors=True)
        if self.before.exists():
            shutil.copytree(self.before, store)


class Commands:
    """The commands, and what they read, in a folder. `options` are those of subprocess.Popen."""

    def __init__(self, binary, folder, layout, **options):
        self.binary, self.folder, self.options = binary, folder, options
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
        make = ["ingest", files[0], files[2], "--dataset", "acme/shop/1", "--init", "--layout", layout]
        self.arguments = [make, ["ingest", files[1]], ["train", "--to", LEARNT], ["detect"]]

    def start(self, arguments, store=None, **options):
        """Starts a command, whose messages can be read."""
        at = ["--store", store] if store else []
        command = [str(part) for part in [self.binary, *arguments, *at, "--quiet"]]
        options = {"env": self.environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **self.options, **options}
        return subprocess.Popen(command, text=True, **options)

    def finish(self, arguments, store=None):
        """Runs a command to its end; returns how long it took."""
        begun = time.perf_counter()
        process = self.start(arguments, store)
        _, told = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{arguments[0]} ended with {process.returncode}: {told}")
        return time.perf_counter() - begun

    def undisturbed(self):
        """Runs each command once."""
        store = pathlib.Path(self.folder / "undisturbed")
        for number, arguments in enumerate(self.arguments):
            before = self.folder / f"before-{number}"
            if store.exists():
                shutil.copytree(store, before)
            seconds = self.finish(arguments, store)
            step = Step(arguments, before, seconds, tree(store))
            print(f"{step.name}: {seconds:.2f} s, {len(step.expected)} files", flush=True)
            yield step
