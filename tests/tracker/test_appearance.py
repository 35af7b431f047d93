"""Looks across a cut: who is known again, and who is somebody new."""

import numpy as np
import pytest

from laughtrack.tracker.detections import Appearance, Detections
from laughtrack.tracker.static_faces import PRINTED
from laughtrack.tracker.tracker import Tracker

SEATS = np.array([[200.0, 200], [400, 200]])
NOWHERE = np.full((2, 4), np.nan)
UNKNOWN = np.full((2, 2), np.nan)


def found(centres, likeness=None, places=NOWHERE, size=50.0, **options):
    """Faces of a size about centres (N, 2), compared with viewers 1 and 2."""
    centres = np.asarray(centres, dtype=float)
    boxes = np.hstack([centres - size / 2, centres + size / 2])
    looks = None
    if likeness is not None:
        looks = Appearance(np.array([1, 2]), np.asarray(likeness), places)
    return Detections(boxes, np.full(len(boxes), 0.9), appearance=looks, **options)


def after(seen, seconds=0.5, first=None):
    """IDs, in order of `seen`'s boxes, after two viewers were there for 3 s and then a cut."""
    tracker = Tracker()
    for k in range(30):
        tracker.update(k / 10, found(SEATS))
    tracker.update(3.0, (first or seen)._replace(after_cut=first is None))
    for k in range(31, 31 + round(10 * seconds)):
        tracks = tracker.update(k / 10, seen)
    known = {tuple(track.box): track.viewer_id for track in tracks if track.seen}
    return [known[tuple(box)] for box in seen.boxes]


ALIKE, SWAPPED, OTHERS = [[0.9, 0.2], [0.2, 0.9]], [[0.2, 0.9], [0.9, 0.2]], np.full((2, 2), 0.2)


@pytest.mark.parametrize(
    "likeness, who",
    [
        (None, [1, 2]),
        (UNKNOWN, [1, 2]),
        (ALIKE, [1, 2]),
        (np.array(ALIKE) - 0.3, [1, 2]),
        (SWAPPED, [2, 1]),
        (OTHERS, [3, 4]),
        ([[0.9, 0.2], [0.2, 0.2]], [1, 3]),
    ],
)
def test_at_the_same_place_looks_decide(likeness, who):
    """Who looks another is another; where nothing is known of looks, several seats decide."""
    assert after(found(SEATS, likeness)) == who


@pytest.mark.parametrize(
    "likeness, who",
    [
        (None, [3, 4]),
        (ALIKE, [1, 2]),
        ([[0.9, 0.2], [0.2, 0.5]], [1, 3]),
        # Two are as like: who is it? But one who is surely like is, whoever else is too.
        ([[0.7, 0.65], [0.2, 0.2]], [3, 4]),
        ([[0.85, 0.83], [0.2, 0.2]], [1, 3]),
        # Both faces are like one viewer.
        ([[0.9, 0.2], [0.88, 0.2]], [3, 4]),
    ],
)
def test_elsewhere_only_clear_looks_count(likeness, who):
    """A closer picture from elsewhere: who is clearly the likest is known again."""
    assert after(found([[150, 250], [480, 300]], likeness, size=110)) == who


def test_in_a_shot_seen_before_little_likeness_is_enough():
    """Near where they were in a shot like this one; unlike all the same is another."""
    places = found([[100, 100], [300, 100]]).boxes
    at = [[120, 110], [310, 100]]
    assert after(found(at, [[0.45, 0.3], [0.3, 0.5]], places)) == [1, 2]
    assert after(found(at, [[0.45, 0.3], [0.3, 0.1]], places)) == [1, 3]


def test_a_part_of_the_picture_may_be_cut_alone():
    """Where a viewer is replaced without a cut, whoever comes is known by looks alone."""
    here = found(SEATS, OTHERS)
    here = here._replace(appearance=here.appearance._replace(replaced=np.array([2])))
    then = found(SEATS, [[np.nan, np.nan], [np.nan, 0.2]])
    assert after(then, first=here) == [1, 3]
    again = found(SEATS, [[np.nan, np.nan], [np.nan, 0.9]])
    assert after(again, first=here) == [1, 2]


