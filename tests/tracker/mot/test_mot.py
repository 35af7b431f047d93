"""MOT: text files, and running over them."""

import numpy as np
import pytest

from laughtrack.tracker.detections import NO_DETECTIONS, Detections
from laughtrack.tracker.mot import export, files, idf1
from laughtrack.tracker.tracker import Tracker
from tests.tools import DATA

FOLDER = DATA / "mot"


def faces(*pairs):
    """Identities in one frame from (id, x): boxes of 10 by 10 at x."""
    ids = np.array([pair[0] for pair in pairs], dtype=np.int64)
    return ids, np.array([[x, 0, x + 10, 10] for _, x in pairs], dtype=float).reshape(-1, 4)


TRUTH = {k: faces((1, 0), (2, 50)) for k in range(4)}


def test_text_round_trip(tmp_path):
    """Identities written are read back the same."""
    path = tmp_path / "gt.txt"
    export.write_identities(path, TRUTH)
    assert path.read_text().splitlines()[:2] == [
        "0,1,0.00,0.00,10.00,10.00,1,-1,-1,-1",
        "0,2,50.00,0.00,10.00,10.00,1,-1,-1,-1",
    ]
    back = files.read_identities(path)
    assert {k: (ids.tolist(), boxes.tolist()) for k, (ids, boxes) in back.items()} == {
        k: (ids.tolist(), boxes.tolist()) for k, (ids, boxes) in TRUTH.items()
    }


def test_files_read(tmp_path):
    """Detections and face sequences are read box by box; empty files hold nothing."""
    path = tmp_path / "any.txt"
    path.write_text("3,-1,10,20,5,6,1.7,-1,-1,-1\n")
    found = files.read_detections(path)[3]
    assert found.boxes.tolist() == [[10, 20, 15, 26]] and found.scores.tolist() == [1]
    path.write_text("2\n0 2 4 10 20 5 6 1 0.9 0 1 1 2 2 0 0.4\n1 0\n")
    detections, truth = files.read_faces(path)
    assert detections[0][0].tolist() == [[10, 20, 15, 26], [1, 1, 3, 3]]
    assert truth[0][0].tolist() == [4] and detections[1][0].shape == (0, 4)
    path.write_text("")
    assert files.read_detections(path) == {} and files.read_faces(path) == ({}, {})


@pytest.mark.parametrize(
    "read, text, message",
    [
        (files.read_detections, "1,2,3\n", "line 1: expected frame,id"),
        (files.read_identities, "1,1,1,1,1,1,1\n1,x,3,4,5,6,7\n", "line 2.*'x'"),
        (files.read_faces, "1\n0 2 4 10 20 5 6 1 0.9\n", "line 2: expected 16 words, got 9"),
        (files.read_faces, "2\n\n0 0\n0 0\n", "line 4: expected a new frame's number, got 0"),
        (files.read_faces, "1\n0 1 4 10 x 5 6 1 0.9\n", "line 2.*'x'"),
        (files.read_detections, "1.5,-1,3,4,5,6,1\n", "line 1: expected a frame number from 0"),
        (files.read_detections, "nan,-1,3,4,5,6,1\n", "line 1: expected a frame number from 0"),
        (files.read_detections, "\n1e9,-1,3,4,5,6,1\n", "line 2: expected a frame number from 0"),
        (files.read_identities, "1,-1,3,4,5,6,1\n", "line 1: expected an ID.*a detection file"),
        (files.read_identities, "1,2,3,4,0,6,1\n", "line 1: expected a box with width and height"),
        (
            files.read_identities,
            "1,2,nan,4,5,6,1\n",
            "line 1: expected a box with width and height",
        ),
        (files.read_identities, "1,2,3,4,5,6,1\n2,2,3,4,5,6,1\n1,2,9,4,5,6,1\n", "line 3: an ID"),
        (files.is_face_sequence, "", "nothing in it"),
        (files.is_face_sequence, "\n# Title\n", "line 2: expected frame,id,x,y,w,h,confid"),
    ],
)
def test_broken_files(tmp_path, read, text, message):
    """A broken line is named."""
    path = tmp_path / "broken.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read(path)


