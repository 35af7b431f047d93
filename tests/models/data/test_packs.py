"""Pictures that lie many in one file."""

import os

import cv2
import numpy as np
import pytest

from laughtrack.models.data import image_files, label_table, labels, packs
from laughtrack.models.faces import crop_cache
from laughtrack.models.rekognition import client


def picture(number, side=48):
    """Return a smooth grey picture, another for each number."""
    coarse = np.random.default_rng(number).integers(0, 256, (5, 5), dtype=np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def pack(path, count=3, side=48):
    """Write a pack of encoded pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [cv2.imencode(".png", picture(n, side))[1].ravel() for n in range(count)]
    np.savez(path, jpeg=np.concatenate(parts), start=np.cumsum([0, *map(len, parts)]))
    return path


def pixels(path, count=3, header="emotion,pixels,Usage", side=48):
    """Write FER2013's table of pixels."""
    order = [name.strip() for name in header.split(",")]
    lines = [header]
    for n in range(count):
        cells = {"emotion": "3", "Usage": "Training"}
        cells["pixels"] = " ".join(map(str, picture(n, side).ravel()))
        lines.append(",".join(cells[name] for name in order))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("header", ["emotion,pixels,Usage", "emotion, Usage, pixels"])
def test_pictures_of_either_pack_are_read(tmp_path, header):
    """By the pack's path and their number, grey made colour as any picture."""
    for path in (pack(tmp_path / "p.npz"), pixels(tmp_path / "fer2013.csv", header=header)):
        assert packs.count(path) == 3
        image = image_files.read(path / "2")
        assert np.array_equal(image, cv2.cvtColor(picture(2), cv2.COLOR_GRAY2BGR))


def test_a_table_of_labels_keeps_them(tmp_path):
    """A packed picture goes through a label table, and through crops, as any other."""
    path = pack(tmp_path / "sets" / "p.npz") / "1"
    one = labels.Picture(path, "ferplus", "b", labels.split_of("b"), happiness="0.4", sex="male")
    table = tmp_path / "faces.csv"
    label_table.write(table, [one])
    assert "sets/p.npz/1," in table.read_text()
    assert label_table.read(table)[0]._replace(pose=one.pose) == one
    assert crop_cache.file_stamp(path) == crop_cache.file_stamp(path.parent)
    cut = tmp_path / "cuts"
    assert not crop_cache.cut_crops([one], cut, print, crop_cache.whole_picture)
    assert crop_cache.load_crops(cut)[crop_cache.picture_key(one)].png
    with pytest.raises(ValueError, match="Rekognition takes 80"):
        client.sendable(path)
    large = client.sendable(pack(tmp_path / "large.npz", side=96) / "1")
    assert large.shape == (96, 96) and large.data.startswith(client.ACCEPTED)


def test_a_folder_of_such_a_name_is_a_folder(tmp_path):
    """Only what lies in a file is looked for in it."""
    (tmp_path / "odd.npz").mkdir()
    file = tmp_path / "odd.npz" / "7"
    file.write_bytes(cv2.imencode(".png", picture(7))[1].tobytes())
    assert packs.file_of(file) == file
    assert image_files.read(file).shape == (48, 48, 3)


def spoilt(path, how):
    """Spoil a pack in one of many ways; return the picture to read."""
    if how == "cut":
        path.write_bytes(path.read_bytes()[:300])
    elif how == "other":
        np.savez(path, pictures=np.zeros(3))
    elif how == "start":
        np.savez(path, jpeg=np.zeros(9, np.uint8), start=np.array([0, 99]))
    elif how == "zeros":
        np.savez(path, jpeg=np.zeros(9, np.uint8), start=np.array([0, 9]))
    elif how == "gone":
        path.unlink()
    return path / ("99" if how == "past" else "0")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("cut", "no pack of pictures"),
        ("other", "no pack of pictures"),
        ("start", "'start' does not fit"),
        ("zeros", "0: no picture, or a broken one"),
        ("gone", "missing"),
        ("past", "99: the pack holds 3 pictures"),
    ],
)
def test_a_broken_pack_is_named(tmp_path, how, says):
    """As a broken picture is."""
    path = spoilt(pack(tmp_path / "p.npz"), how)
    with pytest.raises(image_files.UnreadableImage, match=rf"p\.npz.*{says}|{says}"):
        image_files.read(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("emotion,Usage\n3,Training\n", "has no column 'pixels', only emotion, Usage"),
        ("pixels\n1 2 3\n", "picture 0 has 3 pixels"),
        ("pixels\n1 2 3 4\n1 2 3 4 5 6 7 8 9\n", "picture 1 has 9 pixels"),
        ("pixels\n1 2 3 x\n", "invalid literal"),
        ("pixels\n1 2 3 256\n", "out of bounds|256"),
        ("", "only nothing"),
    ],
)
def test_a_broken_table_of_pixels_is_named(tmp_path, text, says):
    """With what is wrong."""
    table = tmp_path / "fer2013.csv"
    table.write_text(text)
    with pytest.raises(image_files.UnreadableImage, match=says):
        image_files.read(table / "0")


def test_a_pack_that_was_changed_is_read_anew(tmp_path):
    """What is held in memory goes by the file's time."""
    path = pack(tmp_path / "p.npz", count=1)
    assert image_files.read(path / "0").shape == (48, 48, 3)
    pack(path, count=1, side=32)
    os.utime(path, ns=(1, 1))
    assert image_files.read(path / "0").shape == (32, 32, 3)
