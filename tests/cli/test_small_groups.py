"""``--min-viewers`` on every command that tells of a session, and what is refused with it."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest
import typer

from laughtrack import api
from laughtrack.cli import app
from tests.analytics import pretend
from tests.cli.test_statistics import put

# They take a session's name and tell nothing of its viewers.
OTHERS = {
    "forget",
    "replay",
    "import",
    "tell",
    "ingest",
    "demo",
    "simulate",
    "track",
    "title",
    "tag",
}
PICTURE = "room.png"
OF_SINGLES = (
    ["viewers", "hall"],
    ["timelines", "hall"],
    ["synchrony", "hall", "--of", "viewers"],
    ["synchrony", "hall", "--of", "windows"],
    ["export", "hall", "--as", "openface"],
    ["export", "hall", "--as", "pyfeat", "--fps", "25"],
    ["export", "hall", "--as", "affectiva"],
    ["export", "hall", "--as", "mot", "--fps", "25"],
    ["faces", PICTURE],
)


@pytest.mark.slow
def test_every_command_that_tells_has_the_option():
    """The list of those without it is written out above: a new command is in one of the two."""
    commands = typer.main.get_command(app.app).commands
    takes = {
        name
        for name, command in commands.items()
        if {"session", "sessions", "a"} & {each.name for each in command.params}
    }
    with_it = {
        name
        for name, command in commands.items()
        if any(
            "--min-viewers" in each.opts and each.envvar == "LAUGHTRACK_MIN_VIEWERS"
            for each in command.params
        )
    }
    # Pictures are in no session, and their faces are single viewers; so are those of live events.
    # A server tells of all sessions; lists of them, and what is to be forgotten, may be chosen by
    # measured figures.
    assert with_it == takes - OTHERS | {"faces", "serve", "sessions", "retain"}
    assert {"curve", "viewers", "timelines", "groups", "norms", "export", "compare"} <= with_it


@pytest.fixture
def hall(store):
    """Return a store with "hall": eight viewers, 20 s."""
    room = pretend.Room(viewers=8, seconds=20.0, jokes=((10, 0.8),))
    put(store, pretend.session(room, rate_hz=2.0, name="hall"))
    return store


@pytest.mark.slow
def test_what_is_of_single_viewers_is_refused(hall, tmp_path, monkeypatch, capfd):
    """With the option, and with the variable that a studio sets once; nothing is written."""
    picture = tmp_path / "room.png"
    cv2.imwrite(str(picture), np.zeros((90, 120), np.uint8))
    for given in OF_SINGLES:
        words = [str(picture) if word == PICTURE else word for word in given]
        ending = {"mot": ".txt", "affectiva": ".json"}.get(
            words[3] if len(words) > 3 else "", ".csv"
        )
        path = tmp_path / f"out{ending}"
        monkeypatch.delenv("LAUGHTRACK_MIN_VIEWERS", raising=False)
        assert app.main([*words, "-o", str(path), "--min-viewers", "3"]) == 2
        monkeypatch.setenv("LAUGHTRACK_MIN_VIEWERS", "2")
        assert app.main([*words, "-o", str(path)]) == 2
        said = capfd.readouterr()
        assert said.out == "" and "single viewers" in " ".join(said.err.split())
        assert not path.exists()
        assert app.main([*words, "-o", str(path), "--min-viewers", "1"]) == 0
        path.unlink()
        capfd.readouterr()


@pytest.mark.slow
def test_what_is_withheld_is_said(hall, capfd):
    """On standard error, beside the figures."""
    assert app.main(["curve", "hall", "--min-viewers", "4", "--format", "json"]) == 0
    said = capfd.readouterr()
    assert "--min-viewers 4: figures are of 1 fixed group of 8 viewers" in said.err
    shown = [row for row in json.loads(said.out) if row["share_smiling"] is not None]
    assert len(shown) > 5 and {row["judged"] for row in shown} == {8}
    assert app.main(["peaks", "hall", "--min-viewers", "9"]) == 0
    assert "all figures are withheld" in capfd.readouterr().err


@pytest.mark.slow
def test_functions_withhold_as_the_commands_do(hall, tmp_path, monkeypatch):
    """A session loaded with a least number keeps it, whatever is made of it."""
    private, open_ = (api.load("hall", hall, min_viewers=least) for least in (4, 1))
    path = tmp_path / "curve.csv"
    assert app.main(["curve", "hall", "--min-viewers", "4", "-o", str(path)]) == 0
    for made in (api.curve(private), api.curve(private, min_viewers=2), api.curve(open_, 1.0, 4)):
        pd.testing.assert_frame_equal(pd.read_csv(path), made, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match=r"min_viewers is 4.*viewers is of single viewers"):
        api.viewers(private)
    assert len(api.viewers(open_)) == 8
    assert '"heat":null' in api.report(private).html and '"heat":null' in api.report(open_, 3).html
    assert "8 viewers" in private._repr_html_()
    monkeypatch.setenv("LAUGHTRACK_MIN_VIEWERS", "4")
    assert api.load("hall", hall).min_viewers == 4
    monkeypatch.setenv("LAUGHTRACK_MIN_VIEWERS", "few")
    with pytest.raises(ValueError, match="LAUGHTRACK_MIN_VIEWERS is 'few'"):
        api.load("hall", hall)
