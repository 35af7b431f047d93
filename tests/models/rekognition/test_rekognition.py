"""Rekognition's answers: the right face, the right scale, kept whole; and the pictures it takes."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.models.data import csv_files, label_table, labels
from laughtrack.models.rekognition import answers, client, label_columns
from tests.models.rekognition_cloud import face, response, write_table

NAMES = labels.REKOGNITION


@pytest.mark.parametrize(
    ("smile", "sure", "column"),
    [
        (True, 98.0, "0.98"),  # confidence in the yes
        (False, 98.0, "0.02"),  # confidence in the no
        (False, 51.5, "0.485"),
        (True, 100, "1"),
        (False, 100, "0"),
        (True, 96.89310455322266, "0.9689"),
    ],
)
def test_smile_is_confidence_in_its_value(smile, sure, column):
    """The scale is 0-100, and a sure no is near 0."""
    assert answers.values_of(face(smile=smile, sure=sure))[0] == column


def test_emotions_go_into_their_columns():
    """By their types, whatever their order; fear has no column."""
    said = dict(zip(NAMES, answers.values_of(face()), strict=True))
    assert said == {
        "smile": "0.965",
        "happy": "0.905",
        "calm": "0.0525",
        "angry": "0.0015",
        "sad": "0.005",
        "surprised": "0.02",
        "confused": "0.004",
        "disgusted": "0.002",
    }


def test_answer_without_a_smile_is_an_answer():
    """It was paid for, and isn't asked for again."""
    without = {name: value for name, value in face().items() if name != "Smile"}
    assert answers.values_of(without)[:2] == ("", "0.905")


def test_emotion_that_was_not_named_stays_empty():
    """Older answers name the first three only: the others are unknown, not 0."""
    three = face(emotions={"HAPPY": 89.6, "CALM": 5.4, "UNKNOWN": 4.1})
    assert answers.values_of(three)[1:] == ("0.896", "0.054", "", "", "", "", "")


@pytest.mark.parametrize(
    ("boxes", "own"),
    [
        ([(0.3, 0.3, 0.4, 0.4), (0.0, 0.0, 0.1, 0.1)], 0),  # the small one behind comes last
        ([(0.0, 0.0, 0.1, 0.1), (0.3, 0.3, 0.4, 0.4)], 1),
        ([(0.0, 0.2, 0.3, 0.3), (0.35, 0.35, 0.3, 0.3), (0.7, 0.2, 0.3, 0.3)], 1),  # the middle one
        ([(-0.1, -0.05, 0.3, 0.4)], 0),  # partly outside
        ([], None),
    ],
)
def test_own_face_is_the_large_central_one(boxes, own):
    """Not the first, not the last."""
    faces = [face(box) for box in boxes]
    chosen = answers.own_face(faces, (250, 250))
    assert chosen is (None if own is None else faces[own])


def test_place_is_measured_in_pixels():
    """In a wide picture, a share across is more than the same share up and down."""
    faces = [face((0.2, 0.4, 0.1, 0.2)), face((0.45, 0.1, 0.1, 0.2))]
    assert answers.own_face(faces, (100, 400)) is faces[1]


