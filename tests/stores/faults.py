#!/usr/bin/env python3
"""Runs ingest, train and detect on stores that are read-only, whose disk fills up, or of which something can't be read.

usage: tests/stores/faults.py [--binary PATH] [--times N] [--seed N] [--layout compact|full]

First each command runs undisturbed, one after the other (see trees.py). Then each is run on a copy of the store as it was
before, N times with each of these faults:

    no write permission, nowhere in the store        no permission to read a file or folder, by chance
    files of more than some bytes are not allowed    (ulimit -f)
    a file system that is mounted read-only          a disk with too little room, in bytes or in files, by chance
    a temporary folder that is full, with --memory too small for the records

The command must end with 1 and an error that says what, where and what to do; what was in the store must still be there,
and no temporary files. Commands that only read must work, where everything can be read. Then the fault is mended and the
same command must end with exactly the undisturbed store, but for runs/.

Permissions need a user who is not root: as root the commands run as another. The other faults of the file system need
mounts of one's own (Linux, `unshare`). What can't be tried here is said.
"""
import argparse
import os
import pathlib
import random
import resource
import shutil
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left beside the tests
from trees import MEMORY, Commands, differences, tree

NOBODY = 65534
PAGE = 4096


def room(folder):
    """How many bytes in whole pages, and how many files and folders, there are below a folder."""
    paths = list(folder.rglob("*")) if folder.exists() else []
    files = [path for path in paths if path.is_file()]
    return sum(-(-path.stat().st_size // PAGE) * PAGE for path in files), len(paths)


class Faults:
    def __init__(self, binary, folder, layout, seed, user=None):
        self.folder, self.random, self.wrong, self.user = folder, random.Random(seed), 0, user
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        os.environ["TMPDIR"] = str(self.temporary)
        if user is not None:
            folder.chmod(0o755)
            self.own(folder)
        as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.commands = Commands(binary, folder, layout, **as_user)
        self.steps = list(self.commands.undisturbed())

    def own(self, folder):
        """Gives everything below a folder to the user that commands run as."""
        if self.user is not None:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, self.user, self.user)

    def run(self, arguments, store, **options):
        process = self.commands.start(arguments, store, **options)
        _, told = process.communicate()
        return process.returncode, told

    def fail(self, what, *lines):
        self.wrong += 1
        print(f"{what}:", *lines, sep="\n    ", flush=True)

    def disturbed(self, what, step, store, place, arguments=(), may_work=False, **options):
        """Runs a command that has to fail, saying `place`, and looks at what it leaves. Whether it failed."""
        before = tree(store)
        code, told = self.run([*step.arguments, *arguments], store, **options)
        if code == 0 and may_work:
            return False
        problems = []
        if code != 1:
            problems.append(f"ended with {code}")
        if not told.startswith("error: ") or "\n hint: " not in told or str(place) not in told or "panicked" in told:
            problems.append(f"not a clear error, which names {place}")
        staging, after = store / ".staging", tree(store)
        left = [*(staging.iterdir() if staging.exists() else ()), *self.temporary.iterdir()]
        problems.extend(f"left behind: {path}" for path in left)
        problems.extend(f"lost: {name}" for name, content in before.items() if after.get(name) != content)
        if problems:
            self.fail(f"{step.name}, {what}", *problems, told)
        return True

    def reads(self, what, store):
        """Commands that write nothing work."""
        for arguments in (["status"], ["train", "list"], ["train", "--dry-run"], ["detect", "--dry-run"]):
            code, told = self.run(arguments, store)
            if code != 0:
                self.fail(f"{' '.join(arguments)}, {what}: ended with {code}", told)

    def mended(self, what, step, store):
        """Runs the command again, which must now succeed."""
        code, told = self.run(step.arguments, store)
        found = [f"ended with {code}: {told}"] if code != 0 else list(differences(step.expected, tree(store)))
        if found:
            self.fail(f"{step.name} again after {what}: {len(found)} differences", *found[:5])

    def store(self, step):
        store = self.folder / "disturbed"
        step.copy_before(store)
        if store.exists():
            self.own(store)
        return store

    def say(self, what, step, failed, times):
        if failed == 0:
            self.fail(f"{step.name}, {what}: has not failed a single time")
        print(f"{step.name}, {what}: {failed} of {times} failed as they should", flush=True)

    def no_permission_to_write(self, times):
        what = "no permission to write"
        for step in self.steps[1:]:
            store = self.store(step)
            folders = [path for path in [store, *store.rglob("*")] if path.is_dir()]
            for path in folders:
                path.chmod(0o555)
            failed = int(self.disturbed(what, step, store, store))
            if step is self.steps[-1]:
                self.reads(what, store)
            for path in folders:
                path.chmod(0o755)
            self.mended(what, step, store)
            self.say(what, step, failed, 1)

    def no_permission_to_read(self, times):
        for step in self.steps[1:]:
            failed = 0
            for _ in range(4 * times):
                store = self.store(step)
                path = self.random.choice(sorted(path for path in store.rglob("*") if ".staging" not in path.parts))
                mode = stat.S_IMODE(path.stat().st_mode)
                name, what = path.relative_to(store), f"no permission to read {path.name}"
                path.chmod(0)
                failed += self.unreadable(what, step, store, name, lambda: path.chmod(mode))
            self.say("no permission to read something", step, failed, 4 * times)

    def unreadable(self, what, step, store, name, mend):
        """The same where the fault hides files from the comparison as well, if it is not root that looks."""
        if self.user is None:
            code, told = self.run(step.arguments, store)
            if code != 0 and (code != 1 or str(name) not in told or "\n hint: " not in told):
                self.fail(f"{step.name}, {what}: ended with {code}", told)
            failed = code != 0
        else:
            failed = self.disturbed(what, step, store, name, may_work=True)
        mend()
        self.mended(what, step, store)
        return failed

    def files_too_large(self, times):
        for step in self.steps:
            before = {path.relative_to(step.before) for path in step.before.rglob("*")}
            new = [len(content) for name, content in step.expected.items() if pathlib.Path(name) not in before]
            failed = 0
            for _ in range(times):
                limit = self.random.randrange(max(new))
                what, store = f"files of at most {limit} bytes", self.store(step)
                failed += self.disturbed(what, step, store, store, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                self.mended(what, step, store)
            self.say("files too large", step, failed, times)


class Mounts(Faults):
    """What needs mounts of one's own."""

    def mount(self, *arguments):
        subprocess.run(["mount", *map(str, arguments)], check=True)

    def unmount(self, path):
        subprocess.run(["umount", path], check=True)

    def read_only(self, times):
        what = "a read-only file system"
        for step in self.steps:
            disk = self.folder / "disk"
            disk.mkdir(exist_ok=True)
            store = disk / "store"
            step.copy_before(store)
            self.mount("--bind", disk, disk)
            self.mount("-o", "remount,bind,ro", disk)
            failed = int(self.disturbed(what, step, store, store))
            if step is self.steps[-1]:
                self.reads(what, store)
            self.unmount(disk)
            self.mended(what, step, store)
            self.say(what, step, failed, 1)

    def full(self, times):
        for number, step in enumerate(self.steps):
            after = self.steps[number + 1].before if number + 1 < len(self.steps) else self.folder / "undisturbed"
            needed = [new - old for new, old in zip(room(after), room(step.before))]
            failed = 0
            for turn in range(times):
                disk = self.folder / "disk"
                disk.mkdir(exist_ok=True)
                self.mount("-t", "tmpfs", "tmpfs", disk)
                store = disk / "store"
                step.copy_before(store)
                used = os.statvfs(disk)
                of = turn % 3 == 2
                left = self.random.randrange(needed[of])
                what = f"{left} {'files' if of else 'bytes'} of {needed[of]} left"
                size = f"nr_inodes={used.f_files - used.f_ffree + left}" if of else f"size={(used.f_blocks - used.f_bfree) * used.f_frsize + max(left, PAGE)}"
                self.mount("-t", "tmpfs", "-o", f"remount,{size}", "tmpfs", disk)
                failed += self.disturbed(what, step, store, store)
                if turn == 0 and step is self.steps[-1]:
                    self.reads(what, store)
                self.mount("-t", "tmpfs", "-o", f"remount,size={1 << 30},nr_inodes={1 << 20}", "tmpfs", disk)
                self.mended(what, step, store)
                self.unmount(disk)
            self.say("a full disk", step, failed, times)

    def full_temporary_folder(self, times):
        what = "a full temporary folder"
        for step in self.steps[:2]:
            store = self.store(step)
            self.mount("-t", "tmpfs", "-o", f"size={2 * PAGE}", "tmpfs", self.temporary)
            failed = int(self.disturbed(what, step, store, self.temporary, ["--memory", "100K"]))
            self.unmount(self.temporary)
            self.mended(what, step, store)
            self.say(what, step, failed, 1)


def unshared():
    """The program that makes mounts possible, or why there is none."""
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    try:
        tried = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()], capture_output=True, text=True)
    except OSError as cause:
        return None, str(cause)
    return (command, None) if tried.returncode == 0 else (None, tried.stderr.strip())


