"""Real S3 servers for tests: installed where they are missing, on a free port of this machine only, gone at the end.

* `minio`: github.com/minio/minio, built by Go; keeps all that is asked of it.
* `versitygw`: github.com/versity/versitygw, built by Go, on files of this machine. It looks whether an object is there and
  then writes it, with nothing in between that keeps others out: of 32 writers to one key several win. With one request at
  a time (`--concurrency 1`), as it is started here, one wins. It answers a PUT that it refuses before it has read its body,
  which it then takes for the next request if the connection is kept (`--keep-alive`, which by itself it does not do): only
  benchmarks, where nothing is refused, keep connections. Its keys are paths: `a` and `a/b` can't both be there.
* `moto`: PyPI's moto, in Python, in memory. It looks and then writes as well, but all in one go, as Python runs one thread
  at a time and nothing in between waits. It checks neither signatures nor checksums, and is slow.

`auto` is the first of them that can be had. Each is told apart from one that does not keep to conditions before it is used
(see `check`). What is installed stays in TREBUCHET_CACHE (default: ~/.cache/trebuchet-ad).
"""
import contextlib
import ctypes
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # nothing is left beside the tests
from s3_client import Client

CACHE = pathlib.Path(os.environ.get("TREBUCHET_CACHE") or pathlib.Path.home() / ".cache" / "trebuchet-ad")
# Modules of Go, their versions, and where in them the program is.
PROGRAMS = {
    "minio": ("github.com/minio/minio", "RELEASE.2025-10-15T17-29-55Z", ""),
    "versitygw": ("github.com/versity/versitygw", "v1.7.0", "/cmd/versitygw"),
    "s5cmd": ("github.com/peak/s5cmd/v2", "v2.3.0", ""),
}
# What `moto[server]` would install, without what only other services than S3 need.
MOTO = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"]
SERVERS = ["minio", "versitygw", "moto"]
BUCKET, REGION = "trebuchet-test", "us-east-1"
TO_BUILD, TO_START, TO_STOP = 900, 60, 10  # seconds
RACERS, ROUNDS = 32, 10


class Unavailable(Exception):
    """A server that can't be had, and why."""


def run(what, command, **options):
    """Runs a command that installs something; tells its last words if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TO_BUILD, **options)
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise Unavailable(f"{what} can't be installed: {cause}") from None
    if done.returncode != 0:
        raise Unavailable(f"{what} can't be installed: {' '.join(done.stderr.split()[-40:])}")


def go_program(name):
    """The path of a program of PROGRAMS, built where it is missing."""
    module, version, place = PROGRAMS[name]
    program = CACHE / "go" / version / name
    if not program.exists():
        with tempfile.TemporaryDirectory() as folder:
            # a module that needs it: `go install` would want to know of other versions as well, which not all have
            (pathlib.Path(folder) / "go.mod").write_text(f"module tools\n\ngo 1.24\n\nrequire {module} {version}\n")
            go = {**os.environ, "GOTOOLCHAIN": "auto", "GOFLAGS": "-mod=mod", "GOWORK": "off", "CGO_ENABLED": "0"}
            run(name, ["go", "build", "-ldflags=-s -w", "-o", program, module + place], env=go, cwd=folder)
    return program


def moto():
    """A Python that has moto."""
    home = CACHE / "moto"
    program, complete = home / "bin" / "python", home / "complete"
    if not complete.exists() or complete.read_text() != " ".join(MOTO):
        run("moto", [sys.executable, "-m", "venv", "--clear", home])
        run("moto", [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *MOTO])
        complete.write_text(" ".join(MOTO))
    return program


def command(name, folder, port, identity, secret, fast):
    """How to start a server, and what it wants in its environment."""
    if name == "moto":
        return [moto(), "-m", "moto.server", "-H", "127.0.0.1", "-p", port], {}
    program = go_program(name)
    if name == "minio":
        options = ["server", "--quiet", "--address", f"127.0.0.1:{port}", "--console-address", "127.0.0.1:0", folder]
        return [program, *options], {"MINIO_ROOT_USER": identity, "MINIO_ROOT_PASSWORD": secret, "MINIO_REGION": REGION}
    options = ["--port", f"127.0.0.1:{port}", "--region", REGION, "--quiet", *(["--keep-alive", "posix"] if fast else ["posix", "--concurrency", "1"])]
    if not keeps_attributes(folder):
        (folder / "attributes").mkdir()
        options += ["--sidecar", folder / "attributes"]
    (folder / "objects").mkdir()
    return [program, *options, folder / "objects"], {"ROOT_ACCESS_KEY_ID": identity, "ROOT_SECRET_ACCESS_KEY": secret}


def keeps_attributes(folder):
    """Whether files below a folder can have attributes, in which versitygw keeps what it knows of objects."""
    try:
        os.setxattr(folder, b"user.trebuchet", b"1")
    except OSError:
        return False
    return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    """Has the system end this process when the one that started it ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def serving(wanted="auto", fast=False, place=None):
    """A server and its name, with an empty bucket BUCKET; gives the environment in which it is reached. `fast`: it need
    not decide races; `place`: where its files are."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended as well
    with tempfile.TemporaryDirectory(prefix="trebuchet-s3-", dir=place) as folder:
        folder = pathlib.Path(folder)
        server, environment, name = start(wanted, folder, fast)
        try:
            client = Client(environment)
            wait(server, client, folder)
            if not fast:
                check(client, name)
            yield name, environment
        finally:
            server.terminate()
            try:
                server.wait(TO_STOP)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def start(wanted, folder, fast):
    port, identity, secret = free_port(), "TREBUCHET" + secrets.token_hex(4), secrets.token_hex(16)
    reasons = []
    for name in SERVERS if wanted == "auto" else [wanted]:
        try:
            program, own = command(name, folder, port, identity, secret, fast)
        except Unavailable as reason:
            reasons.append(str(reason))
            print(reason, file=sys.stderr, flush=True)
            continue
        with open(folder / "log", "w") as log:
            server = subprocess.Popen(
                [str(part) for part in program], env={**os.environ, **own}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )
        break
    else:
        sys.exit("no server can be had: " + "; ".join(reasons))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return server, {
        **environment,
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}", "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    }, name


def wait(server, client, folder):
    """Waits until the server can be used, and makes the bucket."""
    until = time.monotonic() + TO_START
    while True:
        try:
            return client.create(BUCKET)
        except (OSError, RuntimeError) as cause:
            if server.poll() is not None or time.monotonic() > until:
                sys.exit(f"the server does not start: {cause}\n{(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)


def check(client, name):
    """Ends the program if the server lets more than one of many writers to a key win: it would prove nothing."""
    for number in range(ROUNDS):
        begin, winners = threading.Barrier(RACERS), []

        def race(racer):
            begin.wait()
            if client.put(BUCKET, f"race/{number}", bytes([racer]) * 10_000, new=True):
                winners.append(racer)

        racers = [threading.Thread(target=race, args=[racer]) for racer in range(RACERS)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        if len(winners) != 1 or client.get(BUCKET, f"race/{number}") != bytes(winners) * 10_000:
            sys.exit(f"{len(winners)} of {RACERS} writers to one key have won on {name}: it does not keep to If-None-Match")
    print(f"{name}: one of {RACERS} writers to one key wins, {ROUNDS} times", flush=True)
