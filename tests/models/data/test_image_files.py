"""Picture files: any name and kind, and nothing that was cut short."""

import os

import cv2
import numpy as np
import pytest

from laughtrack.models.data import image_files


def photo(side=40):
    """Return a smooth colour picture."""
    coarse = np.random.default_rng(1).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def saved(path, image=None, keep=None):
    """Write a picture of the kind that the name's ending says, or its first bytes."""
    data = cv2.imencode(path.suffix.lower(), photo() if image is None else image)[1].tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data[:keep])
    return path


@pytest.mark.parametrize("ending", [".jpg", ".JPG", ".png", ".gif", ".webp", ".bmp", ".tiff"])
def test_kinds_of_pictures_are_read(tmp_path, ending):
    """Whatever OpenCV knows, large letters in the ending too."""
    image = image_files.read(saved(tmp_path / f"a{ending}"))
    assert image.shape == (40, 40, 3) and image.dtype == np.uint8
    assert abs(image.astype(int) - photo()).mean() < 25


@pytest.mark.parametrize("name", ["two words.png", "Zoë Müller.png", "文.png", "a#b%20.png"])
def test_any_name_is_read(tmp_path, name):
    """Blanks and letters of any alphabet."""
    assert np.array_equal(image_files.read(saved(tmp_path / name)), photo())


def test_grey_picture_becomes_colour(tmp_path):
    """Three channels, whatever the file has."""
    path = saved(tmp_path / "a.png", photo()[:, :, 0])
    assert image_files.read(path).shape == (40, 40, 3)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".gif", ".webp"])
@pytest.mark.parametrize("keep", [300, -4])
def test_picture_cut_short_is_refused(tmp_path, ending, keep):
    """A JPEG too, which OpenCV's `imread` fills up with grey."""
    path = saved(tmp_path / f"a{ending}", photo(200), keep)
    with pytest.raises(image_files.UnreadableImage, match=r"a\.\w+: no picture, or a broken one"):
        image_files.read(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [(None, "missing"), (b"", "the file is empty"), (b"hello", "no picture"), ("", "cannot be")],
)
def test_what_is_no_picture_is_named(tmp_path, data, says):
    """Missing, empty, text, a folder."""
    path = tmp_path / "a.jpg"
    if data == "":
        path.mkdir()
    elif data is not None:
        path.write_bytes(data)
    with pytest.raises(image_files.UnreadableImage, match=f"a.jpg: {says}"):
        image_files.read(path)


def test_listed_are_the_pictures_of_all_folders(tmp_path):
    """In order; no other files, nothing hidden."""
    for name in ("b/two.PNG", "a/one.jpg", ".git/no.jpg", "b/.x.jpg", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    paths, problems = image_files.list_images(tmp_path)
    assert [p.name for p in paths] == ["one.jpg", "two.PNG"] and not problems
    paths, problems = image_files.list_images(tmp_path / "missing")
    assert not paths and "missing: cannot be opened" in problems[0]


def test_name_that_is_no_text_is_told(tmp_path):
    """As an old archive unpacks it: no table could name that picture."""
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"")
    except OSError:
        pytest.skip("this disk takes no such name")
    (tmp_path / "b.jpg").write_bytes(b"")
    paths, problems = image_files.list_images(tmp_path)
    assert [p.name for p in paths] == ["b.jpg"]
    assert problems == [f"{tmp_path}/caf\\xe9.jpg: its name is not UTF-8, left out: rename it"]


def test_link_to_nothing_is_told(tmp_path):
    """As when the disk with the pictures isn't there."""
    (tmp_path / "a.jpg").symlink_to("gone.jpg")
    assert image_files.list_images(tmp_path) == (
        [],
        [f"{tmp_path / 'a.jpg'}: a link to gone.jpg, which is no file"],
    )


def test_folder_without_rights_is_told(tmp_path, monkeypatch):
    """It isn't taken for an empty one."""

    def refuse(place):
        raise PermissionError(13, "Permission denied", str(place))

    monkeypatch.setattr("os.scandir", refuse)
    assert image_files.list_images(tmp_path) == (
        [],
        [f"{tmp_path}: cannot be opened (Permission denied)"],
    )