def test_answer_is_kept_whole_and_read_back(tmp_path):
    """All of it is in the file, the transport's part left out."""
    table, path = tmp_path / "faces.csv", tmp_path / "a" / "b.jpg"
    answers.answers_folder(table).mkdir()
    said = response(face((0, 0, 0.1, 0.1), smile=False), face())
    kept = answers.save_answer(
        table, path, (100, 90), {**said, "ResponseMetadata": {"RetryAttempts": 0}}
    )
    assert kept == answers.Answer(answers.values_of(said["FaceDetails"][1]), 2)
    text = json.loads(answers.answer_file(table, path).read_text())
    assert text["response"] == said
    assert (text["picture"], text["height"], text["width"]) == ("a/b.jpg", 100, 90)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"response": response()}, answers.Answer(answers.NO_VALUES, 0)),
        ({"refused": "no"}, answers.Answer(answers.NO_VALUES, 0, "no")),
    ],
)
def test_no_face_is_an_answer_and_so_is_a_refusal(words, said, tmp_path):
    """Neither has to be asked again."""
    answers.answers_folder(tmp_path / "t.csv").mkdir()
    assert answers.save_answer(tmp_path / "t.csv", tmp_path / "x.png", (90, 90), **words) == said


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"response": {"FaceDetails": [{}]}}'])
def test_file_that_holds_no_answer_is_named(text, tmp_path):
    """Nothing is read out of it by guess."""
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match=r"x\.json holds no answer"):
        answers.read_answer(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("sets/lfw/Ann/1.jpg", "lfw/Ann/1.jpg"),
        ("sets/../sets/lfw/1.jpg", "lfw/1.jpg"),
        ("elsewhere/1.jpg", "{}/elsewhere/1.jpg"),
        ("sets/../elsewhere/1.jpg", "{}/elsewhere/1.jpg"),
    ],
)
def test_picture_is_named_as_in_its_table(path, name, tmp_path):
    """However its path is written, it has one name and one answer."""
    table = tmp_path / "sets" / "faces.csv"
    assert label_table.relative_name(table.parent, tmp_path / path) == name.format(
        tmp_path.as_posix()
    )
    assert label_table.to_row(labels.Picture(tmp_path / path, "", "", ""), table.parent)[
        "picture"
    ] == label_table.relative_name(table.parent, tmp_path / path)


def test_pictures_of_one_name_have_each_their_answer(tmp_path):
    """Two people's 1.jpg are two files; tables in one folder share them."""
    files = [answers.answer_file(tmp_path / "a.csv", tmp_path / p / "1.jpg") for p in "xy"]
    assert files[0] != files[1]
    assert answers.answer_file(tmp_path / "b.csv", tmp_path / "x" / "1.jpg") == files[0]


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_jpeg_and_png_are_sent_as_they_are(ending, tmp_path):
    """Not a byte changed; the size is height and width."""
    cv2.imwrite(str(tmp_path / f"a{ending}"), np.full((90, 120, 3), 99, np.uint8))
    data, shape = client.sendable(tmp_path / f"a{ending}")
    assert data == (tmp_path / f"a{ending}").read_bytes() and shape == (90, 120)


def test_other_formats_become_png(tmp_path):
    """Without loss."""
    image = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.bmp"), image)
    data, _ = client.sendable(tmp_path / "a.bmp")
    assert data.startswith(b"\x89PNG")
    assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), image)


@pytest.mark.slow
def test_picture_over_the_limit_is_sent_as_jpeg(tmp_path):
    """A PNG of 6 MB fits as JPEG."""
    image = np.random.default_rng(1).integers(0, 256, (1300, 1600, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    assert (tmp_path / "a.png").stat().st_size > client.MAX_BYTES
    data, shape = client.sendable(tmp_path / "a.png")
    assert data.startswith(b"\xff\xd8\xff") and len(data) <= client.MAX_BYTES
    assert shape == (1300, 1600)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "missing"),
        (b"", "empty"),
        (b"\xff\xd8\xff nothing", "broken"),
        (cv2.imencode(".png", np.zeros((79, 200, 3), np.uint8))[1].tobytes(), "200 x 79 px"),
    ],
)
def test_picture_that_cannot_be_sent_is_named(content, says, tmp_path):
    """Nobody pays for it."""
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match=rf"a\.png: .*{says}"):
        client.sendable(tmp_path / "a.png")


