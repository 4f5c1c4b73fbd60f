#!/usr/bin/env python3
"""Compares `detect --scores` with the executable specification of adaptive@1, value by value.

usage: compare.py [--binary PATH] EVAL_DIR      EVAL_DIR has reference_detector.py, nab-dev/ and cloud-dev/

For each data file both must have the same rows, the same alerts, and the same surprise, expected value and limits
within 1e-9 * max(|v|, mean|x|) (the surprise: within 1e-9 * max(1, surprise)). Ends with 1 where they differ.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile

TOLERANCE = 1e-9
FIGURES = ("surprise", "expected", "lower_limit", "upper_limit")


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def differences(ours, reference):
    """Yields what differs: row number, column, our value, the reference's; and notes the largest relative error."""
    if len(ours) != len(reference):
        yield 0, "number of rows", len(ours), len(reference)
        return
    scale = sum(abs(float(row["value"])) for row in reference) / max(len(reference), 1)
    for number, (a, b) in enumerate(zip(ours, reference), 1):
        if float(a["value"]) != float(b["value"]) or a["alert"] != b["alert"] or a["channel"] != b["channel"]:
            yield number, "value, alert or channel", a, b
        for column in FIGURES:
            if (a[column] == "") != (b[column] == ""):
                yield number, column, a[column], b[column]
            elif a[column]:
                x, y = float(a[column]), float(b[column])
                allowed = TOLERANCE * (max(1.0, y) if column == "surprise" else max(abs(y), scale))
                WORST[column] = max(WORST.get(column, 0.0), abs(x - y) / allowed * TOLERANCE)
                if not abs(x - y) <= allowed:
                    yield number, column, x, y


WORST = {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="trebuchet-ad")
    parser.add_argument("folder")
    options = parser.parse_args()
    files = values = bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("nab-dev", "cloud-dev"):
            data = os.path.join(options.folder, name)
            ours, reference = os.path.join(scratch, "ours", name), os.path.join(scratch, "reference", name)
            os.makedirs(reference)
            method = ["--method", "adaptive@1"]
            subprocess.run([options.binary, "detect", data, *method, "--scores", ours, "--output", os.devnull, "--quiet"], check=True)
            script = os.path.join(options.folder, "reference_detector.py")
            subprocess.run([sys.executable, script, data, reference], check=True)
            for folder, _, names in sorted(os.walk(reference)):
                for file in sorted(names):
                    path = os.path.relpath(os.path.join(folder, file), reference)
                    expected = rows(os.path.join(reference, path))
                    found = list(differences(rows(os.path.join(ours, path)), expected))
                    files, values, bad = files + 1, values + len(expected), bad + len(found)
                    for number, column, a, b in found[:3]:
                        print(f"{name}/{path}: row {number}: {column}: {a}, the reference has {b}")
    worst = ", ".join(f"{column} {error:.1e}" for column, error in WORST.items())
    print(f"{files} files, {values} values, {bad} differences; largest relative errors: {worst}")
    sys.exit(1 if bad or not files else 0)


if __name__ == "__main__":
    main()
