"""What version 0.1 wrote is read as before: a store, a device's journal and outbox, weights."""

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.readings import from_json
from laughtrack.edge.settings import load as load_settings
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.smile import selftest
from laughtrack.edge.smile.smilenet import load_scorer

ROOT = Path(__file__).parent.parent
BEFORE = ROOT / "tests" / "data" / "version_0_1"
FILM_BYTES = 600_000


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Film the room that version 0.1 looked at: a stopped replay knows it by name and length."""
    path = tmp_path_factory.mktemp("film") / "room.mp4"
    simulate(path, 2, 14, (480, 270), seed=7)
    filling = FILM_BYTES - path.stat().st_size
    with open(path, "ab") as file:
        file.write(struct.pack(">I4s", filling, b"free") + bytes(filling - 8))
    return path


@pytest.fixture
def store(tmp_path):
    """Return a copy of the store."""
    return str(shutil.copytree(BEFORE / "store", tmp_path / "store"))


def output(capfd, *words):
    """Run a command that must succeed; return what it prints."""
    capfd.readouterr()
    assert app.main([str(word) for word in words]) == 0
    return capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("command", [["sessions"], ["timelines", "finished"]], ids=" ".join)
def test_a_store_gives_the_same_tables(store, capfd, command):
    """Byte for byte what version 0.1 printed; a list of sessions has two more columns now."""
    printed = output(capfd, *command, "--format", "csv", "--store", store)
    if command[0] == "sessions":
        printed = "".join(line.rsplit(",", 2)[0] + "\n" for line in printed.splitlines())
    assert printed == (BEFORE / f"{command[0]}.csv").read_text()


@pytest.mark.slow
def test_a_store_gives_a_report(store, tmp_path, capfd):
    """Of the session's whole time."""
    page = tmp_path / "report.html"
    output(capfd, "report", "finished", "--output", page, "--store", store)
    assert "A show" in page.read_text()


@pytest.mark.slow
def test_an_unfinished_replay_is_begun_anew_when_told(store, film, capfd):
    """It read films in another way, so that its half and ours would not be one recording."""
    words = ["replay", str(film), "--session", "unfinished", "--store", store]
    assert app.main(words) == 1
    message = capfd.readouterr().err
    assert "begun otherwise (finder haar then and net now, by another version" in message
    assert "--overwrite" in message
    output(capfd, *words, "--rate", 5, "--overwrite")
    output(capfd, "replay", film, "--rate", 5, "--session", "whole", "--store", store)
    anew, whole = load(store, "unfinished"), load(store, "whole")
    assert anew.info["complete"] is True
    assert anew.spans["frames"].sum() == whole.spans["frames"].sum()
    assert anew.readings.equals(whole.readings)


@pytest.mark.slow
def test_a_replay_of_another_kind_is_refused_with_a_way_on(store, film, capfd):
    """One begun with other options."""
    words = ["replay", str(film), "--session", "unfinished", "--rate", "5", "--store", store]
    assert app.main(words) == 1
    message = capfd.readouterr().err
    assert "rate_hz 10.0 then and 5.0 now" in message and "--overwrite" in message


@pytest.mark.slow
def test_a_device_goes_on_with_its_session_and_outbox(film, tmp_path):
    """Batches that waited, the open one, the rest of the film: each there, and counted once."""
    shutil.copytree(BEFORE / "device", tmp_path / "device")
    shutil.copy(BEFORE / "settings.ini", tmp_path)
    shutil.copy(film, tmp_path)
    words = [sys.executable, "-m", "laughtrack.edge", "run", "--config", "settings.ini"]
    words += ["--publisher", "file", "--file", "sent.jsonl"]
    subprocess.run(words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    sent = {}
    for line in (tmp_path / "sent.jsonl").read_text().splitlines():
        batch = from_json(line)
        # The last one closed may have gone out before: it comes again, the same.
        assert sent.setdefault(batch.seq, batch) == batch
    assert list(sent) == list(range(len(sent)))
    assert {(batch.device, batch.session) for batch in sent.values()} == {("camera-1", "evening")}
    waiting = sorted((BEFORE / "device" / "outbox").glob("*.json"))
    assert [sent[0], sent[1]] == [from_json(path.read_text()) for path in waiting]
    journal = (BEFORE / "device" / "session.jsonl").read_text().splitlines()
    seen = [reading[:2] for line in journal[1:] for reading in json.loads(line)["readings"]]
    readings = sent[2].readings
    assert {tuple(each) for each in seen} <= set(
        zip(readings["viewer_id"], readings["t_s"], strict=True)
    )
    # Ten frames a second were looked at.
    assert sum(batch.frames for batch in sent.values()) == 140
    assert sent[len(sent) - 1].info["complete"] is True
    assert not (tmp_path / "device" / "session.jsonl").exists()


def test_settings_are_read():
    """All that the file says, and defaults for the rest."""
    settings = load_settings(str(BEFORE / "settings.ini"), environ={})
    assert (settings.device, settings.session, settings.batch_s) == ("camera-1", "command", 2.0)


@pytest.mark.slow
def test_a_weights_folder_is_read():
    """Its scores are those that version 0.1 gave."""
    scores = load_scorer(BEFORE / "weights")(selftest.pictures())
    assert np.allclose(scores, [0.00223, 0.00195, 0.09372, 0.00001], atol=1e-4)


def test_a_weights_folder_without_answers_is_refused_with_a_way_on(tmp_path):
    """As before version 0.1: it must be exported again."""
    shutil.copytree(BEFORE / "weights", tmp_path / "weights")
    path = tmp_path / "weights" / "smilenet.json"
    settings = json.loads(path.read_text())
    del settings["selftest"]
    path.write_text(json.dumps(settings))
    with pytest.raises(ValueError, match=r"export the network again \(python -m laughtrack\."):
        load_scorer(tmp_path / "weights")
