"""Mending a session through the server: what is shown, made, refused and undone."""

import cv2
import numpy as np
import pytest

from laughtrack.analytics.store.sessions import load_audience
from tests.analytics import pretend
from tests.analytics.browsing import make_film, shade
from tests.analytics.review.broken_audience import stored
from tests.analytics.web.serving import client, csrf_token

API = "/api/v1/sessions/pretend"


@pytest.fixture
def room(tmp_path):
    """Return a session of 12 viewers for a minute, stored below the test's folder."""
    room = pretend.session(pretend.Room(viewers=12, seconds=60.0), rate_hz=2.0)
    stored(tmp_path / "store", room)
    return room


def correct(asked, made_on, **values):
    """Make a correction as a page does; return the answer."""
    header = {"x-csrf-token": csrf_token(asked)}
    return asked.post(f"{API}/corrections", json={"made_on": made_on, **values}, headers=header)


@pytest.mark.slow
def test_a_session_is_mended_and_mended_back(room, tmp_path):
    """Each correction is in the list and in what is loaded; the second of two people is told."""
    asked = client(tmp_path)
    first = asked.get(f"{API}/review").json()
    assert (first["version"], len(first["viewers"]), first["corrections"]) == (0, 12, [])
    assert first["length_s"] == 60 and first["viewers"][0]["spans"][0][0] < 2
    made = correct(asked, 0, kind="split", viewers=[3], from_s=30, who="Ada", why="came late")
    assert made.json() == {"number": 1, "version": 1}
    late = correct(asked, 0, kind="exclude", viewers=[3])
    assert late.status_code == 409 and "by somebody else meanwhile" in late.json()["detail"]
    assert correct(asked, 1, kind="merge", viewers=[3, 100001]).status_code == 200
    assert correct(asked, 2, kind="exclude", viewers=[9], from_s=10.5).status_code == 200
    assert correct(asked, 3, kind="group", viewers=[1, 2], name="press").status_code == 200
    assert correct(asked, 4, kind="opt-out", viewers=[5]).status_code == 200
    assert correct(asked, 5, kind="opt-out", box=[0, 0, 60, 60], to_s=9).status_code == 200
    found = asked.get(f"{API}/review?device=hall").json()
    assert [each["number"] for each in found["corrections"]] == [1, 2, 3, 4, 5, 6]
    assert {"who": "Ada", "why": "came late", "kind": "split"}.items() <= found["corrections"][
        0
    ].items()
    by_id = {each["viewer"]: each for each in found["viewers"]}
    assert 5 not in by_id and by_id[9]["spans"][-1][1] < 11 and by_id[2]["group"] == "press"
    assert load_audience(str(tmp_path / "store"), "pretend").amended.mended == 6
    curve = asked.get(f"{API}/viewers").json()
    assert "6 corrections by a person" in curve["notes"] and len(curve["rows"]) == 11
    curve = asked.get(f"{API}/viewers?uncorrected=true").json()
    assert "as recorded, without 6 corrections by a person" in curve["notes"]
    assert len(curve["rows"]) == 12
    withheld = client(tmp_path, min_viewers=3).get(f"{API}/curve?uncorrected=true")
    assert withheld.status_code == 422 and "what single viewers did" in withheld.json()["detail"]
    for number in range(6, 12):
        assert correct(asked, number, kind="undo").status_code == 200
    last = asked.get(f"{API}/review").json()
    assert last["viewers"] == first["viewers"] and last["version"] == 12
    assert [each["holds"] for each in last["corrections"]] == [False] * 6 + [True] * 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({"kind": "merge", "viewers": [3, 4]}, 422, "seen at the same time"),
        ({"kind": "merge", "viewers": [3, 99]}, 422, "no viewer 99"),
        ({"kind": "split", "viewers": [3]}, 422, "expected from_s"),
        ({"kind": "split", "viewers": [3, 4], "from_s": 9}, 422, "expected one viewer"),
        ({"kind": "opt-out", "box": [5, 5, 5, 9]}, 422, "x1 < x2"),
        ({"kind": "undo"}, 422, "nothing to undo"),
        ({"kind": "undo", "of": 7}, 422, "no correction 7"),
        ({"kind": "group", "viewers": [3], "name": "a\nb"}, 422, "one line"),
        ({"kind": "exclude", "viewers": [-1]}, 422, ""),
        ({"kind": "exclude", "viewers": [3], "from_s": 1e9}, 422, ""),
        ({"kind": "drop", "viewers": [3]}, 422, ""),
    ],
)
def test_what_cannot_be_is_refused(values, status, says, room, tmp_path):
    """In the sentence that the command says; nothing is made."""
    asked = client(tmp_path)
    answer = correct(asked, 0, **values)
    assert answer.status_code == status and says in str(answer.json()["detail"])
    assert asked.get(f"{API}/review").json()["version"] == 0


