"""Record files: MXNet reads them, and they come back as they were."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.cli import training_env
from laughtrack.models.data import label_table, labels
from laughtrack.models.export import mxnet_records, record_files
from laughtrack.models.faces import crop_cache

ROOT = Path(__file__).parents[3]
READ = """
import json, sys
import mxnet as mx
out = {}
for split in ("train", "val", "test"):
    base = sys.argv[1] + "/" + split
    for channels in (1, 3):
        pages = mx.io.ImageRecordIter(path_imgrec=base + ".rec", path_imgidx=base + ".idx",
            data_shape=(channels, 64, 64), batch_size=1, preprocess_threads=1)
        out[split + str(channels)] = [
            [float(page.label[0].asnumpy()[0]), page.data[0].asnumpy()[0].astype(int).tolist()]
            for page in pages]
    index = mx.recordio.MXIndexedRecordIO(base + ".idx", base + ".rec", "r")
    out[split + "ids"] = [[key, mx.recordio.unpack(index.read_idx(key))[0].id]
        for key in index.keys]
json.dump(out, open(sys.argv[2], "w"))
"""


def run(*words):
    """Run Python in the training environment."""
    python = training_env.training_python()
    return subprocess.run(
        [python, *map(str, words)],
        env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def person(split, number):
    """Return a name that falls into a split."""
    names = (f"person {n}" for n in range(1000))
    return [name for name in names if labels.split_of(name) == split][number]


@pytest.fixture(scope="module")
def packed(training, tmp_path_factory):
    """Return a table of 14 pictures, and the folder where 12 of them were packed."""
    folder = tmp_path_factory.mktemp("packed")
    listed = []
    for n in range(14):
        coarse = np.random.default_rng(n).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        path = folder / f"bild {n} ü.png"
        cv2.imwrite(str(path), cv2.resize(coarse, (120, 120), interpolation=cv2.INTER_CUBIC))
        split = ("train", "val", "test", "train")[n % 4]
        smile = "" if n == 5 else str(n % 2)
        listed.append(labels.Picture(path, "own", person(split, n // 8), split, smile=smile))
    listed[3] = listed[3]._replace(strict="0", emotion="happiness", pose=(0.1, 0.2, 0.3))
    label_table.write(folder / "faces.csv", listed)

    def finder(image, calls=[]):  # noqa: B006
        calls.append(1)
        box = np.array([[30.0, 30, 90, 90]])
        return (box, np.ones(1)) if len(calls) != 8 else (box[:0], np.ones(0))

    crop_cache.cut_crops(listed, folder / "out" / crop_cache.FILE, lambda done: None, finder)
    cut = {
        Path(k).name: e.png
        for k, e in crop_cache.load_crops(folder / "out" / crop_cache.FILE).items()
    }
    result = run(
        "-m", "laughtrack.models.export.mxnet_records", "pack", folder / "faces.csv", folder / "out"
    )
    assert result.returncode == 0, result.stderr
    assert "12 faces packed: 6 train, 3 val, 3 test" in result.stdout
    return folder / "faces.csv", folder / "out", cut


def copied(packed, folder):
    """Return a copy of the packed folder."""
    for path in packed[1].iterdir():
        (folder / "in").mkdir(exist_ok=True)
        (folder / "in" / path.name).write_bytes(path.read_bytes())
    return folder / "in"


@pytest.mark.slow
def test_mxnet_reads_the_records(packed, tmp_path):
    """Crops pixel for pixel, targets, and the index, with one channel or three."""
    _, out, cut = packed
    result = run("-c", READ, out, tmp_path / "read.json")
    assert result.returncode == 0, result.stderr
    read = json.loads((tmp_path / "read.json").read_text())
    ids = {picture: n for n, picture in enumerate(label_table.read(out / "faces.csv"))}
    assert len(ids) == 12
    for split in labels.SPLITS:
        chosen = [p for p in ids if p.split == split]
        assert read[split + "ids"] == [[ids[p], ids[p]] for p in chosen]
        for channels in (1, 3):
            pages = read[split + str(channels)]
            for picture, (target, pixels) in zip(chosen, pages, strict=True):
                png = np.frombuffer(cut[picture.path.name], np.uint8)
                assert target == pytest.approx(labels.target(picture), abs=1e-6)
                assert np.array_equal(np.array(pixels), [cv2.imdecode(png, 0)] * channels)


def test_nobody_is_in_two_splits(packed):
    """The split is the person's; what has no label or no face is in none."""
    listed = label_table.read(packed[1] / "faces.csv")
    assert {p.split == labels.split_of(p.person) for p in listed} == {True}
    assert {n for n in range(14) if f"bild {n} ü.png" not in {p.path.name for p in listed}} == {
        5,
        7,
    }


def test_lists_name_each_record(packed):
    """Number, target, and where the crop goes when it is unpacked."""
    lines = [
        line.split("\t")
        for split in labels.SPLITS
        for line in (packed[1] / f"{split}.lst").read_text().splitlines()
    ]
    assert sorted(int(n) for n, _, _ in lines) == list(range(12))
    assert Counter(target for _, target, _ in lines) == {"0.02": 7, "0.98": 4, "0.9": 1}
    assert all(name == f"{name.split('/')[0]}/{int(n):06d}.png" for n, _, name in lines)


def test_nothing_else_is_left(packed):
    """No partial files, no crops."""
    names = {f"{split}.{ending}" for split in labels.SPLITS for ending in record_files.ENDINGS}
    assert {p.name for p in packed[1].iterdir()} == {"faces.csv", *names}


