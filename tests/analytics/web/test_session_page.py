"""The *Session* page without a browser: what it offers, what it withholds, and what it refuses."""

import re

import pytest

from laughtrack.analytics.report.content_policy import hashes_of
from laughtrack.analytics.store.metadata_changes import change_title
from tests.analytics import pretend
from tests.analytics.browsing import make_film
from tests.analytics.web.audiences import store_audience
from tests.analytics.web.serving import client, csrf_token
from tests.cli.test_statistics import put

pytestmark = pytest.mark.slow
PAGE, INPUTS = "/sessions/cam/hall", "/api/v1/sessions/hall/inputs"


@pytest.fixture
def store(tmp_path):
    """Return a folder whose store has a session of eight."""
    store_audience(str(tmp_path / "store"), "hall", title="<script>alert(1)</script>", viewers=8)
    (tmp_path / "films").mkdir()
    return tmp_path


def test_report_may_run_its_own_scripts_alone(store):
    """The header names the same as the page's own policy; nothing is allowed inline by name."""
    answer = client(store).get(f"{PAGE}/report")
    policy = answer.headers["content-security-policy"]
    (scripts,) = re.findall("script-src ([^;]+)", policy)
    assert hashes_of(answer.text) and set(hashes_of(answer.text)) == set(scripts.split()[1:])
    assert "unsafe" not in scripts and "<script>alert" not in answer.text


def test_what_is_of_single_viewers_is_not_offered(store):
    """Neither as a table nor as a file for another program."""
    offered, withheld = (client(store, min_viewers=least).get(PAGE).text for least in (1, 3))
    for word in ("/timelines?", "/smiles?", "/viewers?", "openface", "affectiva"):
        assert word in offered and word not in withheld
    assert "figures are of" in withheld and "alert(1)</script>" not in offered


def choose_film(asked, path):
    """Choose a film; return the answer."""
    version = asked.get(INPUTS).json()["version"]
    return asked.patch(INPUTS, json={"version": version, "film": str(path)})


@pytest.mark.parametrize("kind", ["outside", "link", "up", "no film", "nothing", "zero"])
def test_film_lies_below_the_servers_folders(kind, store):
    """Whatever leads out of them is refused, and is not said to be there."""
    outside = make_film(store / "outside.mp4", seconds=1)
    inside = store / "films"
    (inside / "link.mp4").symlink_to(outside)
    (inside / "notes.txt").write_text("not for all")
    named = {
        "outside": outside,
        "link": inside / "link.mp4",
        "up": inside / ".." / "outside.mp4",
        "no film": inside / "notes.txt",
        "nothing": inside / "nothing.mp4",
        "zero": "films/\0.mp4",
    }[kind]
    answer = choose_film(client(store, footage=(inside,)), named)
    assert answer.status_code == 422 and "below the server's --footage" in answer.json()["detail"]


def test_film_plays_beside_the_report_in_parts(store):
    """Only what was chosen; and no more once it is taken away."""
    film = make_film(store / "films" / "shown.mp4", seconds=2)
    asked = client(store, footage=(store / "films",))
    assert asked.get(f"{PAGE}/film").status_code == 404
    assert choose_film(asked, film).status_code == 200
    assert f'src="{PAGE}/film"' in asked.get(f"{PAGE}/report").text
    part = asked.get(f"{PAGE}/film", headers={"range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, film.read_bytes()[4:12])
    assert f"{PAGE}/film" not in asked.get(f"{PAGE}/report?save=1").text
    film.unlink()
    gone = asked.get(f"{PAGE}/report")
    assert gone.status_code == 422 and "shown.mp4" in gone.text
    assert choose_film(asked, "").json()["film"] == ""
    assert asked.get(f"{PAGE}/report").status_code == 200


def test_footage_of_the_room_is_no_film(store):
    """It is known by the faces in it, as the command knows it; without faces it is a film."""
    session = pretend.session(pretend.Room(viewers=3, seconds=12.0), rate_hz=2.0, name="rows")
    put(str(store / "store"), session)
    seats = session.readings.groupby("viewer_id")[["x1", "y1", "x2", "y2"]].median().to_numpy()
    # Smaller, so that they are in the film's picture.
    seats = 0.45 * seats + 10
    film = make_film(store / "films" / "room.mp4", seconds=12, rate=5)
    for boxes, status in ((seats, 422), (seats[:0], 200)):

        def known(info, boxes=boxes):
            return (lambda picture: boxes), (lambda path: "")

        asked = client(store, footage=(store / "films",), knows_room=known)
        body = {"version": 0, "film": str(film)}
        answer = asked.patch("/api/v1/sessions/rows/inputs", json=body)
        assert answer.status_code == status
        assert status == 200 or "footage of the room" in answer.json()["detail"]


def test_inputs_that_do_not_fit_are_said_in_the_reports_place(store):
    """And can be taken away again."""
    asked = client(store)
    assert asked.patch(INPUTS, json={"version": 0, "by": "side"}).status_code == 200
    answer = asked.get(f"{PAGE}/report")
    assert answer.status_code == 422 and "fewer than two groups" in answer.text
    assert asked.get(PAGE).status_code == 200
    assert asked.patch(INPUTS, json={"version": 1, "by": ""}).status_code == 200
    assert asked.get(f"{PAGE}/report").status_code == 200


def test_report_follows_the_session(store):
    """A new title is on it at once; the same report is not made twice."""
    asked = client(store)
    first = asked.get(f"{PAGE}/report").text
    assert asked.get(f"{PAGE}/report").text == first
    change_title(str(store / "store"), "hall", "The Day Bus")
    assert "<h1>The Day Bus</h1>" in asked.get(f"{PAGE}/report").text


def test_forgetting_a_session_forgets_what_was_given_for_it(store):
    """At once from the page, and with the next look at the list where a command did it."""
    asked = client(store)
    folder = store / "state" / "sessions" / "cam"
    for name in ("hall", "gone"):
        (folder / name).mkdir(parents=True)
        (folder / name / "groups.csv").write_text("viewer_id,name\n")
    asked.app.state.sessions.list()
    asked.get("/sessions")
    assert {each.name for each in folder.iterdir()} == {"hall"}
    nothing = client(store, store=str(store / "elsewhere"))
    assert nothing.get("/sessions").status_code == 200
    assert {each.name for each in folder.iterdir()} == {"hall"}
    text = asked.get(f"{PAGE}/forget").text
    fields = {name: re.search(f'name="{name}" value="([^"]*)"', text)[1] for name in ("version",)}
    with asked:
        fields["csrf_token"] = csrf_token(asked)
        assert asked.post(f"{PAGE}/forget", data=fields).status_code == 303
    assert not [*folder.iterdir()]
    assert asked.get(PAGE).status_code == 404