def test_only_the_rek_columns_change(tmp_path):
    """Other cells stay, those of columns that we don't know, too."""
    table = tmp_path / "faces.csv"
    table.write_text(
        "note,picture,source,person,smile,rek_smile\n"
        "a,1.jpg,own,Ann,1,\n"
        "b,2.jpg,own,Bob,,1\n"
        '"c, d",3.jpg,own,Cid,0,1\n'
    )
    said = {
        tmp_path / "1.jpg": answers.Answer(("0.98", *"1000000"), 1),
        tmp_path / "2.jpg": answers.Answer(answers.NO_VALUES, 0, "refused"),
        tmp_path / "3.jpg": answers.Answer(answers.NO_VALUES, 0),
    }
    label_columns.fill_columns(table, said)
    rows = [row for _, row in csv_files.read(table)]
    assert [row["note"] for row in rows] == ["a", "b", "c, d"]
    assert [row["rek_smile"] for row in rows] == ["0.98", "1", ""]
    assert [row["rek_happy"] for row in rows] == ["1", "", ""]
    assert [p.smile for p in label_table.read(table)] == ["1", "", "0"]


def test_table_without_answers_is_not_written(tmp_path):
    """Nothing new, not a byte changed."""
    table = write_table(tmp_path, 2)
    table.write_text(table.read_text().replace(",", ";"))
    before = table.read_text()
    label_columns.fill_columns(table, {})
    assert table.read_text() == before


@pytest.mark.parametrize(
    ("words", "ask"),
    [
        ({}, ["p0", "p5"]),
        ({"again": True}, ["p0", "p3", "p5"]),
        ({"replace": True}, ["p0", "p4", "p5"]),
        ({"again": True, "replace": True}, ["p0", "p3", "p4", "p5"]),
    ],
)
def test_plan_asks_for_what_is_not_known(words, ask, tmp_path):
    """An answer, no face, a refusal, labels from elsewhere, a broken file, a missing picture."""
    table = write_table(tmp_path, 7)
    listed = label_table.read(table)
    listed[4] = listed[4]._replace(rekognition=tuple("10000000"))
    label_table.write(table, listed)
    answers.answers_folder(table).mkdir()
    answers.save_answer(table, listed[1].path, (90, 100), response(face()))
    answers.save_answer(table, listed[2].path, (90, 100), response())
    answers.save_answer(table, listed[3].path, (90, 100), refused="no picture")
    answers.answer_file(table, listed[5].path).write_text("{")
    listed[6].path.unlink()
    plan = label_columns.plan_labels(table, **words)
    assert [path.stem for path in plan.ask] == ask
    assert [path.stem for path in plan.missing] == ["p6"]
    assert plan.elsewhere == (0 if "replace" in words else 1)
    assert len(plan.unreadable) == 1 and {path.stem for path in plan.answers} >= {"p1", "p2"}


def test_table_moved_without_its_pictures_is_refused(tmp_path):
    """The first missing one is named, and what to do."""
    table = write_table(tmp_path, 2)
    table.rename(tmp_path / "pictures" / "faces.csv")
    with pytest.raises(ValueError, match=r"none of its 2 pictures is there, like .*p0\.png: move"):
        label_columns.plan_labels(tmp_path / "pictures" / "faces.csv")


@pytest.mark.parametrize(
    ("hand", "theirs", "count", "accuracy", "kappa"),
    [
        ("1100", "0.9 0.5 0.49 0", 4, 1.0, 1.0),
        ("1100", "0.1 0.2 0.9 0.8", 4, 0.0, -1.0),
        ("1100", "0.9 0.2 0.9 0.2", 4, 0.5, 0.0),
        ("1110", "0.9 0.9 0.2 0.2", 4, 0.75, 0.5),
        ("1111", "0.9 0.9 0.9 0.9", 4, 1.0, np.nan),  # nothing to tell apart
        ("", "", 0, np.nan, np.nan),
    ],
)
def test_agreement_is_accuracy_and_kappa(hand, theirs, count, accuracy, kappa):
    """Kappa is what is right beyond chance."""
    pictures = [
        labels.Picture(Path("x"), "own", "x", "train", a, rekognition=(b, *[""] * 7))
        for a, b in zip(hand, theirs.split(), strict=True)
    ]
    alone = [labels.Picture(Path("y"), "own", "y", "train", "1")]
    found = label_columns.agreement(pictures + alone)
    assert found == pytest.approx((count, accuracy, kappa), nan_ok=True)
