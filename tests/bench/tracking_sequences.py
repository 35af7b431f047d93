"""The trackers on films' detections: every sequence, every peer, at all frames or at some."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.tracker.detections import NO_DETECTIONS
from laughtrack.tracker.mot import files
from laughtrack.tracker.mot.trackeval_scores import combine, evaluate
from tests.bench.peer_settings import LONG, PUBLISHED, SETTINGS
from tests.bench.peers import OURS, TRACKERS, run
from tests.bench.tables import BETTER, say, table

FPS = {
    "shibuya": 25,
    "KITTI-13": 10,
    "KITTI-17": 10,
    "PETS09-S2L1": 7,
    "TUD-Campus": 25,
    "TUD-Stadtmitte": 25,
    "ETH-Bahnhof": 14,
    "ETH-Pedcross2": 14,
    "ETH-Sunnyday": 14,
}
HEADS = {
    "hota": "HOTA",
    "assa": "AssA",
    "deta": "DetA",
    "idf1": "IDF1",
    "mota": "MOTA",
    "switches": "switches",
    "fragments": "fragments",
    "result_ids": "IDs given",
}
MAIN = "hota", "idf1", "switches"
# Where people walk through, 10 s are worse than 1 already: no minutes here.
TRIED = [one for one in SETTINGS if one not in LONG]


class Sequence(NamedTuple):
    """A film's detections as looks, evenly spaced, and who they are."""

    name: str
    fps: float
    looks: list
    truth: dict


def sequences(folder):
    """Read face sequences (*.txt) and MOTChallenge ones (*/det.txt, gt.txt), by name."""
    found = []
    for path in sorted(Path(folder).glob("*.txt")):
        found.append(sequence(path.stem, *files.read_faces(path)))
    for path in sorted(Path(folder).glob("*/det.txt")):
        truth = files.read_identities(path.with_name("gt.txt"))
        found.append(sequence(path.parent.name, files.read_detections(path), truth))
    return found


def sequence(name, detections, truth):
    """Make looks of frames: all from the first to the last; the look's number keys the truth."""
    fps = FPS.get(name, 30)
    frames = range(min(detections), max(detections) + 1)
    looks = [(frame / fps, *detections.get(frame, NO_DETECTIONS)[:2]) for frame in frames]
    return Sequence(name, fps, looks, {frame - frames[0]: truth[frame] for frame in truth})


def thinned(film, least, most, seed=1):
    """Look at some frames only, `least` to `most` from one to the next."""
    rng, kept, k = np.random.default_rng(seed), [], 0
    while k < len(film.looks):
        kept.append(k)
        k += int(rng.integers(least, most + 1))
    looks = [film.looks[k] for k in kept]
    truth = {j: film.truth[k] for j, k in enumerate(kept) if k in film.truth}
    return Sequence(film.name, film.fps * 2 / (least + most), looks, truth)


def measure(films, names):
    """Run trackers on sequences.

    Parameters
    ----------
    films : list of Sequence
    names : list of str
        Of `TRACKERS`.

    Returns
    -------
    dict
        ``(tracker, setting)`` to a dict of sequence, or "together", to ``(MotScores, frames/s)``.
    """
    rows = {}
    for name in names:
        for setting in [PUBLISHED] if name == OURS else TRIED:
            judged, frames, spent_s, rows[name, setting.name] = [], 0, 0.0, {}
            for film in films:
                say(f"{film.name}: {name}, {setting.name}")
                result, took_s = run(TRACKERS[name], film.looks, film.fps, setting)
                judged.append(evaluate(film.truth, result))
                speed = len(film.looks) / took_s
                rows[name, setting.name][film.name] = combine(judged[-1:]), speed
                frames, spent_s = frames + len(film.looks), spent_s + took_s
            rows[name, setting.name]["together"] = combine(judged), frames / spent_s
    return rows


def report(rows, title):
    """Return the table of all sequences together as Markdown, with the best of the peers."""
    whole = {key: films["together"] for key, films in rows.items()}
    lines = []
    for (name, setting), (scores, speed) in whole.items():
        cells = [shown(measure_name, scores) for measure_name in HEADS]
        told = "" if name == OURS else setting
        lines.append([name, told, *cells, scores.true_ids, f"{speed:,.0f}"])
    others = [scores for key, (scores, _) in whole.items() if key[0] != OURS]
    if others:
        cells = [best(measure_name, others) for measure_name in HEADS]
        lines.append(["**best peer**", "on each measure", *cells, others[0].true_ids, ""])
    heads = "tracker", "setting", *HEADS.values(), "true IDs", "frames/s"
    return f"### {title}\n\n" + table(heads, lines)


def report_films(rows, title):
    """Return a table film by film: ours, and the best that any peer reached on each measure."""
    lines = []
    for film in next(iter(rows.values())):
        own = [films[film][0] for key, films in rows.items() if key[0] == OURS]
        others = [films[film][0] for key, films in rows.items() if key[0] != OURS]
        pairs = [(best(name, own), best(name, others)) for name in MAIN]
        lines.append([film, *(cell for pair in pairs for cell in pair)])
    heads = [f"{HEADS[name]}, {whose}" for name in MAIN for whose in (OURS, "best peer")]
    return f"### {title}\n\n" + table(["film", *heads], lines)


def best(name, scores):
    """Write the best of some scores on one measure."""
    return shown(name, BETTER[name](scores, key=lambda one: getattr(one, name))) if scores else ""


def shown(name, scores):
    """Write one measure, shares as per cent."""
    value = getattr(scores, name)
    return str(value) if isinstance(value, int) else f"{100 * value:.1f}"
