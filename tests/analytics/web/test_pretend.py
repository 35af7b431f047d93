"""The pretend audience: filmed once, played by whoever plays films, and told how far it is."""

import asyncio

import pytest

from laughtrack.analytics.web.jobs.pretend import FAILED, LIVE, Pretend
from laughtrack.analytics.web.sessions_cache import Key
from tests.analytics.web.serving import client, csrf_token


async def settled(pretend):
    """Return how it ended."""
    while pretend.status()["state"] not in (FAILED, LIVE):
        await asyncio.sleep(0.05)
    return pretend.status()


@pytest.mark.slow
def test_it_is_filmed_once_and_played(tmp_path):
    """The film alone is kept; a second click plays it at once."""
    played = []

    async def play(film, title, session):
        played.append((film.read_bytes()[4:8], title))
        return Key("live", session)

    async def run():
        pretend = Pretend(tmp_path / "pretend", play, seconds=1)
        pretend.begin()
        pretend.begin()  # two clicks are one
        first = await settled(pretend)
        film = (tmp_path / "pretend" / "audience.mp4").stat().st_mtime_ns
        pretend.begin()
        await settled(pretend)
        assert (tmp_path / "pretend" / "audience.mp4").stat().st_mtime_ns == film
        return first

    first = asyncio.run(run())
    assert played == [(b"ftyp", "Pretend audience")] * 2
    assert first["key"].session.startswith("pretend-")
    assert [each.name for each in (tmp_path / "pretend").iterdir()] == ["audience.mp4"]


def test_what_cannot_be_played_is_told(tmp_path):
    """And can be tried again."""
    (tmp_path / "audience.mp4").write_bytes(b"")

    async def play(film, title, session):
        raise ValueError("2 sessions run on this machine already: stop one of them")

    async def run():
        pretend = Pretend(tmp_path, play)
        for _ in range(2):
            pretend.begin()
            said = await settled(pretend)
            assert said["state"] == FAILED and "stop one of them" in said["message"]
        await pretend.close()

    asyncio.run(run())


def test_pages_lead_to_it(tmp_path):
    """Where nothing is stored, and where nothing is recorded; it needs the page's token."""
    asked = client(tmp_path)
    for path in ("/sessions", "/live"):
        assert "Try it with a pretend audience" in asked.get(path).text
    assert asked.post("/pretend").status_code == 403
    assert asked.get("/pretend").json()["state"] == "idle"
    assert csrf_token(asked)
