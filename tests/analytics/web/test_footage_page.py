"""Adding footage: chosen below a folder, or uploaded; the queue, and what happens to it."""

import json
import time

import pytest

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.web.jobs import uploads
from laughtrack.edge.simulate.simulate import simulate
from tests.analytics.web.serving import client, csrf_token

PATIENCE_S = 120


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Four seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("film") / "room.mp4"
    simulate(path, 3, 4, (400, 226), seed=2)
    return path


@pytest.fixture
def folder(tmp_path):
    """Return a folder of films, with what is none of them, and a way out of it."""
    films = tmp_path / "films"
    (films / "day 10").mkdir(parents=True)
    (films / "day 2").mkdir()
    (films / ".hidden").mkdir()
    for name in ("a.mp4", "notes.txt", ".secret.mp4", "day 2/b.MOV", ".hidden/c.mp4"):
        (films / name).write_bytes(b"no film at all")
    (tmp_path / "outside.mp4").write_bytes(b"someone else's")
    (films / "way out").symlink_to(tmp_path)
    (films / "link.mp4").symlink_to(tmp_path / "outside.mp4")
    return films


class Page:
    """The page's requests."""

    def __init__(self, asked):
        self.asked = asked
        self.header = {"x-csrf-token": csrf_token(asked), "accept": "*/*"}

    def post(self, address, **values):
        """Send JSON as the page does."""
        return self.asked.post(address, json=values, headers=self.header)

    def upload(self, data, **told):
        """Send a film as the page does."""
        return self.asked.post("/footage/uploads", params=told, content=data, headers=self.header)

    def jobs(self):
        """Return the queue."""
        return self.asked.get("/footage/jobs").json()

    def until(self, state):
        """Return the one job once it is in a state."""
        until_s = time.monotonic() + PATIENCE_S
        while (job := self.jobs()[0])["state"] != state:
            assert time.monotonic() < until_s, job
            time.sleep(0.05)
        return job


@pytest.fixture
def page(tmp_path, folder):
    """Return a page of a server whose queue stands still."""
    return Page(client(tmp_path, footage=(folder,), upload_limit_bytes=1000))


@pytest.fixture
def working(tmp_path, film):
    """Return a page of a server that works."""
    with client(tmp_path, footage=(film.parent,), allow_preview=True) as asked:
        yield Page(asked)


def test_films_and_folders_are_listed(page):
    """In order, numbers as numbers; what is hidden, leads out or is no film is not there."""
    there = page.asked.get("/footage/files").json()
    assert there["folders"] == ["day 2", "day 10"]
    assert there["films"] == [["a.mp4", 14]]
    assert page.asked.get("/footage/files?path=day+2").json()["films"] == [["b.MOV", 14]]


@pytest.mark.parametrize(
    "path",
    [
        "../outside.mp4",
        "day 2/../../outside.mp4",
        "/etc/passwd",
        "way out/outside.mp4",
        "way out",
        "link.mp4",
        ".secret.mp4",
        ".hidden/c.mp4",
        "notes.txt",
        "day 2",
        "none.mp4",
        "a.mp4\0.txt",
        "..",
        "",
        "a.mp4/",
        "http://127.0.0.1/a.mp4",
    ],
)
def test_no_path_leads_out(path, page):
    """Each is refused alike, whether or not it is there."""
    for root in (0, 1, -1):
        answer = page.post("/footage/jobs", root=root, path=path)
        # A slash at the end of a film's name is the film.
        if (root, path) == (0, "a.mp4/"):
            continue
        assert answer.status_code == 422 and "outside" not in json.dumps(page.jobs())
        listing = page.asked.get("/footage/files", params={"root": root, "path": path})
        if (root, path) not in ((0, ""), (0, "day 2")):
            assert listing.status_code == 422
            assert "someone" not in listing.text and "root:" not in listing.text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/cron.mp4", "cron.mp4"),
        ("C:\\films\\night.mp4", "night.mp4"),
        ("<img src=x onerror=alert(1)>.mp4", "_img src=x onerror=alert(1)_.mp4"),
        ("..", "film"),
        ("", "film"),
        (".mp4", "mp4"),
        ("a\x00\n\x1b[31mb.mp4", "a___[31mb.mp4"),
        ("x" * 500 + ".mp4", "x" * 120 + ".mp4"),
        ("Üben 2026.mov", "Üben 2026.mov"),
    ],
)
def test_uploads_names_are_harmless(said, kept):
    """The last part alone, with nothing that a shell, a disk or a terminal takes for more."""
    assert uploads.file_name(said) == kept