def attempt(kind, options, faults, **more):
    """Makes the stores and tries some faults; returns how much was wrong."""
    prefix = "trebuchet-faults-"
    with tempfile.TemporaryDirectory(prefix=prefix) as home, tempfile.TemporaryDirectory(prefix=prefix, dir=MEMORY) as folder:
        pathlib.Path(home).chmod(0o755)
        program = shutil.copy(options.binary, home)  # where another user can run it
        all = kind(program, pathlib.Path(folder), options.layout, options.seed, **more)
        for fault in faults:
            fault(all, options.times)
        return all.wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/trebuchet-ad")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", default="compact")
    parser.add_argument("--with-mounts", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.with_mounts:
        sys.exit(min(1, attempt(Mounts, options, [Mounts.read_only, Mounts.full, Mounts.full_temporary_folder])))
    user = NOBODY if os.geteuid() == 0 else None
    wrong = attempt(Faults, options, [Faults.files_too_large, Faults.no_permission_to_write, Faults.no_permission_to_read], user=user)
    command, reason = unshared()
    if command:
        wrong += subprocess.run([*command, sys.executable, *sys.argv, "--with-mounts"]).returncode
    else:
        print(f"not tried, since mounts are not possible here: read-only and full file systems ({reason})", flush=True)
    print(f"{wrong} wrong")
    sys.exit(min(1, wrong))


if __name__ == "__main__":
    main()