def test_looks_known_only_of_some_leave_the_others_to_their_seats():
    """As after a restart: of whom no picture is kept is known where several seats match."""
    tracker = Tracker()
    seats = np.concatenate([SEATS, SEATS + np.array([0, 150])])
    for k in range(30):
        tracker.update(k / 10, found(seats))
    looks = Appearance(np.array([1]), np.array([[0.2], [0.2], [0.2], [0.2]]), NOWHERE[:1])
    for k in range(30, 36):
        seen = found(seats)._replace(appearance=looks, after_cut=k == 30)
        tracks = tracker.update(k / 10, seen)
    assert [track.viewer_id for track in tracks] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "viewer_ids, likeness, places",
    [
        ([1, 2], np.zeros((2, 1)), NOWHERE),
        ([1], np.zeros((2, 1)), NOWHERE),
        ([1, 2], np.zeros((3, 2)), NOWHERE),
    ],
)
def test_what_does_not_belong_together_is_refused(viewer_ids, likeness, places):
    """And nothing has changed then."""
    tracker = Tracker()
    looks = Appearance(np.array(viewer_ids), likeness, places)
    with pytest.raises(ValueError, match="appearance: expected shapes"):
        tracker.update(0.0, found(SEATS)._replace(appearance=looks))
    assert tracker.state() == Tracker().state()


def test_an_old_seat_takes_nobodys_id_back():
    """Who is known elsewhere after a cut, and whoever then comes where they had sat."""
    tracker = Tracker()
    for k in range(30):
        tracker.update(k / 10, found(SEATS[:1]))
    looks = Appearance(np.array([1]), np.array([[0.9]]), NOWHERE[:1])
    for k in range(30, 60):
        seen = found([[500, 300]], size=90)._replace(appearance=looks, after_cut=k == 30)
        tracker.update(k / 10, seen)
    both = found(np.concatenate([SEATS[:1], [[500, 300]]]))
    for k in range(60, 70):
        tracks = tracker.update(k / 10, both)
    assert {track.viewer_id: track.box[0] for track in tracks} == {1: 475, 2: 175}


def test_a_poster_is_a_poster_after_a_cut_too():
    """Who was told to be printed is no viewer where the same is seen again."""
    tracker = Tracker()
    for k in range(30):
        tracker.update(k / 10, found(SEATS))
        tracker.judge({2: PRINTED} if k == 20 else {})
    at = np.array([[260, 200], [460, 200]])
    for k in range(30, 36):
        tracks = tracker.update(k / 10, found(at, ALIKE, after_cut=k == 30))
    assert [track.viewer_id for track in tracks] == [1]


def test_in_company_less_likeness_is_enough():
    """Where two have surely changed places in a call, the third has likely too."""
    tracker, ids = Tracker(), np.arange(1, 4)
    seats = np.array([[200.0, 200], [400, 200], [600, 200]])
    for k in range(30):
        tracker.update(k / 10, found(seats))
    likeness = np.array([[0.2, 0.9, 0.2], [0.2, 0.2, 0.66], [0.9, 0.2, 0.2]])
    looks = Appearance(ids, likeness, np.full((3, 4), np.nan))
    for k in range(30, 36):
        seen = found(seats)._replace(appearance=looks, after_cut=k == 30)
        tracks = tracker.update(k / 10, seen)
    assert {track.viewer_id: track.box[0] + 25 for track in tracks} == {2: 200, 3: 400, 1: 600}


def test_who_came_along_a_moment_later_needs_as_little():
    """Two were known again at once; the third is turned away then and is compared once more."""
    tracker = Tracker()
    seats = np.concatenate([SEATS, [[320, 250]]])
    for k in range(30):
        tracker.update(k / 10, found(seats))
    at = np.array([[100, 300], [500, 300], [320, 60]])
    alike = np.where(np.eye(3) > 0, 0.9, 0.2)
    alike[2, 2] = 0.55
    first = Appearance(np.array([1, 2, 3]), alike, np.full((3, 4), np.nan))
    late = np.array([[np.nan], [np.nan], [0.65]])
    then = Appearance(np.array([3]), late, np.full((1, 4), np.nan), company=2)
    said = []
    for k in range(30, 36):
        looks = first if k < 33 else then
        seen = found(at, size=110)._replace(appearance=looks, after_cut=k == 30)
        said.append([track.viewer_id for track in tracker.update(k / 10, seen)])
    assert said[2] == [1, 2, 4] and said[-1] == [1, 2, 3]
