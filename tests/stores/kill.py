#!/usr/bin/env python3
"""Kills ingest, train and detect at random moments, runs each again, and compares the stores byte by byte.

usage: tests/stores/kill.py [--binary PATH] [--moments N] [--seed N] [--layout compact|full] [--folder DIR] [--s3 [--server NAME]]

First each command runs undisturbed, one after the other (see trees.py). Then, N times spread over these commands: the
store as it was before the command is copied, the command is started and killed with SIGKILL at a random moment of its
usual duration (in one of three cases the second attempt is killed as well), and the same command is run again. The store
must then be the undisturbed one, name by name and byte by byte, but for runs/. Ends with 1 where it is not, leaving both
stores in the folder.

With --s3 the stores that are disturbed are on a real S3 server (see s3_server.py), those that are not on a disk as ever:
both must have the same objects.
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
from s3_client import Client, Prefix, etag_of
from s3_server import BUCKET, SERVERS, serving
from trees import MEMORY, Commands, differences, tree


class Kills:
    """Commands killed on stores in a folder."""

    def __init__(self, binary, folder, layout, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.commands = Commands(binary, folder, layout)
        self.steps = list(self.commands.undisturbed())

    def store(self, step):
        """A store as it was before the command, to be disturbed."""
        store = self.folder / "disturbed"
        step.copy_before(store)
        return store

    def tree(self, store):
        return tree(store)

    def keep(self, store, kept):
        """Keeps a store that is wrong; says where."""
        shutil.move(store, kept)
        return kept

    def kill(self, arguments, store, after):
        """Whether the command was still at work when it was killed."""
        process = self.commands.start(arguments, store)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def run(self, moments):
        wrong = 0
        for number, step in enumerate(self.steps):
            killed, share = 0, moments // len(self.steps) + (number < moments % len(self.steps))
            for _ in range(share):
                store = self.store(step)
                killed += self.kill(step.arguments, store, self.random.uniform(0, 1.05 * step.seconds))
                if self.random.random() < 1 / 3:
                    self.kill(step.arguments, store, self.random.uniform(0, 1.05 * step.seconds))
                self.commands.finish(step.arguments, store)
                found = list(differences(step.expected, self.tree(store)))
                if found:
                    wrong += 1
                    kept = self.keep(store, self.folder / f"wrong-{wrong}")
                    print(f"{step.name}: {len(found)} differences in {kept}", *found[:5], sep="\n  ", flush=True)
            print(f"{step.name}: {share} moments, killed at work {killed} times", flush=True)
        return wrong


class KillsOnS3(Kills):
    """Commands killed on stores on S3, whose objects are compared by their ETags, which S3 has computed of their bytes."""

    def __init__(self, binary, folder, layout, seed, environment):
        super().__init__(binary, folder, layout, seed)
        self.commands.environment.update(environment)
        self.client, self.made = Client(environment), 0
        for step in self.steps:
            store = self.store(step)
            step.seconds = self.commands.finish(step.arguments, store)
            for found in differences(step.expected, store.tree()):
                sys.exit(f"{step.name} undisturbed on S3: {found}")
            step.expected = {name: etag_of(content) for name, content in step.expected.items()}
            print(f"{step.name} on S3: {step.seconds:.2f} s, the same {len(step.expected)} objects", flush=True)

    def store(self, step):
        if not step.before.exists():
            self.made += 1
        store = Prefix(self.client, BUCKET, f"disturbed-{self.made}")
        store.restore(step.before)
        return store

    def tree(self, store):
        return store.etags()

    def keep(self, store, kept):
        for name, content in store.tree().items():
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            (kept / name).write_bytes(content)
        return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", default="compact")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--s3", action="store_true")
    parser.add_argument("--server", default="auto", choices=["auto", *SERVERS])
    options = parser.parse_args()
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="trebuchet-kill-", dir=MEMORY))
    folder.mkdir(parents=True, exist_ok=True)
    how = os.path.abspath(options.binary), folder, options.layout, options.seed
    if options.s3:
        with serving(options.server) as (_, environment):
            wrong = KillsOnS3(*how, environment).run(options.moments)
    else:
        wrong = Kills(*how).run(options.moments)
    print(f"{options.moments} moments, {wrong} wrong")
    if wrong == 0 and not options.folder:
        shutil.rmtree(folder)
    sys.exit(min(wrong, 1))


if __name__ == "__main__":
    main()
