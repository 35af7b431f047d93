"""The pretend auditorium tells the truth about the film it makes."""

import csv
import hashlib

import cv2
import numpy as np
import pytest

from laughtrack.edge.simulate.motion import smile_scores
from laughtrack.edge.simulate.script import write_script
from laughtrack.edge.simulate.seats import arrange_seats
from laughtrack.edge.simulate.simulate import FILES, SMILING, simulate

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

VIEWERS, SECONDS, SIZE, SEED = 6, 12, (800, 450), 5


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Make one small film for all tests here."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    simulate(path, VIEWERS, SECONDS, SIZE, seed=SEED)
    return path


def table(path):
    """Read a CSV file as a list of dicts."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def box_of(row):
    """Return a truth row's box, x1 y1 x2 y2."""
    return np.array([float(row[name]) for name in ("x1", "y1", "x2", "y2")])


def frames_of(path, every=1):
    """Yield index and picture of a film's frames."""
    video = cv2.VideoCapture(str(path))
    index = 0
    while video.grab():
        if index % every == 0:
            yield index, video.retrieve()[1]
        index += 1
    video.release()


def overlap(one, many):
    """Return intersection over union of a box with boxes (N, 4)."""
    low, high = np.maximum(one[:2], many[:, :2]), np.minimum(one[2:], many[:, 2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    areas = (many[:, 2:] - many[:, :2]).prod(axis=1)
    return both / (areas + (one[2:] - one[:2]).prod() - both)


@pytest.mark.slow
def test_a_film_has_every_frame_and_all_truth_files_beside_it(film):
    """25 frames a second, the asked size, five files, nothing else in the folder."""
    count, shapes = 0, set()
    for _, image in frames_of(film):
        count, shapes = count + 1, shapes | {image.shape}
    assert (count, shapes) == (25 * SECONDS, {(SIZE[1], SIZE[0], 3)})
    assert sorted(p.name for p in film.parent.iterdir()) == sorted("film" + kind for kind in FILES)


@pytest.mark.slow
def test_haar_finds_the_faces_that_the_truth_calls_visible(film):
    """At least 95 % are found with an overlap of 0.6, and few faces where there are none."""
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
    truth = table(film.with_suffix(".truth.csv"))
    found, wrong, pictures = [], 0, 0
    for index, image in frames_of(film, every=25):
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        boxes = np.array(cascade.detectMultiScale(grey, 1.1, 3, minSize=(24, 24)), float)
        boxes = boxes.reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        now = [row for row in truth if row["t_s"] == f"{index / 25:.3f}"]
        seen = [box_of(row) for row in now if row["state"] == "visible"]
        there = np.array([box_of(row) for row in now])
        found += [len(boxes) and overlap(box, boxes).max() >= 0.6 for box in seen]
        wrong += sum(overlap(box, there).max() < 0.1 for box in boxes)
        pictures += 1
    assert np.mean(found) >= 0.95
    assert wrong <= 0.2 * pictures


def test_motchallenge_text_holds_exactly_the_visible_rows(film):
    """Frames and IDs count from 1, and the boxes are those of the truth table."""
    lines = [line.split(",") for line in film.with_suffix(".gt.txt").read_text().splitlines()]
    boxes = {(int(line[0]), int(line[1])): [float(v) for v in line[2:6]] for line in lines}
    rows = table(film.with_suffix(".truth.csv"))
    visible = {
        (round(float(row["t_s"]) * 25) + 1, int(row["viewer_id"])): box_of(row)
        for row in rows
        if row["state"] == "visible"
    }
    assert boxes.keys() == visible.keys()
    for key, (left, top, width, height) in boxes.items():
        expected = visible[key]
        corners = (left, top, left + width, top + height)
        assert np.allclose(corners, expected, atol=0.11)
    assert {len(line) for line in lines} == {10}
    assert {row["state"] for row in rows} > {"visible", "turned"}


def test_the_curve_is_the_mean_over_the_viewers_who_are_there(film):
    """Each frame's mean and share come from that frame's smile_scores, absent viewers left out."""
    present = {}
    for row in table(film.with_suffix(".truth.csv")):
        if row["state"] != "absent":
            present.setdefault(row["t_s"], []).append(float(row["smile"]))
    curve = table(film.with_suffix(".curve.csv"))
    assert [row["t_s"] for row in curve] == list(present)
    for row in curve:
        smiles = np.array(present[row["t_s"]])
        assert int(row["viewers"]) == len(smiles)
        assert float(row["mean_smile"]) == pytest.approx(smiles.mean(), abs=2e-4)
        assert float(row["share_smiling"]) == pytest.approx((smiles >= SMILING).mean(), abs=2e-4)
    assert max(float(row["mean_smile"]) for row in curve) > 0.5


@pytest.mark.slow
def test_the_same_seed_makes_the_same_film_and_another_seed_another(tmp_path):
    """Frames and truth agree to the bit for one seed; both differ for the next."""
    prints = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        path = tmp_path / (name + ".mp4")
        simulate(path, 3, 1.2, (320, 240), seed=seed)
        pictures = hashlib.sha256(b"".join(image.tobytes() for _, image in frames_of(path)))
        truth = [path.with_suffix(kind).read_bytes() for kind in FILES[1:]]
        prints.append((pictures.hexdigest(), truth))
    assert prints[0] == prints[1]
    assert prints[0][0] != prints[2][0]
    assert prints[0][1] != prints[2][1]


@pytest.mark.parametrize("viewers", [1, 3, 12, 24, 60])
def test_never_more_than_a_third_is_away_and_films_of_a_minute_see_somebody_leave(viewers):
    """Turned, down, and absent together, at any time; one of fewer than six viewers may go."""
    script = write_script(viewers, 120, (1920, 1080), seed=2)
    for t_s in np.arange(0, 120, 0.1):
        away = [event.viewer for event in script.events if event.start_s <= t_s < event.end_s]
        assert len(away) == len(set(away)) <= max(1, viewers // 3)
    assert "absent" in {event.kind for event in script.events}
    short = write_script(viewers, 30, (1920, 1080), seed=2)
    assert "absent" not in {event.kind for event in short.events}


@pytest.mark.slow
def test_the_three_best_jokes_are_the_three_highest_peaks():
    """Each within 1.5 s after its joke, in the order of strength."""
    script = write_script(12, 90, (1280, 720), seed=7)
    times = np.arange(0, 90, 0.04)
    curve = np.array([smile_scores(script, t_s).mean() for t_s in times])
    for t_s, strength in sorted(script.jokes.tolist(), key=lambda joke: -joke[1])[:3]:
        apex = times[curve.argmax()]
        assert 0.5 < apex - t_s < 1.5, (t_s, strength)
        curve[np.abs(times - apex) < 4] = 0


@pytest.mark.parametrize(
    ("viewers", "size", "least_px", "most_px"),
    [
        (1, (1280, 720), 80, 100),
        (12, (1280, 720), 75, 100),
        (24, (1920, 1080), 75, 140),
        (100, (1280, 720), 34, 50),
        (7, (320, 240), 24, 40),
        (12, (720, 1280), 60, 140),
    ],
)
def test_seats_fit_the_picture_and_keep_heads_apart(viewers, size, least_px, most_px):
    """Every head is inside the picture, larger to the front, and no two touch at rest."""
    seats = arrange_seats(viewers, size)
    assert len(seats) == viewers
    for i, seat in enumerate(seats):
        assert least_px <= seat.face_px <= most_px
        assert 0.7 * seat.face_px <= seat.x <= size[0] - 0.7 * seat.face_px
        assert 0.7 * seat.face_px <= seat.y <= size[1] - 0.7 * seat.face_px
        for other in seats[i + 1 :]:
            across, down = abs(seat.x - other.x), other.y - seat.y
            assert across > 1.3 * seat.face_px or down > 1.3 * seat.face_px
            assert other.face_px >= seat.face_px


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"viewers": 0}, "viewers is 0"),
        ({"viewers": 2.5}, "viewers is 2.5"),
        ({"seconds": 0}, "seconds is 0"),
        ({"seconds": -1}, "seconds is -1"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"fps": 0}, "fps is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"size": (321, 240)}, r"size is \(321, 240\)"),
        ({"size": (320, 240), "viewers": 500}, "at most [0-9]+ do"),
        ({"size": (32, 24)}, "at most 0 do"),
        ({"size": (7682, 4320)}, r"size is \(7682, 4320\): expected at most 7680 x 4320"),
        ({"size": (4322, 4322)}, "expected at most 7680 x 4320"),
        ({"size": (100000, 100000)}, "expected at most 7680 x 4320"),
        ({"path": "film.avi"}, "film.avi"),
    ],
)
def test_arguments_that_make_no_film_are_refused_and_leave_nothing(tmp_path, changed, message):
    """The error names the argument and its value; no file appears."""
    arguments = {"path": "film.mp4", "viewers": 2, "seconds": 1, "size": (320, 240), **changed}
    arguments["path"] = tmp_path / arguments["path"]
    with pytest.raises(ValueError, match=message):
        simulate(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_the_number_said_to_fit_does_fit():
    """Asking for what the error offers works, and one more does not."""
    with pytest.raises(ValueError, match="at most") as caught:
        arrange_seats(500, (320, 240))
    most = int(str(caught.value).split("at most ")[1].split()[0])
    assert len(arrange_seats(most, (320, 240))) == most
    with pytest.raises(ValueError, match=f"at most {most} do"):
        arrange_seats(most + 1, (320, 240))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    """An OSError names the film's path."""
    with pytest.raises(OSError, match=r"no-folder.film\.mp4"):
        simulate(tmp_path / "no-folder" / "film.mp4", 1, 1, (320, 240))


def test_a_film_that_is_stopped_leaves_nothing_behind(tmp_path):
    """An interruption half-way removes what was written, and an older film stays."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"older")

    def stop(done, total):
        if done == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(path, 2, 1, (320, 240), progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    assert path.read_bytes() == b"older"
