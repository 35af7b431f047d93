"""The film beside the page: which files are taken, how the page calls them, and stills of them."""

import base64
import shutil

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from laughtrack.analytics.report.film import film_of, stills
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.cli import app
from tests.analytics.browsing import shade
from tests.analytics.report.test_report import Page, rows_of, words

ROOM = {"source": "hall-2.mp4"}


def still_of(uri):
    """Return a still's picture."""
    data = base64.b64decode(uri.partition("base64,")[2])
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.slow
def test_film_beside_the_page_is_called_by_its_place(film, tmp_path):
    """Page and film can be moved together."""
    (tmp_path / "films").mkdir()
    shutil.copy(film, tmp_path / "films" / "ä film.mp4")
    found = film_of(tmp_path / "films" / "ä film.mp4", {}, tmp_path / "page.html")
    assert found.url == "films/%C3%A4%20film.mp4"


@pytest.mark.slow
def test_film_elsewhere_is_called_by_its_address(film, tmp_path):
    """Another folder's film has its full address."""
    found = film_of(film, {}, tmp_path / "page.html")
    assert found.url == film.as_uri()
    assert found.length_s == pytest.approx(60, abs=0.2)


def test_missing_film(tmp_path):
    """The error names the option and the file."""
    with pytest.raises(ValueError, match=r"--media .*none\.mp4: no such file"):
        film_of(tmp_path / "none.mp4", ROOM)


def test_what_is_no_film(tmp_path):
    """A file that OpenCV reads no picture from is refused."""
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    with pytest.raises(ValueError, match=r"notes\.mp4: this is no film that can be read"):
        film_of(path, ROOM)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hall-2.mp4", "HALL-2.MP4"])
def test_footage_of_the_room_is_refused(film, tmp_path, name):
    """The viewers' faces do not come onto the page by its own footage's name."""
    shutil.copy(film, tmp_path / name)
    with pytest.raises(ValueError, match=r"footage of the room .* the viewers' faces on the page"):
        film_of(tmp_path / name, ROOM)


def test_link_to_the_footage_is_refused(film, tmp_path):
    """Another name for the same file does not help."""
    shutil.copy(film, tmp_path / "hall-2.mp4")
    (tmp_path / "show.mp4").symlink_to(tmp_path / "hall-2.mp4")
    with pytest.raises(ValueError, match="footage of the room"):
        film_of(tmp_path / "show.mp4", ROOM)


def test_stills_are_of_their_times(film):
    """Each still is the film's picture at its time; there is none before or after the film."""
    found = stills(film_of(film, {}), [31.5, -2.0, 5.2, 60.5])
    assert sorted(found) == [0, 2]
    for place, t_s in ((0, 31.5), (2, 5.2)):
        assert abs(still_of(found[place]).mean() - shade(t_s)) < 3


@pytest.mark.slow
def test_table_of_moments_has_stills(room, film):
    """A row of a peak has the film's picture at its film time, and words for it."""
    made = report(room(info={"media_offset_s": 4.0}), extras=Extras(film_of(film, {})))
    first = rows_of(made, "No.")[0]
    at = made.index('<img class="still" src="') + len('<img class="still" src="')
    minutes, seconds = first[2].split(":")
    film_s = 60 * int(minutes) + float(seconds)
    assert abs(still_of(made[at : made.index('"', at)]).mean() - shade(film_s)) < 4
    assert f'alt="The film at {first[2]}"' in made


@pytest.mark.slow
def test_page_says_where_the_film_is(room, film):
    """The film stays in its file, and the page says which."""
    made = report(room(), extras=Extras(film_of(film, {})))
    assert film.as_uri() in Page(made).addresses
    assert "From the file the film.mp4, which is not part of this page." in words(made)
    assert "media-src" in made
    assert "media-src" not in report(room())


@pytest.mark.slow
def test_short_film(room, film):
    """A film that ends before the session is told of."""
    made = report(room(seconds=90), extras=Extras(film_of(film, {})))
    assert "The film ends at 1:00, before the session does." in words(made)
    assert "ends at" not in words(report(room(), extras=Extras(film_of(film, {}))))


@pytest.mark.slow
def test_command_refuses_a_missing_film(room, tmp_path, monkeypatch):
    """The command says so in one line, and writes no page."""
    monkeypatch.setattr("laughtrack.analytics.store.sessions.load", lambda *_, **__: room())
    page = tmp_path / "page.html"
    told = CliRunner().invoke(app.app, ["report", "friday", "--media", "none.mp4", "-o", str(page)])
    assert isinstance(told.exception, ValueError)
    assert not page.exists()