@pytest.mark.slow
def test_unpacked_is_what_was_packed(packed, tmp_path):
    """Each crop's bytes, and the labels of each."""
    result = run(
        "-m", "laughtrack.models.export.mxnet_records", "unpack", packed[1], tmp_path / "out"
    )
    assert result.returncode == 0, result.stderr
    assert "12 faces unpacked" in result.stdout
    before = label_table.read(packed[1] / "faces.csv")
    after = label_table.read(tmp_path / "out" / "faces.csv")
    known = {label_table.to_row(p, "/")["person"] + p.path.name: p for p in before}
    assert len(known) == len(after) == 12
    by_id = {int(p.path.stem): p for p in after}
    for n, picture in enumerate(before):
        assert by_id[n].path.read_bytes() == packed[2][picture.path.name]
        one, two = (label_table.to_row(p, "/") | {"picture": ""} for p in (picture, by_id[n]))
        assert one == two


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keep", "says", "whole"),
    [
        (-1, "train.rec: cut short or broken at record 6 of 6; the 5 before it", 11),
        (3, "train.rec: cut short or broken at record 1 of 6; the 0 before it", 6),
        (0, "train.rec: cut short or broken at record 1 of 6", 6),
        (None, "train.rec: missing, with its 6 records", 6),
    ],
)
def test_what_is_whole_of_a_record_file_cut_short_is_kept(packed, tmp_path, keep, says, whole):
    """The file and the record are named, and the other files are read."""
    folder = copied(packed, tmp_path)
    data = (folder / "train.rec").read_bytes()
    if keep is None:
        (folder / "train.rec").unlink()
    else:
        (folder / "train.rec").write_bytes(data[:keep])
    result = run("-m", "laughtrack.models.export.mxnet_records", "unpack", folder, tmp_path / "out")
    assert result.returncode == 1
    assert says in result.stderr and "Traceback" not in result.stderr
    assert len(label_table.read(tmp_path / "out" / "faces.csv")) == whole


@pytest.mark.slow
def test_record_that_is_no_picture_is_named(packed, tmp_path):
    """The others come out."""
    folder = copied(packed, tmp_path)
    data = bytearray((folder / "val.rec").read_bytes())
    start = data.index(b"PNG")
    data[start : start + 3] = b"GNP"
    (folder / "val.rec").write_bytes(data)
    result = run("-m", "laughtrack.models.export.mxnet_records", "unpack", folder, tmp_path / "out")
    assert (
        result.returncode == 1
        and "val.rec: the record with id 1 holds a broken picture" in result.stderr
    )
    assert len(label_table.read(tmp_path / "out" / "faces.csv")) == 11


@pytest.mark.slow
def test_packed_again_leaves_nothing_of_before(packed, tmp_path):
    """A split that has no pictures any more has no files."""
    folder = copied(packed, tmp_path)
    listed = [p for p in label_table.read(packed[1] / "faces.csv") if p.split == "val"]
    label_table.write(tmp_path / "faces.csv", listed)
    box = np.array([[30.0, 30, 90, 90]])
    crop_cache.cut_crops(
        listed, folder / crop_cache.FILE, lambda done: None, lambda image: (box, np.ones(1))
    )
    (folder / f"{record_files.PART}train.rec").write_bytes(b"of a packing that was killed")
    result = run(
        "-m", "laughtrack.models.export.mxnet_records", "pack", tmp_path / "faces.csv", folder
    )
    assert "3 faces packed: 0 train, 3 val, 0 test" in result.stdout, result.stderr
    assert {p.name for p in folder.iterdir()} == {"faces.csv", "val.rec", "val.idx", "val.lst"}


def test_label_table_is_never_overwritten(tmp_path):
    """Neither the one to be packed nor another, by packing or by unpacking."""
    table = tmp_path / "faces.csv"
    label_table.write(table, [labels.Picture(tmp_path / "a.jpg", "own", "a", "train", "1")])
    (tmp_path / "x").mkdir()
    other = tmp_path / "x" / "faces.csv"
    other.write_bytes(table.read_bytes())
    for folder in (tmp_path, tmp_path / "x"):
        with pytest.raises(ValueError, match=r"faces\.csv is a label table"):
            mxnet_records.check_place(table, folder)
        with pytest.raises(ValueError, match=r"faces\.csv is there already"):
            mxnet_records.unpack(tmp_path / "none", folder)
    mxnet_records.check_place(table, tmp_path / "new")
    other.write_text("id,split,picture\n")
    mxnet_records.check_place(table, tmp_path / "x")
    with pytest.raises(ValueError, match="name another folder"):
        mxnet_records.check_place(other, tmp_path / "x")


def test_folder_without_packed_faces_is_named(tmp_path):
    """An empty one, one whose table isn't what was packed, one where packing was stopped."""
    with pytest.raises(ValueError, match="holds no packed faces"):
        mxnet_records.unpack(tmp_path, tmp_path / "out")
    for row, says in (("x,train", "id 'x'"), ("0,moon", "split 'moon', expected a number and one")):
        (tmp_path / "faces.csv").write_text(
            f"id,split,picture,source,person,smile\n{row},a,b,c,1\n"
        )
        with pytest.raises(ValueError, match=rf"faces\.csv, line 2: .*{says}"):
            mxnet_records.unpack(tmp_path, tmp_path / "out")
    (tmp_path / "faces.csv").unlink()
    (tmp_path / "val.rec").write_bytes(b"")
    with pytest.raises(ValueError, match="unfinished: pack again"):
        mxnet_records.unpack(tmp_path, tmp_path / "out")
