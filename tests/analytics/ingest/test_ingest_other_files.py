"""What holds no batches is refused before anything of it is set aside, with the command meant."""

import csv
import gzip
import io
import shutil
import subprocess
import wave
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.other_files import MOST_REFUSALS, is_binary
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.cli import app
from laughtrack.edge.readings import to_json
from tests.analytics import ingest_devices
from tests.analytics.store_batches import assert_exact, batch
from tests.tools import DATA

ROOT = Path(__file__).parents[3]
PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)


def film(folder, suffix, code):
    """Write a short film of noise."""
    path = folder / f"film{suffix}"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 10, (64, 48))
    for _ in range(5):
        video.write(PICTURE)
    video.release()
    return path.read_bytes()


def sound():
    """Return a second of silence."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    return data.getvalue()


def packed():
    """Return a ZIP of a file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.jsonl", "x")
    return data.getvalue()


def parquet():
    """Return a table."""
    data = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), data)
    return data.getvalue()


def table():
    """Return what OpenFace writes."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["frame", "face_id", "timestamp", "confidence", "success", "AU12_r"])
    rows.writerow([1, 0, 0.0, 0.9, 1, 0.5])
    return text.getvalue().encode()


def others(folder):
    """Return contents of every other kind, with the word that the refusal must hold."""
    array = io.BytesIO()
    np.save(array, np.zeros(9))
    picture = {each: cv2.imencode(each, PICTURE)[1].tobytes() for each in (".png", ".jpg", ".bmp")}
    rng = np.random.default_rng(2)
    return {
        "film.mp4": (film(folder, ".mp4", "mp4v"), "laughtrack replay"),
        "film.avi": (film(folder, ".avi", "MJPG"), "laughtrack replay"),
        "film.mkv": (film(folder, ".mkv", "mp4v"), "laughtrack replay"),
        "film.gif": (b"GIF89a" + rng.bytes(500), "laughtrack replay"),
        "film.ts": ((b"G" + bytes(187)) * 9, "laughtrack replay"),
        "film.flv": (b"FLV\x01" + rng.bytes(500), "laughtrack replay"),
        **{f"a{each}": (data, "laughtrack replay") for each, data in picture.items()},
        "sound.wav": (sound(), "sound"),
        "a.mp3": (b"ID3" + rng.bytes(999), "sound"),
        "a.jsonl.gz": (gzip.compress(to_json(batch(0)).encode()), "unpack"),
        "a.zip": (packed(), "unpack"),
        "a.parquet": (parquet(), "--store"),
        "a.npy": (array.getvalue(), "binary"),
        "net.onnx": ((ROOT / "models/artifacts/smilenet.onnx").read_bytes(), "binary"),
        "noise": (rng.bytes(5000), "binary"),
        "lines of noise": (b"\n".join(rng.bytes(9) for _ in range(5000)), "no"),
        "zeros": (bytes(5000), "binary"),
        "faces.csv": (table(), "laughtrack import"),
        "a.csv": (b"start,end,name\n1,2,x\n", "scenes"),
        "a.srt": (b"1\n00:00:01,000 --> 00:00:02,000\nhello\n", "scenes"),
        "a.vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n", "scenes"),
        "a.edl": (b"TITLE: a cut\nFCM: NON-DROP FRAME\n", "scenes"),
        "a.otio": (b'{"OTIO_SCHEMA": "Timeline.1", "tracks": {}}', "scenes"),
        "device.ini": (b"[laughtrack]\ndevice = cam\n", "settings"),
        "gt.txt": (b"1,1,10,10,50,50,1,-1,-1,-1\n" * 9, "laughtrack track"),
        "a.json": (b'{"name": "x"}', "JSON"),
        "b.json": (b'[{"schema": 1}]', "JSON"),
        "deep.json": (b"[" * 100_000, "JSON"),
        "line.txt": (b"x" * 3_000_000, "no file of batches"),
        "a.txt": (b"dear diary\n" * 300, "no file of batches"),
        "utf16.jsonl": (to_json(batch(0)).encode("utf-16"), "binary"),
    }


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """Return all of them."""
    return others(tmp_path_factory.mktemp("others"))


def ingest(folder, *words):
    """Run the command with a store and a quarantine; return the exit code."""
    places = ["--store", str(folder / "store"), "--quarantine", str(folder / "q")]
    return app.main(["ingest", *map(str, words), *places])


def nothing_kept(folder):
    """Whether neither a store nor a quarantine was made."""
    return not (folder / "store").exists() and not (folder / "q").exists()


@pytest.mark.slow
def test_every_other_kind_is_refused_by_name(tmp_path, contents, capsys):
    """Under its own name, as a batch file's, and beside good batches in one command."""
    (tmp_path / "good.jsonl").write_text(to_json(batch(0)) + "\n")
    for name, (content, word) in contents.items():
        for path in (tmp_path / name, tmp_path / f"{name}.jsonl"):
            path.write_bytes(content)
            assert ingest(tmp_path, tmp_path / "good.jsonl", path) == 2, name
            said = " ".join(capsys.readouterr().err.replace("│", " ").split())
            assert word in said and "reads batches, as devices send them" in said, (name, said)
            assert nothing_kept(tmp_path), name