@pytest.mark.slow
def test_boxes_are_those_of_the_moment(room, tmp_path):
    """Each viewer's last box within a second, under the ID that counts."""
    asked = client(tmp_path)
    correct(asked, 0, kind="split", viewers=[3], from_s=30)
    at = {}
    for t_s in (20, 40):
        found = asked.get(f"{API}/review/boxes?t_s={t_s}").json()["boxes"]
        at[t_s] = {each["viewer"]: each["box"] for each in found}
    assert 3 in at[20] and 100001 in at[40] and at[20][3] == at[40][100001]
    own = room.readings[room.readings["viewer_id"] == 3].iloc[0]
    assert at[20][3] == [own["x1"], own["y1"], own["x2"], own["y2"]]
    assert asked.get(f"{API}/review/boxes?t_s=500").json() == {"boxes": []}


@pytest.mark.slow
def test_single_viewers_are_withheld(room, tmp_path):
    """Where figures of few are, there is nothing to be reviewed, and the page says why."""
    asked = client(tmp_path, min_viewers=3)
    for path in (f"{API}/review", f"{API}/review/boxes?t_s=1", "/sessions/hall/pretend/review"):
        answer = asked.get(path)
        assert answer.status_code == 403 and "of single viewers and withheld" in answer.text
    assert correct(asked, 0, kind="exclude", viewers=[3]).status_code == 403
    assert asked.get("/sessions/hall/pretend/review/picture?t_s=1").status_code in (403, 404)


@pytest.mark.slow
def test_what_is_gone_or_from_elsewhere(room, tmp_path):
    """No session, no token, a name that is markup: each gets its answer."""
    asked = client(tmp_path)
    assert asked.get("/sessions/hall/nobody/review").status_code == 404
    assert asked.get("/sessions/elsewhere/pretend/review").status_code == 404
    page = asked.get("/sessions/hall/pretend/review")
    assert (
        page.status_code == 200 and "unsafe-inline" not in page.headers["content-security-policy"]
    )
    sent = {"made_on": 0, "kind": "exclude", "viewers": [3]}
    elsewhere = {"origin": "http://evil.example"}
    assert asked.post(f"{API}/corrections", json=sent, headers=elsewhere).status_code == 403
    name = "<script>alert(1)</script>"
    assert correct(asked, 0, kind="group", viewers=[3], name=name).status_code == 200
    assert name in asked.get(f"{API}/review").json()["corrections"][0]["what"]


@pytest.mark.slow
def test_the_picture_is_the_film_s_at_that_moment(tmp_path):
    """Only where it may be shown, of the very film that was scored, and kept nowhere."""
    films = tmp_path / "films" / "inner"
    films.mkdir(parents=True)
    film = make_film(films / "night.mp4", seconds=20)
    settings = {"bytes": film.stat().st_size, "from_s": 5.0}
    info = {"source": "night.mp4", "settings": settings}
    room = pretend.session(pretend.Room(viewers=3, seconds=10.0), rate_hz=2.0)
    stored(tmp_path / "store", room, info=info)
    path = "/sessions/hall/pretend/review/picture?t_s=4.5"
    folders = {"footage": (tmp_path / "films",)}
    assert client(tmp_path, **folders).get(path).status_code == 404
    shown = client(tmp_path, allow_preview=True, **folders)
    assert "data-film" in shown.get("/sessions/hall/pretend/review").text
    before = {each for each in tmp_path.rglob("*")}
    answer = shown.get(path)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert abs(float(image.mean()) - shade(9)) < 3
    assert {each for each in tmp_path.rglob("*")} == before
    assert shown.get(path.replace("4.5", "400")).status_code == 404
    with open(film, "ab") as file:
        file.write(b"another film")
    assert shown.get(path).status_code == 404