def test_binary_is_no_text(tmp_path):
    """A picture in place of a text is named."""
    path = tmp_path / "picture.txt"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ValueError, match=r"picture\.txt: is a picture, no text"):
        files.is_face_sequence(path)


def test_lines_in_any_order(tmp_path):
    """Frames that go back in time are put in order; a frame's boxes stay in theirs."""
    lines = [f"{frame},-1,{x},0,10,10,0.9" for frame in (3, 1, 2) for x in (50, 0)]
    path = tmp_path / "det.txt"
    path.write_text("\n".join(lines))
    detections = files.read_detections(path)
    assert list(detections) == [1, 2, 3]
    assert [found.boxes[:, 0].tolist() for found in detections.values()] == [[50, 0]] * 3


def test_no_confidence_is_sure(tmp_path):
    """-1 on every line means that none is known; on some, that it is low."""
    path = tmp_path / "det.txt"
    path.write_text("1,-1,0,0,5,5,-1\n2,-1,0,0,5,5,-1\n")
    assert [found.scores for found in files.read_detections(path).values()] == [[1], [1]]
    path.write_text("1,-1,0,0,5,5,-1\n2,-1,0,0,5,5,0.4\n")
    assert [found.scores for found in files.read_detections(path).values()] == [[0], [0.4]]


@pytest.mark.parametrize(
    "box", ["nan,0,5,5,1", "0,inf,5,5,1", "0,0,0,5,1", "0,0,5,-5,1", "0,0,5,5,nan"]
)
def test_broken_detections_are_left_out(tmp_path, box):
    """Those that are no box or have no confidence; their frame stays."""
    path = tmp_path / "det.txt"
    path.write_text(f"1,-1,0,0,5,5,1\n2,-1,{box}\n2,-1,7,0,5,5,1\n3,-1,{box}\n")
    kept, left_out = files.valid_detections(files.read_detections(path))
    assert left_out == 2
    assert {frame: found.boxes[:, 0].tolist() for frame, found in kept.items()} == {
        1: [0],
        2: [7],
        3: [],
    }


def test_broken_boxes_are_no_truth(tmp_path):
    """A face sequence's truth holds whole boxes only."""
    path = tmp_path / "faces.txt"
    path.write_text("1\n0 2 4 10 20 0 6 1 0.9 5 1 1 2 2 1 0.4\n")
    detections, truth = files.read_faces(path)
    assert len(detections[0][0]) == 2 and truth[0][0].tolist() == [5]


FOUND = Detections(faces((0, 5), (0, 80))[1], np.array([0.9, 0.8]))


def test_run_knows_viewers_after_a_gap():
    """Only frames of the file are in the result."""
    detections = {k: FOUND for k in (*range(10), *range(14, 20))}
    result = export.run(Tracker(), detections, 10)
    assert sorted(result) == sorted(detections)
    assert [result[k][0].tolist() for k in (9, 14, 19)] == [[1, 2]] * 3
    assert export.run(Tracker(), {}, 10) == {}


@pytest.mark.slow
@pytest.mark.parametrize("gap", [1, 7, 40, 300])
def test_gap_is_as_if_every_frame_was_looked_at(gap):
    """However long: until nobody is followed each is, and then they are passed over in one step."""
    detections = {k: FOUND for k in (*range(10), *range(10 + gap, 20 + gap))}
    tracker, walked = Tracker(), {}
    for frame in range(20 + gap):
        tracks = tracker.update(frame / 10, detections.get(frame, NO_DETECTIONS))
        walked[frame] = [(track.viewer_id, *track.box) for track in tracks if track.seen]
    result = export.run(Tracker(), detections, 10)
    assert {
        k: [(int(one), *box) for one, box in zip(ids, boxes, strict=True)]
        for k, (ids, boxes) in result.items()
    } == {k: walked[k] for k in detections}


