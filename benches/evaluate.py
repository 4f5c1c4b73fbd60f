#!/usr/bin/env python3
"""Compares methods on labelled data, with cross-validation over files.

usage: evaluate.py [--binary PATH] EVAL      (EVAL holds nab-dev, cloud-dev, nab_score.py and event_score.py)

Each method is run once over both folders with --scores; incidents are then made of the surprises at every threshold of a
grid (exceedances less than 12 hours apart are one), NAB's rules give the standard profile's score, and events are counted
as event_score.py does (first 15 % of a file left out, exceedances up to an hour apart are one, a tolerance of two sampling
intervals). Cross-validation: files are dealt to five folds, in six different orders; the threshold that is best on four
folds (NAB/100 + F1) is used for the fifth. False incidents a day and series are those outside of labelled windows, by 12
hours, of both folders together. Only the threshold is chosen inside; the parts of a method were not.
"""
import argparse, bisect, csv, importlib.util, json, os, random, subprocess, sys, tempfile

METHODS = {"adaptive@1": 2.5, "adaptive@2": 2.25}
GRID = [round(1.8 + 0.05 * step, 2) for step in range(29)]
HOUR, DAY = 3600.0, 86400.0


def module(folder, name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, name + ".py"))
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def read_scores(path, epoch):
    with open(path, newline="") as file:
        return [(epoch(row["timestamp"]), float(row["surprise"] or 0)) for row in csv.DictReader(file)]


def incidents(rows, threshold, quiet):
    """The times of the exceedances of each incident."""
    found = []
    for time, surprise in rows:
        if surprise >= threshold:
            if found and time - found[-1][-1] <= quiet:
                found[-1].append(time)
            else:
                found.append([time])
    return found


def nab_files(eval_folder, scores, nab, epoch):
    folder = os.path.join(eval_folder, "nab-dev")
    labels = json.load(open(os.path.join(folder, "combined_windows.json")))
    files = []
    for name in sorted(labels):
        if os.path.exists(os.path.join(folder, name)):
            windows = [(nab.parse_ts(a), nab.parse_ts(b)) for a, b in labels[name]]
            spans = [(epoch(a), epoch(b)) for a, b in labels[name]]
            files.append((name, read_scores(os.path.join(scores, name), epoch), windows, spans))
    return files


def nab_points(file, threshold, nab, stamps):
    name, rows, windows, _ = file
    opens = {incident[0] for incident in incidents(rows, threshold, 12 * HOUR)}
    marks = [1.0 if time in opens and surprise >= threshold else 0.0 for time, surprise in rows]
    points, count = nab.file_points(stamps[name], marks, windows)
    return name, points, count


def cloud_files(eval_folder, scores, epoch):
    folder = os.path.join(eval_folder, "cloud-dev")
    files = []
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(".csv"):
                path = os.path.join(place, name)
                relative = os.path.relpath(path, folder)
                with open(path, newline="") as file:
                    labels = [int(float(row["label"])) for row in csv.DictReader(file)]
                files.append((relative, read_scores(os.path.join(scores, relative), epoch), labels))
    return files


