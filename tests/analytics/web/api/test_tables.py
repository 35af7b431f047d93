"""The API's tables are those of the commands, to the last digit and in every form."""

import base64
import io
import json

import pandas as pd
import pytest

from laughtrack.analytics.web.api.more_rows import ComparedRow
from laughtrack.cli import app
from tests.analytics import pretend
from tests.analytics.web.serving import client
from tests.cli.test_statistics import put

pytestmark = pytest.mark.slow

SCENES = "start,end,name\n100,115,Joke\n115,140,=Rest\n"
DIAL = "time,anna\n" + "".join(f"{100 + t},{abs(10 - t)}\n" for t in range(40))
GROUPS = "viewer_id,ticket\n" + "".join(
    f"{v},{'paid' if v > 10 else 'free'}\n" for v in range(1, 21)
)
FILES = {"scenes": SCENES, "dial": DIAL, "groups": GROUPS}
# What is asked of the API, and the command's words; {folder} has the files.
SAME = (
    ("curve?bin=2", "curve hall --bin 2"),
    ("peaks", "peaks hall"),
    ("scenes", "scenes hall {folder}/scenes.csv"),
    ("groups?by=row", "groups hall --by row --means"),
    ("groups/pairs?by=file", "groups hall --by {folder}/groups.csv"),
    ("dial?max_lag=5", "dial hall {folder}/dial.csv --max-lag 5"),
    ("dial/curve", "dial hall {folder}/dial.csv --curve"),
    ("synchrony?null=phase", "synchrony hall --null phase"),
    ("norms", "norms hall"),
)
# Of all sessions.
OF_ALL = (
    ("norms?by=length,audience", "norms --by length,audience"),
    ("norms/drift?score=reach", "norms --drift --score reach"),
)
SINGLES = (
    ("viewers", "viewers hall"),
    ("timelines?viewer=3", "timelines hall --viewer 3"),
    ("synchrony/windows?window=20", "synchrony hall --of windows --window 20"),
    ("synchrony/viewers", "synchrony hall --of viewers"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a store of two sessions, and the files that come with one."""
    folder = tmp_path_factory.mktemp("api")
    for name in ("hall", "late"):
        room = pretend.Room(20, 40.0, ((10, 0.8), (30, 0.5)), seed=len(name) + ord(name[0]))
        put(str(folder / "store"), pretend.session(room, rate_hz=2.0, name=name), 100.0)
    for kind, text in FILES.items():
        (folder / f"{kind}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def asked(folder):
    """Return who asks a server that was given the files."""
    asked = client(folder)
    for version, (kind, text) in enumerate(FILES.items()):
        content = base64.b64encode(text.encode()).decode()
        body = {"version": version, "name": f"{kind}.csv", "content": content}
        answer = asked.put(f"/api/v1/sessions/hall/inputs/{kind}", json=body)
        assert answer.status_code == 200, answer.text
    return asked


def told(capfd, folder, words, *more):
    """Return what a command writes."""
    capfd.readouterr()
    command = words.format(folder=folder).split()
    assert app.main([*command, "--store", str(folder / "store"), *more]) == 0
    return capfd.readouterr().out


@pytest.mark.parametrize(
    "path, words, least",
    [(*each, 1) for each in (*SAME, *SINGLES)] + [(*each, 5) for each in (*SAME[:5], *SINGLES)],
)
def test_figures_are_those_of_the_command(path, words, least, folder, asked, capfd):
    """Also of five viewers at least, where what is of single viewers is refused."""
    answer = asked.get(f"/api/v1/sessions/hall/{path}", params=_least(path, least))
    if least > 1 and (path, words) in SINGLES:
        assert answer.status_code == 403 and "withheld" in answer.json()["detail"]
        return
    expected = told(capfd, folder, words, "--min-viewers", str(least), "--format", "json")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == json.loads(expected) != []
    assert expected.rstrip() in answer.text


def _least(path, least):
    """Return all parameters of a path, and the least number."""
    pairs = (each.split("=") for each in path.partition("?")[2].split("&") if each)
    return {**dict(pairs), "min_viewers": least}


@pytest.mark.parametrize("path, words", OF_ALL)
def test_norms_are_those_of_the_command(path, words, folder, asked, capfd):
    """With the same remarks; an unknown key or score is named with those there are."""
    answer = asked.get(f"/api/v1/{path}", params=_least(path, 1))
    expected = told(capfd, folder, words, "--format", "json")
    assert answer.json()["rows"] == json.loads(expected) != []
    wrong = asked.get(f"/api/v1/{path.replace('reach', 'mood').replace('length', 'mood')}")
    assert wrong.status_code == 422 and "'mood': expected" in wrong.json()["detail"]


def test_norms_of_few_alike_are_refused(asked):
    """With their number and what to do."""
    answer = asked.get("/api/v1/sessions/hall/norms?by=length")
    assert answer.status_code == 422 and "1 other session of length=0-5 min" in answer.text


def test_norms_on_the_page_are_of_those_alike(folder, asked):
    """As was chosen; too few are said in the report's place, and an unknown key at once."""
    version = asked.get("/api/v1/sessions/late/inputs").json()["version"]
    choices = {"version": version, "norms": True, "norms_by": "mood"}
    wrong = asked.patch("/api/v1/sessions/late/inputs", json=choices)
    assert wrong.status_code == 422 and "'mood': expected" in wrong.json()["detail"]
    choices["norms_by"] = "length"
    assert asked.patch("/api/v1/sessions/late/inputs", json=choices).status_code == 200
    page = asked.get("/sessions/cam/late").text
    assert "norms?by=length" in page and 'value="length"' in page
    assert "1 other session of length=0-5 min" in asked.get("/sessions/cam/late/report").text


def test_comparison_is_that_of_the_command(folder, asked, capfd):
    """With the scenes of the first; every row has the columns that the document names."""
    query = "a=hall&b=cam/late&scenes=true&block=2"
    answer = asked.get(f"/api/v1/compare?{query}")
    words = "compare hall cam/late --scenes {folder}/scenes.csv --block 2"
    rows = json.loads(told(capfd, folder, words, "--format", "json"))
    assert answer.json()["rows"] == rows
    assert {*rows[0]} == {*ComparedRow.model_fields}
    assert answer.json()["summary"]


@pytest.mark.parametrize("path, words", [SAME[1], SAME[2], SINGLES[1]])
def test_csv_and_parquet_are_those_of_the_command(path, words, folder, asked, capfd, tmp_path):
    """Byte for byte; no spreadsheet takes a scene's name for a formula."""
    for form in ("csv", "parquet"):
        file = tmp_path / f"table.{form}"
        told(capfd, folder, words, "-o", str(file))
        answer = asked.get(
            f"/api/v1/sessions/hall/{path}", params={**_least(path, 1), "format": form}
        )
        assert answer.content == file.read_bytes()
        assert f".{form}" in answer.headers["content-disposition"]
    assert len(pd.read_parquet(io.BytesIO(answer.content)))


def test_sessions_are_listed_page_by_page(folder, asked, capfd):
    """In the order that is asked for; how many there are in all is said."""
    rows = json.loads(told(capfd, folder, "sessions --sort name --format json"))
    answers = [
        asked.get(f"/api/v1/sessions?sort=name&per_page=1&page={page}").json() for page in (1, 2, 3)
    ]
    assert [row for each in answers for row in each["rows"]] == rows
    assert {each["total"] for each in answers} == {2}
    assert asked.get("/api/v1/sessions?name=l*").json()["rows"] == rows[1:]
    where = "where=session%3Dl*&where=viewers>0"
    assert asked.get(f"/api/v1/sessions?{where}").json()["rows"] == rows[1:]


def test_timelines_come_in_parts(asked):
    """Parts together are the whole."""
    whole = asked.get("/api/v1/sessions/hall/timelines").json()
    parts = [
        asked.get(f"/api/v1/sessions/hall/timelines?first={first}&rows=1000").json()["rows"]
        for first in (0, 1000)
    ]
    assert parts[0] + parts[1] == whole["rows"] and whole["total"] == len(whole["rows"]) > 1000


@pytest.mark.parametrize(
    "form, more",
    [("vtt", ""), ("openface", ""), ("mot", "--fps 30"), ("resolve", "--fps 25 --top 1")],
)
def test_exports_are_those_of_the_command(form, more, folder, asked, capfd, tmp_path):
    """Byte for byte."""
    told(capfd, folder, f"export hall --as {form} -o {tmp_path / 'file'} {more}")
    words = more.replace("--", "").split()
    query = dict(zip(words[::2], words[1::2], strict=True))
    answer = asked.get(f"/api/v1/sessions/hall/exports/{form}", params=query)
    assert answer.content == (tmp_path / "file").read_bytes() != b""