@pytest.mark.slow
@pytest.mark.parametrize("fps", [0.01, 30, 1000])
def test_gap_of_days_costs_no_more_than_what_is_followed(fps):
    """Time and memory depend on what is in the file; who was there days ago is somebody else."""
    detections = {k: FOUND for k in (*range(30), 9_900_000, 9_900_001, 10_000_000)}
    tracker, looks = Tracker(), 0
    update = tracker.update

    def count(t_s, found):
        nonlocal looks
        looks += 1
        return update(t_s, found)

    tracker.update = count
    result = export.run(tracker, detections, fps)
    assert len(result) == len(detections) and looks < 60 + 4 * max(fps, 10) * 5
    assert not {1, 2} & {*result[10_000_000].ids.tolist()}


# What stands in the x of the second line, and what is made of it in detections.
ODD = {
    "nan": "left out",
    "-nan(ind)": "left out",
    "-1.#IND": "left out",
    "1.#QNAN": "left out",
    "inf": "left out",
    "-1.#INF": "left out",
    "1e300": "left out",
    "1e400": "line 2",
    "1_0": "line 2",
    "0x10": "line 2",
    "１２": "line 2",
    "N/A": "line 2",
    "NULL": "line 2",
    "": "line 2",
    "50%": "line 2",
    " 12 ": "kept",
    "+1.2e1": "kept",
}


@pytest.mark.parametrize("word", ODD)
def test_odd_numbers(word, tmp_path):
    """No number where a program says so is no box, and counted; all else names its line."""
    path = tmp_path / "det.txt"
    path.write_text(f"1,-1,10,20,5,6,1\n2,-1,{word},20,5,6,1\n", encoding="utf-8")
    if ODD[word] == "line 2":
        with pytest.raises(ValueError, match=r"det\.txt, line 2"):
            files.read_detections(path)
    else:
        _, left_out = files.valid_detections(files.read_detections(path))
        assert left_out == (ODD[word] == "left out")
    path.write_text(f"1,1,10,20,5,6,1\n2,1,{word},20,5,6,1\n", encoding="utf-8")
    if ODD[word] != "kept":
        with pytest.raises(ValueError, match=r"det\.txt, line 2"):
            files.read_identities(path)


@pytest.mark.parametrize("frame", ["-1", "1.5", "9223372036854775808", "1e9", "nan", "inf"])
def test_odd_frames_are_named(frame, tmp_path):
    """A frame has a number from 0; 2.0 is 2."""
    path = tmp_path / "det.txt"
    path.write_text(f"2.0,-1,10,20,5,6,1\n{frame},-1,10,20,5,6,1\n")
    with pytest.raises(ValueError, match=r"det\.txt, line 2: expected a frame number from 0"):
        files.read_detections(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_text_file_is_read(encoding, end, tmp_path):
    """As Excel, Notepad, old Macs and others save it."""
    path = tmp_path / "any.txt"
    for text, read in (
        ("1,1,10,20,5,6,1\n2,1,11,20,5,6,1\n", files.read_identities),
        ("2\n1 1 4 10 20 5 6 1 0.9\n2 0\n", lambda path: files.read_faces(path)[1]),
    ):
        path.write_bytes(text.replace("\n", end).encode(encoding))
        assert sorted(read(path)) == [1, 2]
        assert files.is_face_sequence(path) == ("," not in text)


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.exists(), reason="needs the shared tracking sequences")
@pytest.mark.parametrize(
    "name, fps, least_idf1, most_switches",
    [("terminal_3", 30, 0.70, 45), ("shibuya", 25, 0.70, 70)],
)
def test_face_sequences(name, fps, least_idf1, most_switches):
    """Walking faces in real films keep most of their identities."""
    detections, truth = files.read_faces(FOLDER / "faces" / (name + ".txt"))
    kept = idf1.score(truth, export.run(Tracker(), detections, fps))
    assert kept.idf1 >= least_idf1 and kept.switches <= most_switches