def segments(rows, labels):
    """The labelled segments with their tolerance, as times."""
    gaps = sorted(b[0] - a[0] for a, b in zip(rows, rows[1:]))
    tolerance, spans, start = 2 * gaps[len(gaps) // 2], [], None
    for index, label in enumerate(labels + [0]):
        if label and start is None:
            start = index
        elif not label and start is not None:
            spans.append((rows[start][0] - tolerance, rows[index - 1][0] + tolerance))
            start = None
    return spans


def counts(file, threshold):
    """(incidents, true ones, segments found, segments)"""
    _, rows, labels = file
    skip = int(0.15 * len(rows))
    spans = segments(rows[skip:], labels[skip:])
    found = incidents(rows[skip:], threshold, HOUR)
    touches = lambda times, span: (place := bisect.bisect_left(times, span[0])) < len(times) and times[place] <= span[1]
    true = sum(any(touches(incident, span) for span in spans) for incident in found)
    all_times = [time for incident in found for time in incident]
    hit = sum(touches(all_times, span) for span in spans)
    return len(found), true, hit, len(spans)


def f1(parts):
    found, true, hit, spans = (sum(column) for column in zip(*parts))
    precision, recall = (true / found if found else 0.0), (hit / spans if spans else 0.0)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def false_a_day(files, threshold, since=1.0, until=1e9):
    """False incidents a day and series that open between these days; files are (rows, spans)."""
    false = days = 0
    for rows, spans in files:
        start, end = rows[0][0], rows[-1][0]
        days += max(0.0, min((end - start) / DAY, until) - since)
        for incident in incidents(rows, threshold, 12 * HOUR):
            opened = (incident[0] - start) / DAY
            if since <= opened < until and not any(a <= time <= b for time in incident for a, b in spans):
                false += 1
    return false / days


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("eval")
    arguments.add_argument("--binary", default="target/release/trebuchet-ad")
    options = arguments.parse_args()
    nab, event = module(options.eval, "nab_score"), module(options.eval, "event_score")
    epoch = event.ep
    print("| method | threshold | NAB | F1 | cross-validated NAB / F1 | false a day | on days 2 and 3 |\n|---|---|---|---|---|---|---|")
    for method, own in METHODS.items():
        with tempfile.TemporaryDirectory() as scores:
            for folder in ("nab-dev", "cloud-dev"):
                subprocess.run([options.binary, "detect", os.path.join(options.eval, folder), "--method", method, "--quiet",
                                "--scores", os.path.join(scores, folder), "--output", os.devnull], check=True)
            series = nab_files(options.eval, os.path.join(scores, "nab-dev"), nab, epoch)
            stamps = {name: nab.read_scores(os.path.join(scores, "nab-dev", name))[0] for name, *_ in series}
            cloud = cloud_files(options.eval, os.path.join(scores, "cloud-dev"), epoch)
        grid = sorted(set(GRID + [own]))
        points = {t: [nab_points(file, t, nab, stamps) for file in series] for t in grid}
        parts = {t: [counts(file, t) for file in cloud] for t in grid}
        windows = [len(file[2]) for file in series]

        def nab_score(threshold, chosen):
            files = [points[threshold][index] for index in chosen]
            return nab.normalised(files, "standard", sum(windows[index] for index in chosen), 0.5)["score"]

        def f1_score(threshold, chosen):
            return f1([parts[threshold][index] for index in chosen])

        held_out = []
        for order in range(6):
            generator = random.Random(order)
            folds = [[], []]
            for which, count in enumerate((len(series), len(cloud))):
                places = list(range(count))
                generator.shuffle(places)
                folds[which] = [places[fold::5] for fold in range(5)]
            nab_points_of, parts_of = [], []
            for fold in range(5):
                train = [[p for other in range(5) if other != fold for p in folds[which][other]] for which in range(2)]
                best = max(grid, key=lambda t: nab_score(t, train[0]) / 100 + f1_score(t, train[1]))
                nab_points_of += [points[best][index] for index in folds[0][fold]]
                parts_of += [parts[best][index] for index in folds[1][fold]]
            held_out.append((nab.normalised(nab_points_of, "standard", sum(windows), 0.5)["score"], f1(parts_of)))
        every = list(range(len(series))), list(range(len(cloud)))
        both = [(rows, spans) for _, rows, _, spans in series] + [(rows, segments(rows, labels)) for _, rows, labels in cloud]
        cross = [sum(column) / len(column) for column in zip(*held_out)]
        print("| %s | %.2f | %.1f | %.3f | %.1f / %.3f | %.3f | %.3f |" % (
            method, own, nab_score(own, every[0]), f1_score(own, every[1]), *cross, false_a_day(both, own), false_a_day(both, own, 1.0, 3.0)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
