"""How many faces are found, how many are none, and what that costs: `python -m tests.bench.faces`.

Three ways are compared in the same run: a full scan of every frame; the loop's finder looking
upright only; and the finder as it is, trying missed faces again. Each follows with a tracker of
its own. Recall is per viewer and second: the share of a second's frames in which a face was found
where that person is, its mean over all persons and seconds. Precision is the share of the boxes
found that are where somebody visible is. In pretend rooms, "at hidden" counts boxes per look at a
person who can't be seen, because turned away, looking down, covered or out of the room.
"""

import argparse
import tempfile
import time
from collections import defaultdict

import numpy as np

from laughtrack.edge.faces.finder import Finder
from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.detections import Detections
from laughtrack.tracker.tracker import Tracker
from tests.bench import faces_truth as truth


class Scanning(Finder):
    """A finder that scans the whole of every frame."""

    def find(self, image, expected, t_s):
        """Find as `Finder.find` does, by `scan`."""
        return Detections(*self.scan(image))


WAYS = {
    "full scan": Scanning,
    "upright": lambda: Finder(retries=False),
    "with retries": Finder,
}


def main():
    """Measure on all that is there; print the tables."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=12, help="of each pretend room (12)")
    options.add_argument("--viewers", type=int, default=24, help="(24)")
    options.add_argument("--rooms", type=int, default=8, help="of newcomers (8)")
    options.add_argument("--no-clips", action="store_true", help="pretend rooms only")
    chosen = options.parse_args()
    if not chosen.no_clips:
        print_head("clips, every frame")
        for clip, sequence in truth.clips():
            print_rows(clip, sequence)
        print_photos(truth.photos())
    print_head("pretend rooms, 10 looks a second")
    with tempfile.TemporaryDirectory() as folder:
        seen = truth.room(folder, chosen.viewers, chosen.seconds, (1920, 1080))
        print_rows(f"{chosen.viewers} viewers, 1080p", seen)
        print_rows("the same, tilting to 25 degrees", truth.tilted(seen))
        print_rows("100 viewers, 720p", truth.room(folder, 100, chosen.seconds / 2, (1280, 720)))
        print_rows("170 viewers, 720p", truth.room(folder, 170, chosen.seconds / 4, (1280, 720)))
        print_newcomers(folder, chosen.rooms)


def print_head(title):
    """Print the columns' names under a title."""
    print(f"\n{title:46}{'recall':>8}{'precision':>11}{'at hidden':>11}{'ms':>8}{'priced':>8}")


def print_rows(name, sequence):
    """Print a row for each way on one sequence."""
    print(name)
    for way, make in WAYS.items():
        print(f"  {way:44}{row(sequence, make())}", flush=True)


def row(sequence, finder):
    """Follow a sequence; recall, precision, boxes at hidden people, ms a frame, priced ms."""
    tracker, seconds = Tracker(), defaultdict(list)
    boxes_at = np.zeros(3)  # at somebody visible, at somebody hidden, elsewhere
    hidden, took_s, spent_ms = 0, 0.0, 0.0
    for t_s, image, people in sequence:
        expected = tracker.expected(t_s)
        began = time.perf_counter()
        found = finder.find(image, expected, t_s)
        took_s, spent_ms = took_s + time.perf_counter() - began, spent_ms + found.spent_ms
        tracker.update(t_s, found)
        boxes = found.boxes
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        owner = np.full(len(boxes), 2)
        for person in people:
            x1, y1, x2, y2 = person.region
            there = (middles > (x1, y1)).all(axis=1) & (middles < (x2, y2)).all(axis=1)
            owner[there & (owner > 0)] = 0 if person.seen else 1
            hidden += not person.seen
            if person.seen:
                seconds[person.name, int(t_s)].append(bool(there.any()))
        boxes_at += np.bincount(owner, minlength=3)
    recall = np.mean([np.mean(frames) for frames in seconds.values()])
    precision = boxes_at[0] / max(boxes_at.sum(), 1)
    aside = f"{boxes_at[1] / hidden:11.4f}" if hidden else f"{'-':>11}"
    each = 1000 * took_s / len(sequence), spent_ms / len(sequence)
    return f"{recall:8.4f}{precision:11.4f}{aside}{each[0]:8.1f}{each[1]:8.1f}"


def print_newcomers(folder, rooms):
    """Print how soon those are found who come into pretend rooms of 24 that live on around them."""
    for rate in (10, 30):
        delays_s = []
        for seed in range(rooms):
            sequence = truth.room(folder, 24, 9, (1280, 720), fps=rate, seed=100 + seed)
            delays_s += newcomers(*truth.with_newcomers(sequence))
        delays_s = np.array(delays_s)
        print(
            f"newcomers at {rate} looks a second: {len(delays_s)}, found within 2 s"
            f" {np.mean(delays_s <= 2):.3f}, half within {np.median(delays_s):.2f} s,"
            f" 99 % within {np.percentile(delays_s, 99):.2f} s",
            flush=True,
        )


def newcomers(sequence, comes_s):
    """Seconds until each newcomer's face is found first; of those who could be seen for 2 s."""
    finder, tracker, found_s, hidden = Finder(), Tracker(), {}, set()
    for t_s, image, people in sequence:
        found = finder.find(image, tracker.expected(t_s), t_s)
        tracker.update(t_s, found)
        boxes = found.boxes
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        for person in people:
            since_s = t_s - comes_s.get(person.name, np.inf)
            x1, y1, x2, y2 = person.region
            there = (middles > (x1, y1)).all(axis=1) & (middles < (x2, y2)).all(axis=1)
            if there.any() and since_s >= 0:
                found_s.setdefault(person.name, since_s)
            if not person.seen and 0 <= since_s <= 2 and person.name not in found_s:
                hidden.add(person.name)
    last_s = sequence[-1][0] - 2
    judged = [name for name, at_s in comes_s.items() if at_s <= last_s and name not in hidden]
    return [found_s.get(name, np.inf) for name in judged]


def print_photos(photos):
    """Print what is found of photos by a scan, and by looks a tenth of a face off the truth."""
    print("group photos")
    finder = Finder()
    found = [finder.scan(image)[0] for image, _ in photos]
    print(f"  {'scan':44}{photo_row(photos, found)}")
    random = np.random.RandomState(1)
    beside = [
        boxes + 0.1 * random.randn(len(boxes), 1) * (boxes[:, 2:3] - boxes[:, :1])
        for _, boxes in photos
    ]
    for way, retries in (("looks, upright", False), ("looks, with retries", True)):
        found = []
        for (image, _), places in zip(photos, beside, strict=True):
            finder = Finder(retries=retries)
            finder.find(image, np.zeros((0, 4)), 0.0)
            found.append(finder.find(image, places, 1.0).boxes)
        print(f"  {way:44}{photo_row(photos, found)}")


def photo_row(photos, found):
    """Recall and precision at an overlap of 0.4."""
    alike = [
        overlap(boxes, ours).max(axis=1, initial=0) > 0.4
        for (_, boxes), ours in zip(photos, found, strict=True)
    ]
    hits = sum(int(each.sum()) for each in alike)
    return f"{hits / sum(map(len, alike)):8.4f}{hits / sum(map(len, found)):11.4f}"


if __name__ == "__main__":
    main()
