#!/usr/bin/env python3
"""Kills ingest, train and detect at random moments, runs each again, and compares the stores byte by byte.

usage: tests/stores/kill.py [--binary PATH] [--moments N] [--seed N] [--layout compact|full] [--folder DIR]

First each command runs undisturbed, one after the other (see trees.py). Then, N times spread over these commands: the
store as it was before the command is copied, the command is started and killed with SIGKILL at a random moment of its
usual duration (in one of three cases the second attempt is killed as well), and the same command is run again. The store
must then be the undisturbed one, name by name and byte by byte, but for runs/. Ends with 1 where it is not, leaving both
stores in the folder.
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is left beside the tests
from trees import MEMORY, Commands, differences, tree


class Kills:
    def __init__(self, binary, folder, layout, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.commands = Commands(binary, folder, layout)

    def kill(self, arguments, store, after):
        """Whether the command was still at work when it was killed."""
        process = self.commands.start(arguments, store)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def run(self, moments):
        steps, wrong = list(self.commands.undisturbed()), 0
        for number, step in enumerate(steps):
            killed, share = 0, moments // len(steps) + (number < moments % len(steps))
            for _ in range(share):
                store = self.folder / "disturbed"
                step.copy_before(store)
                killed += self.kill(step.arguments, store, self.random.uniform(0, 1.05 * step.seconds))
                if self.random.random() < 1 / 3:
                    self.kill(step.arguments, store, self.random.uniform(0, 1.05 * step.seconds))
                self.commands.finish(step.arguments, store)
                found = list(differences(step.expected, tree(store)))
                if found:
                    wrong += 1
                    kept = self.folder / f"wrong-{wrong}"
                    shutil.move(store, kept)
                    print(f"{step.name}: {len(found)} differences in {kept}", *found[:5], sep="\n  ", flush=True)
            print(f"{step.name}: {share} moments, killed at work {killed} times", flush=True)
        return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", default="compact")
    parser.add_argument("--folder", type=pathlib.Path)
    options = parser.parse_args()
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="trebuchet-kill-", dir=MEMORY))
    folder.mkdir(parents=True, exist_ok=True)
    wrong = Kills(os.path.abspath(options.binary), folder, options.layout, options.seed).run(options.moments)
    print(f"{options.moments} moments, {wrong} wrong")
    if wrong == 0 and not options.folder:
        shutil.rmtree(folder)
    sys.exit(min(wrong, 1))


if __name__ == "__main__":
    main()
