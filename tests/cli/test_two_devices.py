"""A session belongs to its device: every command in a store where two have one of the same name."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from laughtrack import api
from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.delta_table import AmbiguousSession
from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.readings import Reading, to_json

pytestmark = pytest.mark.slow
# What each command needs beside its session. A new one that takes a session needs a row here.
WORDS = {
    "timelines": [],
    "viewers": [],
    "curve": [],
    "peaks": [],
    "scenes": ["{folder}/scenes.csv"],
    "groups": ["--by", "side", "--min-group", "2"],
    "norms": [],
    "dial": ["{folder}/dial.csv"],
    "synchrony": [],
    "report": ["-o", "{folder}/page.html"],
    "export": ["--as", "openface", "-o", "{folder}/faces.csv"],
    "compare": ["cam/other", "--min-viewers", "2"],
    "forget": [],
    "title": ["The Night Bus"],
    "tag": ["cut=2"],
    "correct": ["list"],
}
# It writes into a file; the others print.
FILES = {"report": "page.html", "export": "faces.csv"}
# The others in the store count here, too.
OF_ALL = ("norms", "forget")


def recorded(device, session, seed, end_s=40):
    """Return a session's batches: six viewers who smile now and then, each device's others."""
    rng = np.random.default_rng(seed)
    batcher = Batcher(
        BatchHeader(device, session, "2026-01-31T20:15:00Z"),
        {"title": device, "context": "screening"},
    )
    batches = []
    for t_s in np.arange(0, end_s, 0.5).tolist():
        smiles = rng.random() < 0.4
        faces = [
            Reading(k, t_s, (60 * k, 10, 60 * k + 50, 60), 0.9, score, score)
            for k in range(1, 7)
            for score in [round(float(0.8 * smiles + 0.2 * rng.random()), 3)]
        ]
        batches.append(batcher.add(t_s, faces))
    return [*filter(None, batches), batcher.close({"complete": True})]


def takes_a_session():
    """Return the commands with a session among their arguments."""
    commands = get_command(app.app).commands
    return sorted(
        name
        for name, command in commands.items()
        if {"session", "a"} & {each.name for each in command.params if each.opts[0][0] != "-"}
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with lists of scenes and dials and three stores, as `prepared` says."""
    folder = tmp_path_factory.mktemp("devices")
    (folder / "scenes.csv").write_text("start_s,end_s,name\n0,20,a\n20,40,b\n")
    dials = "".join(f"{k},{k % 7},{k % 5}\n" for k in range(40))
    (folder / "dial.csv").write_text(f"t_s,left,right\n{dials}")
    alone, shared = str(folder / "alone"), str(folder / "shared")
    for store in (alone, shared):
        extend(store, [*recorded("cam", "night", 1), *recorded("cam", "other", 2)])
    extend(shared, recorded("cam2", "night", 3))
    # One that nobody asked: it says that it is of the session, too, and long since at its end.
    stranger = [each._replace(seq=each.seq + 900) for each in recorded("evil", "night", 4)]
    extend(shared, stranger)
    return folder


@pytest.fixture
def store(folder, tmp_path):
    """Return a copy of the store that three devices share."""
    return str(shutil.copytree(folder / "shared", tmp_path / "shared"))


def filled(command, folder):
    """Return what a command needs beside its session."""
    return [word.format(folder=folder) for word in WORDS[command]]


def test_every_command_is_known_here():
    """All that take a session stand above, and have --device."""
    assert takes_a_session() == sorted(WORDS)
    for name in WORDS:
        params = get_command(app.app).commands[name].params
        assert any("--device" in each.opts for each in params), name


@pytest.mark.parametrize("command", WORDS)
def test_the_name_alone_is_wrong_usage(command, folder, capsys):
    """Exit code 2, the devices named, nothing on standard output and nothing gone."""
    store = str(folder / "shared")
    words = [command, "night", *filled(command, folder), "--store", store]
    assert app.main(words) == 2
    said = capsys.readouterr()
    assert said.out == "" and "cam, cam2, evil" in said.err and "--device" in said.err
    assert len(list_sessions(store)) == 4


@pytest.mark.parametrize(
    ("command", "naming"),
    [*((each, "--device") for each in WORDS if each not in OF_ALL), ("viewers", "/")],
)
def test_a_device_s_session_is_as_if_alone(command, naming, folder, capsys):
    """What a command writes is byte for byte what it writes in a store of one device."""
    results = []
    for store, whose in (("alone", False), ("shared", True)):
        words = [command, "night", *filled(command, folder), "--store", str(folder / store)]
        if whose and naming == "/":
            words[1] = "cam/night"
        elif whose:
            words += ["--device", "cam"]
        assert app.main(words) == 0, capsys.readouterr().err
        printed = capsys.readouterr().out
        written = (folder / FILES[command]).read_bytes() if command in FILES else b""
        results.append((printed, written))
    assert results[0] == results[1]