def test_upload_waits_in_its_own_folder(page, tmp_path):
    """Whatever its name says; and the page shows the name."""
    assert page.upload(b"film", name="../../x.mp4", title="A <b>title</b>").status_code == 200
    (job,) = page.jobs()
    assert (job["name"], job["title"], job["state"]) == ("x.mp4", "A <b>title</b>", "waiting")
    files = [each for each in (tmp_path / "state").rglob("*.mp4")]
    assert [each.read_bytes() for each in files] == [b"film"]
    assert files[0].parent.parent == tmp_path / "state" / "uploads"
    assert files[0].parent.stat().st_mode & 0o077 == 0


def test_upload_that_is_too_large_leaves_nothing(page, tmp_path):
    """Told before it is read, or as soon as it is too long."""
    assert page.upload(b"x" * 1001, name="x.mp4").status_code == 413

    def unsaid():
        for _ in range(11):
            yield b"x" * 100

    answer = page.upload(unsaid(), name="x.mp4")
    assert answer.status_code == 413 and "larger than" in answer.json()["detail"]
    assert page.upload(b"", name="x.mp4").status_code == 400
    assert page.jobs() == []
    assert not [*(tmp_path / "state").rglob("*.mp4")]


def test_what_replay_would_refuse_is_refused(page):
    """Contexts, titles and names, before a film is read."""
    for told, words in (
        ({"context": "team meeting"}, "work or in education"),
        ({"context": "party"}, "expected a word such as"),
        ({"title": "Lesson 3, class 7b"}, ""),
        ({"session": "../x"}, "session"),
        ({"preview": True}, "--allow-preview"),
    ):
        answer = page.post("/footage/jobs", root=0, path="a.mp4", **told)
        assert answer.status_code == 422 and words in answer.json()["detail"]
        assert page.upload(b"film", name="x.mp4", **told).status_code == 422
    assert page.jobs() == []


def test_second_browser_is_told(page):
    """What was cancelled or removed meanwhile is not so again."""
    page.post("/footage/jobs", root=0, path="a.mp4")
    job = f"/footage/jobs/{page.jobs()[0]['id']}"
    assert page.post(f"{job}/remove").status_code == 409
    assert page.post(f"{job}/cancel").status_code == 200
    answer = page.post(f"{job}/cancel")
    assert answer.status_code == 409 and "cancelled meanwhile" in answer.json()["detail"]
    assert page.post(f"{job}/remove").status_code == 200
    assert page.post(f"{job}/retry").status_code == 404


def test_queue_outlives_the_server(page, tmp_path, folder):
    """Titles with odd characters, too; what of uploads no job knows is removed."""
    page.post("/footage/jobs", root=0, path="a.mp4", title='"\u2028</script>\n')
    page.post(f"/footage/jobs/{page.jobs()[0]['id']}/cancel")
    (tmp_path / "state" / "uploads" / "broken-off").mkdir(parents=True)
    with client(tmp_path, footage=(folder,)) as again:
        assert Page(again).jobs() == page.jobs()
        assert not (tmp_path / "state" / "uploads" / "broken-off").exists()


@pytest.mark.slow
def test_upload_is_scored_and_removed(working, film, tmp_path):
    """A session with its title, a preview that was asked for, and the upload is gone."""
    working.upload(film.read_bytes(), name="my room.mp4", title="Night", preview=True)
    done = working.until("done")
    assert done["address"] == "/sessions/replay/my-room" and not done["uploaded"]
    assert "3 viewers" in done["message"]
    row = list_sessions(str(tmp_path / "store")).iloc[0]
    assert (row.session, row.title, row.complete) == ("my-room", "Night", True)
    assert not [*(tmp_path / "state").rglob("my room.mp4")]
    assert working.asked.get(done["preview"]).content[4:8] == b"ftyp"
    working.post(f"/footage/jobs/{done['id']}/remove")
    assert working.asked.get(done["preview"]).status_code == 404
    assert not [*(tmp_path / "state").rglob("*.mp4")]


@pytest.mark.slow
def test_no_film_fails_with_its_reason(working):
    """And the next one is scored all the same."""
    working.upload(b"This is no film." * 100, name="letter.mp4")
    failed = working.until("failed")
    assert "letter.mp4" in failed["message"] and "Traceback" not in failed["message"]
    working.post("/footage/jobs", root=0, path="room.mp4")
    until_s = time.monotonic() + PATIENCE_S
    while working.jobs()[1]["state"] != "done":
        assert time.monotonic() < until_s
        time.sleep(0.05)
