"""Folders of pictures: a person's order, every kind, and nothing left out in silence."""

import base64
import sys

import cv2
import numpy as np
import pytest

from laughtrack.edge.sources import pictures
from laughtrack.edge.sources.errors import SourceError
from laughtrack.edge.sources.frames import Source
from laughtrack.edge.sources.picture_folder import natural_order, open_folder
from laughtrack.models.data import image_files

# A picture of 64 x 48, red on the left and blue on the right, as a phone writes it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAAJAAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5"
    "uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    "AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAA"
    "AAAAAAEAAQWBAgMFhAAAAJhtZGF0AAAAjCgBrwngFVuk/y/f/kB//IkMwDiZn+5dj0BxnPDPE5gP9m/U/Q329d1N"
    "lRiOHHHEMcTDvJfO4WANON6xH9Q1cfVpXKYZEut8zfU6Ek8vhXB0FNKDT32IsUzr5wAGufintmUAINgziRcYcU3Q"
    "JBci5YBeYJO29pgQEeXpJbrZoDuZxymn81QBxWH4UZqQ"
)


def saved(path, grey=128, ending=".png", size=(48, 64)):
    """Write a picture with a lighter half, of a kind that need not be its name's."""
    picture = np.full(size if ending == ".pgm" else (*size, 3), grey, np.uint8)
    picture[:, size[1] // 2 :] += 60
    path.write_bytes(cv2.imencode(ending, picture)[1].tobytes())
    return path


@pytest.mark.parametrize(
    "names",
    [
        ["frame1", "frame2", "frame9", "frame10", "frame24", "frame100"],
        ["frame001", "frame002", "frame010"],
        ["1", "2", "10"],
        ["a", "a2", "a10", "b1"],
        ["take1_frame2", "take1_frame10", "take2_frame1"],
        ["Frame1", "frame2", "FRAME3"],
        ["img (1)", "img (2)", "img (10)"],
        ["2026-11-29T9-00", "2026-11-29T10-00"],
        ["x1", "x01", "x2"],
        ["shot", "shot-2", "shot-10"],
        ["\u0661", "\u00b2"],
    ],
)
def test_order_is_a_person_s(tmp_path, names):
    """Numbers count as numbers, whatever stands around them and however many zeros in front."""
    for grey, name in enumerate(names):
        saved(tmp_path / f"{name}.png", grey)
    files = open_folder(str(tmp_path)).files
    assert files == sorted(files, key=natural_order)
    if names[0] not in ("x1", "\u0661"):  # equal but for zeros; digits of other alphabets
        assert [path.stem for path in files] == names
    assert len(list(Source(tmp_path))) == len(names)


def test_what_systems_leave_never_stops_a_folder(tmp_path):
    """A Mac's shadow of each file, its and Windows' notes, a text, a folder: counted and said."""
    for number in range(3):
        saved(tmp_path / f"{number}.jpg", number, ".jpg")
        (tmp_path / f"._{number}.jpg").write_bytes(b"\x00\x05\x16\x07" + bytes(90))
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "notes.txt", "list"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "more.jpg").mkdir()
    source = Source(tmp_path)
    assert len(list(source)) == 3
    (remark,) = source.remarks
    assert "6 hidden" in remark and "2 no picture" in remark and "notes.txt" not in remark[:20]


def test_folder_of_pictures_alone_has_nothing_to_say(tmp_path):
    """No remark where there is nothing to remark."""
    saved(tmp_path / "1.png")
    assert Source(tmp_path).remarks == []


@pytest.mark.parametrize("suffix", sorted(pictures.SUFFIXES))
def test_every_kind_that_is_listed_is_read(tmp_path, suffix):
    """By footage and by data sets alike, in capitals, too."""
    for name in ("a" + suffix, "b" + suffix.upper()):
        if suffix in pictures._HEIF:
            (tmp_path / name).write_bytes(HEIC)
        else:
            known = {".pbm": ".pgm", **dict.fromkeys(pictures._JPEG, ".jpg")}.get(suffix, suffix)
            saved(tmp_path / name, 128, known)
    frames = list(Source(tmp_path))
    assert [frame.image.shape for frame in frames] == [(48, 64, 3)] * 2
    paths, problems = image_files.list_images(tmp_path)
    assert len(paths) == 2 and not problems
    assert [image_files.read(path).shape for path in paths] == [(48, 64, 3)] * 2


def test_what_a_picture_is_counts_not_its_name(tmp_path):
    """A phone's HEIC under the name of a JPEG."""
    (tmp_path / "a.jpg").write_bytes(HEIC)
    image = pictures.read_picture(tmp_path / "a.jpg")
    assert image.shape == (48, 64, 3)
    assert image[30, 5, 2] > 150 > image[30, 5, 0] and image[30, 60, 0] > 150 > image[30, 60, 2]


@pytest.mark.parametrize("keep", [100, 400, -20])
def test_heic_cut_short_is_refused(tmp_path, keep):
    """Not half a picture."""
    (tmp_path / "a.heic").write_bytes(HEIC[:keep])
    with pytest.raises(pictures.UnreadableImage, match=r"a\.heic: no picture, or a broken one"):
        pictures.read_picture(tmp_path / "a.heic")


def test_kinds_that_are_not_read_are_named(tmp_path, monkeypatch):
    """With their count and what helps: in footage, in data sets, and in a folder of these alone."""
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    (tmp_path / "a.heic").write_bytes(HEIC)
    (tmp_path / "b.HEIC").write_bytes(HEIC)
    (tmp_path / "c.cr2").write_bytes(b"raw")
    with pytest.raises(SourceError, match=r"1 \.cr2.*2 \.heic .*pip install 'laughtrack\[heic\]'"):
        Source(tmp_path)
    saved(tmp_path / "d.png")
    (remark,) = Source(tmp_path).remarks
    paths, (problem,) = image_files.list_images(tmp_path)
    assert [path.name for path in paths] == ["d.png"]
    for said in (remark, problem):
        assert "1 .cr2" in said and "2 .heic" in said and "laughtrack[heic]" in said
    (tmp_path / "d.png").write_bytes(HEIC)
    with pytest.raises(SourceError, match=r"d\.png: a HEIC picture: pip install"):
        list(Source(tmp_path))


def test_kind_that_an_older_opencv_lacks_is_named(tmp_path, monkeypatch):
    """The device's: what it cannot read it leaves out by name."""
    saved(tmp_path / "a.png")
    saved(tmp_path / "b.avif", 128, ".avif")
    monkeypatch.setattr("cv2.haveImageWriter", lambda name: not name.endswith(".avif"))
    assert "1 .avif (not read by this OpenCV" in Source(tmp_path).remarks[0]


def test_data_sets_pass_over_what_systems_leave(tmp_path):
    """Shadows, notes and a Mac's folder of shadows are no pictures and no problem."""
    saved(tmp_path / "a.jpg", 128, ".jpg")
    (tmp_path / "._a.jpg").write_bytes(b"x")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "b.jpg").write_bytes(b"x")
    assert image_files.list_images(tmp_path) == ([tmp_path / "a.jpg"], [])