def test_norms_are_of_all_other_sessions(folder, capsys):
    """Those of the same name among them."""
    words = ["norms", "night", "--device", "cam", "--format", "csv"]
    assert app.main([*words, "--store", str(folder / "shared")]) == 0
    assert ",3," in capsys.readouterr().out


def test_an_unknown_device_is_said(folder, capsys):
    """With those there are; what no device can be called is wrong usage."""
    words = ["viewers", "night", "--store", str(folder / "shared")]
    assert app.main([*words, "--device", "cam3"]) == 1
    assert "cam, cam2, evil" in capsys.readouterr().err
    assert app.main([*words, "--device", "a' OR 'b"]) == 2
    assert app.main(["viewers", "cam/night", "--device", "cam2", *words[2:]]) == 2


def test_two_devices_of_one_name_are_compared(folder, capsys):
    """The table's sides, and the page's, bear the devices' names; one with itself is refused."""
    store, page = ["--store", str(folder / "shared")], folder / "compared.html"
    words = ["--min-viewers", "2", *store]
    assert app.main(["compare", "cam/night", "cam2/night", *words, "-o", str(page)]) == 0
    assert "cam2/night" in page.read_text()
    assert app.main(["compare", "cam/night", "night", "--device", "cam", *words]) == 2
    assert app.main(["compare", "cam/other", "other", *words]) == 2


def test_pages_do_not_overwrite_one_another(folder, tmp_path, monkeypatch, capsys):
    """A page's own name tells the device that was named."""
    monkeypatch.chdir(tmp_path)
    for device in ("cam", "cam2"):
        words = ["report", "night", "--device", device, "--store", str(folder / "shared")]
        assert app.main(words) == 0
    assert app.main(["report", "other", "--store", str(folder / "shared")]) == 0
    names = {path.name for path in tmp_path.glob("*.html")}
    assert names == {"night@cam.html", "night@cam2.html", "other.html"}


def rows_by_file(store):
    """Return the bytes of the sessions' files, by path."""
    return {path: path.read_bytes() for path in Path(store).rglob("session=*/**/*.parquet")}


def test_forget_takes_one_device_s_files_alone(store, capsys):
    """The others' stay byte for byte."""
    before = rows_by_file(store)
    assert app.main(["forget", "night", "--device", "evil", "--store", store]) == 0
    assert rows_by_file(store) == {
        path: data for path, data in before.items() if "device=evil" not in str(path)
    }
    assert len(list_sessions(store)) == 3
    assert app.main(["forget", "night", "--store", store]) == 2
    assert app.main(["forget", "night", "--all-devices", "--store", store]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("night of cam, cam2 is gone")
    assert list_sessions(store)["session"].tolist() == ["other"]
    assert app.main(["forget", "cam/other", "--all-devices", "--store", store]) == 2
    assert app.main(["forget", "other", "--store", store]) == 0
    assert rows_by_file(store) == {}


def test_in_python(folder):
    """The functions take the device's name, too."""
    store = str(folder / "shared")
    with pytest.raises(AmbiguousSession, match="cam, cam2, evil"):
        api.load("night", store)
    assert api.load("night", store, device="cam2").session.device == "cam2"
    assert api.sessions(store)["device"].tolist().count("cam") == 2


def test_a_stranger_s_end_finishes_its_own_session_alone(store, tmp_path):
    """That a device says it is at its end leaves the others' files as they are."""
    before = rows_by_file(store)
    remarks = []
    ingestor = BatchIngestor(store, Quarantine(tmp_path / "q"), remarks.append)
    sent = [to_json(each) for each in recorded("late", "night", 5)]
    ingestor.ingest([Arrival(text.encode(), "topic", "late") for text in sent])
    after = rows_by_file(store)
    assert before.items() <= after.items()
    assert load(store, "night", "late").info["complete"] is True and ingestor.refused == 0


def test_a_store_of_version_0_1(tmp_path, capsys):
    """Where devices share files: each is read, finished and forgotten without the other."""
    fixture = Path(__file__).parents[1] / "data" / "version_0_1" / "store"
    store = str(shutil.copytree(fixture, tmp_path / "store"))
    before = load(store, "finished")
    extend(store, [each for d in ("x", "y") for each in recorded(d, "finished", 6)])
    assert app.main(["viewers", "finished", "--store", store]) == 2
    assert load(store, "finished", before.device).readings.equals(before.readings)
    assert app.main(["forget", "finished", "--device", "x", "--store", store]) == 0
    left = list_sessions(store)
    assert sorted(left.loc[left["session"] == "finished", "device"]) == [before.device, "y"]
    assert load(store, "finished", before.device).readings.equals(before.readings)
    assert len(load(store, "finished", "y").readings) == 480
    assert app.main(["forget", "finished", "--device", "x", "--store", store]) == 1
