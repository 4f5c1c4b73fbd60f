#!/usr/bin/env python3
"""Tries stores on a real S3 server, which it installs, starts on a free port of this machine, and ends.

usage: tests/stores/real_s3.py [--server auto|minio|versitygw|moto] [--binary PATH]
       tests/stores/real_s3.py [--server NAME] -- COMMAND ...

Needs Go or the Python package index, and, for the contract, Cargo. Without a command:

1. The server must let one of 32 writers to a key win; otherwise it would prove nothing (see s3_server.py).
2. The contract of stores holds on it: `cargo test --release --test s3 -- the_contract_holds_on_s3`.
3. generate, two ingests, train and detect, with the clock stopped (see trees.py), make the same objects there as on a disk,
   name by name and byte by byte, but for runs/; in both layouts. The same again changes nothing. `status` says the same.

With a command, it is run with TREBUCHET_TEST_S3 (s3://BUCKET/PREFIX) and what AWS's tools need to reach the server in its
environment. Ends with 1 where something is wrong, or with the code of the command.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left beside the tests
from s3_client import Client, Prefix
from s3_server import BUCKET, SERVERS, serving
from trees import MEMORY, Commands, differences

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = ["cargo", "test", "--release", "--locked", "--test", "s3", "--", "the_contract_holds_on_s3"]


def same(what, expected, found):
    """Ends the program where two trees differ."""
    wrong = list(differences(expected, found))
    if wrong or not expected:
        sys.exit("\n  ".join([f"{what}: {len(wrong)} differences in {len(expected)} objects", *wrong[:5]]))


def status(commands, store):
    """What `status` says, but for where the store is."""
    process = commands.start(["status", "--format", "json"], store, stdout=subprocess.PIPE)
    said, told = process.communicate()
    if process.returncode != 0:
        sys.exit(f"status of {store} ended with {process.returncode}: {told}")
    return json.loads(said.replace(str(store), "STORE"))


def pipeline(binary, layout, environment):
    """The same commands on a disk and on S3."""
    with tempfile.TemporaryDirectory(prefix="trebuchet-s3-trees-", dir=MEMORY) as folder:
        folder = pathlib.Path(folder)
        commands = Commands(binary, folder, layout)
        steps = list(commands.undisturbed())
        commands.environment.update(environment)
        store = Prefix(Client(environment), BUCKET, f"pipeline/{layout}")
        for step in steps:
            seconds = commands.finish(step.arguments, store)
            same(f"{step.name} on S3, {layout}", step.expected, store.tree())
            print(f"{step.name} on S3: {seconds:.2f} s, the same {len(step.expected)} objects", flush=True)
        one, other = status(commands, folder / "undisturbed"), status(commands, store)
        if one != other:
            sys.exit(f"status says another thing on S3 than on a disk:\n{other}\n{one}")
        for step in steps:
            commands.finish(step.arguments, store)
        same(f"all again on S3, {layout}", steps[-1].expected, store.tree())
        print(f"all again on S3, {layout}: nothing changes; status says the same as on a disk", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="auto", choices=["auto", *SERVERS])
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    with serving(options.server) as (name, environment):
        environment["TREBUCHET_TEST_S3"] = f"s3://{BUCKET}/contract"
        if command:
            sys.exit(subprocess.run(command, env=environment).returncode)
        if subprocess.run(CONTRACT, env=environment, cwd=ROOT).returncode != 0:
            sys.exit(f"the contract of stores does not hold on {name}")
        for layout in ("compact", "full"):
            pipeline(os.path.abspath(options.binary), layout, environment)
    print(f"all is well on {name}")


if __name__ == "__main__":
    main()