@pytest.mark.slow
def test_other_files_in_a_folder_are_left(tmp_path, contents, capsys):
    """They hold up no batches there, and each is named."""
    (tmp_path / "in").mkdir()
    for name, (content, _) in contents.items():
        (tmp_path / "in" / f"{name}.jsonl").write_bytes(content)
    (tmp_path / "in" / "z.jsonl").write_text(to_json(batch(0)) + "\n")
    assert ingest(tmp_path, tmp_path / "in") == 0
    said = capsys.readouterr()
    assert said.out.startswith("1 batch stored, 10 readings")
    assert said.err.count("reads batches, as devices send them") == len(contents)
    assert not (tmp_path / "q").exists()


@pytest.mark.slow
def test_every_other_kind_is_refused_from_a_pipe(tmp_path, contents):
    """With exit code 2, however much of it there is."""
    for name in ("film.mp4", "lines of noise", "faces.csv"):
        (tmp_path / "piped").write_bytes(contents[name][0])
        words = ("-", "--store", tmp_path / "store", "--quarantine", tmp_path / "q")
        with open(tmp_path / "piped", "rb") as pipe:
            process = ingest_devices.ingest(*words, stdin=pipe, stderr=subprocess.PIPE)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 2, (name, said)
        assert "reads batches, as" in " ".join(said.replace("│", " ").split())
        assert nothing_kept(tmp_path), name


def test_footage_in_a_bucket_is_left_there(tmp_path, contents):
    """Under a batch's key: counted and said, and no copy of it anywhere."""
    said = []
    ingestor = BatchIngestor(str(tmp_path / "store"), Quarantine(tmp_path / "q"), said.append)
    for name, (content, _) in contents.items():
        if is_binary(content):
            ingestor.ingest([Arrival(content, "s3://b", None, f"raw/{name}.json", stays=True)])
    assert ingestor.refused == ingestor.left > 10
    assert nothing_kept(tmp_path) and all("left where it is" in line for line in said)


@pytest.mark.slow
def test_rubbish_of_one_file_is_bounded(tmp_path, capsys):
    """It is read no further, and the quarantine has no more of it than a group."""
    bad = b"".join(b'{"schema": 9, "session": "%d"}\n' % n for n in range(5 * MOST_REFUSALS))
    path = tmp_path / "a.jsonl"
    path.write_bytes(bad)
    assert ingest(tmp_path, path) == 1
    said = capsys.readouterr()
    assert f"a.jsonl: {MOST_REFUSALS} refused payloads are enough" in said.err
    assert len(list((tmp_path / "q").rglob("*.json"))) == MOST_REFUSALS
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
def test_rubbish_between_good_batches_holds_up_none(tmp_path, capsys):
    """Only so much of it is copied; the file keeps the rest."""
    bad = [b'{"schema": 9, "session": "%d"}\n' % n for n in range(3 * MOST_REFUSALS)]
    good = [to_json(batch(seq)).encode() + b"\n" for seq in range(3)]
    path = tmp_path / "a.jsonl"
    path.write_bytes(good[0] + b"".join(bad) + good[1] + good[2])
    assert ingest(tmp_path, path) == 0
    assert "200 refused payloads are left where they are" in capsys.readouterr().err
    assert len(list((tmp_path / "q").rglob("*.json"))) == MOST_REFUSALS
    assert_exact(str(tmp_path / "store"), "friday", 3)


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "cases").is_dir(), reason="no cases: set LAUGHTRACK_DATA")
def test_cases_are_refused(tmp_path, capsys):
    """Files that other programs made."""
    paths = [path for path in (DATA / "cases").rglob("*") if path.is_file()]
    for number, path in enumerate(path for path in paths if path.stat().st_size < 20e6):
        copy = tmp_path / f"{number}{path.suffix}"
        shutil.copy(path, copy)
        assert ingest(tmp_path, copy) == 2, path
        assert nothing_kept(tmp_path), path
    assert capsys.readouterr().err
