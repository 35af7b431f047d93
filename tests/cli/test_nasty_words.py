"""Nasty words in every place that somebody outside fills go through every command."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import opentimelineio as otio
import pandas as pd
import pytest
import typer.main

from laughtrack.analytics.store.batches import extend
from laughtrack.cli import app
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.readings import Reading
from tests.analytics.faces_text import OPENFACE_1
from tests.edge.tables.test_spreadsheet import _is_safe
from tests.nasty import FILE_NAME, FORGED, MARKUP, NASTY, Page, assert_plain

pytestmark = pytest.mark.slow
ENDINGS = {"pyfeat": "csv", "otio": "otio", "fcpxml": "fcpxml"}
VERBS = ("ssh", "update", "status", "logs", "remove", "start", "stop", "restart")
DEVICES = {f"deploy {verb}" for verb in VERBS}
ALL = " ".join(NASTY)
# What a title may be: no halves of characters, and those the wire carries.
TITLES = {"a": ALL, "b": "\x1b[31m\n" + FORGED, "c": "=1+1"}


def _batches(session, title, viewers=10):
    """Yield a session's batches whose every text is nasty: 40 s, a laugh at 20 s."""
    info = {
        "title": title,
        "source": title,
        "context": "screening",
        "media_offset_s": 0.0,
        "settings": {text: text for text in NASTY},
        "versions": {text: text for text in NASTY[:20]},
        "model": {"score": title, title: title},
    }
    batcher = Batcher(BatchHeader("cam", session, "2026-01-31T20:15:00Z"), info)
    rng = np.random.default_rng(len(session))
    for number, t_s in enumerate(np.round(np.arange(200) / 5, 3).tolist()):
        laugh = 0.1 + 0.8 * max(np.cos(np.clip((t_s - 20) / 3, -0.5, 0.5) * np.pi), 0) ** 2
        smiles = np.clip(rng.normal(laugh, 0.05, viewers), 0, 1).round(3).tolist()
        batch = batcher.add(
            t_s,
            [
                Reading(viewer, t_s, (60 * viewer, 10, 60 * viewer + 50, 60), 0.9, smile, smile)
                for viewer, smile in enumerate(smiles, start=1)
            ],
        )
        if batch:
            marks = [{"t_s": t_s, "text": text} for text in NASTY[number % 25 :: 25]]
            yield batch._replace(info={**batch.info, "marks": marks})
    yield batcher.close({"complete": True})


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder of nasty files, with a store of nasty sessions."""
    folder = tmp_path_factory.mktemp("nasty")
    for session, title in TITLES.items():
        extend(str(folder / "store"), [*_batches(session, title)])
    bad = folder / FILE_NAME
    bad.mkdir()
    lasts = 40 / len(NASTY)
    scenes = [["start", "end", "name"]]
    scenes += [[k * lasts, (k + 1) * lasts, text] for k, text in enumerate(NASTY)]
    _write(bad / "scenes.csv", scenes)
    columns = {re.sub(r"\s+", " ", text).strip() + f" {k}": k for k, text in enumerate(NASTY)}
    dial = [[t_s, *(((t_s * 7 + k) % 5) for k in columns.values())] for t_s in range(40)]
    _write(bad / "dial.csv", [["t_s", *columns], *dial])
    groups = [["viewer_id", ALL[:300]], *([v, NASTY[v % 2 + 40]] for v in range(1, 11))]
    _write(bad / "groups.csv", groups)
    (bad / "faces.csv").write_text(OPENFACE_1)
    (bad / "batches.jsonl").write_text("".join(_bad_batches()))
    (bad / "det.txt").write_text("1,-1,1,1,9,9,1\n2,-1,1,1,9,9,1\n")
    for name in (NASTY[12].replace("\x00", ""), "x\n" + FORGED, "=1+1", "-1"):
        (bad / "set" / name).mkdir(parents=True)
        cv2.imwrite(str(folder / "face.png"), np.zeros((64, 64, 3), np.uint8))
        (folder / "face.png").rename(bad / "set" / name / (name + ".png"))
    (bad / "bad.png").write_bytes(b"no picture")
    _write(bad / "pictures.csv", [["picture", "smile"], *([text, text] for text in NASTY)])
    return folder


def _write(path, rows):
    # What holds a zero byte is no text file, and refused as such.
    cells = [[str(cell).replace("\0", "") for cell in row] for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(cells)


def _bad_batches():
    """Yield lines that are refused, for reasons that repeat their words."""
    (batch, *_) = _batches("z", "z")
    good = json.loads(json.dumps(batch._asdict()))
    for text in NASTY:
        for field in ("session", "device", "started_utc", "schema", "seq"):
            yield json.dumps({**good, field: text}) + "\n"
        yield json.dumps({**good, "info": {"context": "workplace " + text}}) + "\n"
    yield json.dumps({**good, "session": "arrived"}) + "\n"


def _commands():
    """Return every command that there is, as its words; those of groups too."""

    def walk(command, words):
        children = getattr(command, "commands", None)
        if not children:
            yield " ".join(words)
        for name, child in (children or {}).items():
            yield from walk(child, [*words, name])

    return sorted(walk(typer.main.get_command(app.app), []))


def _words(command, place):
    """Return lists of words with which a command meets nasty texts.

    A command that is not here fails the test: add what shows somebody else's words.
    """
    bad, out = place / FILE_NAME, place / f"out{FILE_NAME}"
    tables = [["--format", form] for form in ("table", "csv", "json")]
    of_session = {
        "viewers": [],
        "timelines": ["--viewer", "1"],
        "curve": ["--bin", "5"],
        "peaks": [],
        "synchrony": ["--of", "windows"],
        "norms": [],
        "scenes": [bad / "scenes.csv"],
        "groups": ["--by", bad / "groups.csv", "--min-group", "2"],
        "dial": [bad / "dial.csv"],
    }
    if command in of_session:
        more = of_session[command]
        # Only these show texts from outside in their cells.
        forms = tables if command in ("scenes", "groups") else tables[:1]
        return [[command, "a", *more, *form] for form in forms]
    exports = [["--as", form, "--fps", "25"] for form in ENDINGS]
    host = f"x{FILE_NAME}"
    options = ["--ssh-option", "BatchMode=yes"]
    if command in DEVICES:
        return [[*command.split(), "somewhere", *options, *(["-y"] * command.endswith("remove"))]]
    beside = [f"--{name}={bad / name}.csv" for name in ("scenes", "dial", "groups")]
    known = {
        "sessions": [*(["sessions", *form] for form in tables), [f"--x{FILE_NAME}"]],
        "report": [
            ["report", "a", "-o", f"{out}.html", "--norms", *beside],
            ["report", "a", "--media", bad / "scenes.csv"],
        ],
        "compare": [
            ["compare", "a", "b", "--by-markers", "--format", "csv", *beside[:1]],
            ["compare", "a", ALL],
        ],
        "export": [
            ["export", "a", *form, "-o", f"{out}-{form[1]}.{ENDINGS[form[1]]}"] for form in exports
        ],
        "import": [
            ["import", bad / "faces.csv", "--as", "openface", "--title", ALL.replace("\0", "")],
            ["import", bad / "pictures.csv", "--as", "openface"],
        ],
        "ingest": [["ingest", bad / "batches.jsonl", "--quarantine", place / f"q{FILE_NAME}"]],
        "forget": [["forget", ALL], ["forget", "b"]],
        "correct": [
            ["correct", "a", "exclude", ALL],
            ["correct", "a", "group", ALL, "1"],
            ["correct", "a", "group", "x", "1", "--why", ALL[:300], "--who", ALL[-300:]],
            *(["correct", "a", "list", *form] for form in tables),
        ],
        "serve": [["serve", "--token-file", bad / f"none{FILE_NAME}"]],
        "title": [["title", "a", TITLES["a"]], ["title", ALL, "x"], ["title", "a", f"work {ALL}"]],
        "tag": [["tag", "a", f"film={ALL[:60]}"], ["tag", ALL, "x=1"], ["tag", "a", ALL]],
        "retain": [
            ["retain", "--older-than", ALL],
            ["retain", "--older-than", "1d", "--where", ALL],
        ],
        "fleet summarize": [["fleet", "summarize", ALL], ["fleet", "summarize", "--where", ALL]],
        "fleet norms": [["fleet", "norms", ALL], ["fleet", "norms", "--where", f"film={ALL}"]],
        "fleet reports": [["fleet", "reports", ALL, "-o", f"{out}-pages"]],
        "fleet compare": [["fleet", "compare", ALL], ["fleet", "compare", "--with", ALL]],
        "rooms": [["rooms", "a", ALL], ["rooms", "--where", ALL], ["rooms", "--where", f"x={ALL}"]],
        "replay": [["replay", bad / "scenes.csv"], ["replay", bad], ["replay", host]],
        "faces": [["faces", bad], ["faces", bad / "scenes.csv", host]],
        "live": [["live", host, "--duration", "1"]],
        "track": [["track", bad / "det.txt", "-o", f"{out}.txt"], ["track", bad / "scenes.csv"]],
        "simulate": [
            ["simulate", f"{out}.mp4", "--seconds", "0.3", "--viewers", "1", "--size", "320x240"],
            ["simulate", bad / "x.avi"],
        ],
        "demo": [["demo", bad / "det.txt"]],
        "tell": [["tell", "cam", "status", "--broker", f"mqtt://{host}"], ["tell", host, "stop"]],
        "evaluate": [["evaluate", "--data", bad], ["evaluate", "--data", bad / "pictures.csv"]],
        "train": [["train", "--data", bad, "--out", bad / "det.txt" / "x"], ["train", host]],
        "train-env": [
            ["train-env", "--at", bad / "det.txt" / "x"],
            ["train-env", "--python", host],
        ],
        "dataset lfw": [["dataset", "lfw", bad / "set", "-o", f"{out}1.csv"]],
        "dataset genki": [["dataset", "genki", bad]],
        "dataset mtfl": [["dataset", "mtfl", bad]],
        "dataset fairface": [["dataset", "fairface", bad]],
        "dataset ferplus": [["dataset", "ferplus", bad]],
        "dataset folders": [["dataset", "folders", bad / "set", "-o", f"{out}2.csv"]],
        "dataset csv": [["dataset", "csv", bad / "pictures.csv", "-o", f"{out}3.csv"]],
        "dataset label": [["dataset", "label", bad / "pictures.csv", "--with", "rekognition"]],
        "dataset pack": [["dataset", "pack", bad / "pictures.csv", "-o", bad]],
        "dataset unpack": [["dataset", "unpack", bad, "-o", bad / "x"]],
        "deploy bundle": [["deploy", "bundle", "--target", host]],
        "deploy iot": [["deploy", "iot", host]],
        "deploy lambda": [["deploy", "lambda", "--push", "--role", host, "--bucket", host]],
        "deploy greengrass": [["deploy", "greengrass", "--target", host, "-o", bad]],
    }
    return known[command]


# A host that answers whatever it likes: each text on both streams, to every question.
HOST = """#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.nasty import NASTY
if "-M" in sys.argv or "-O" in sys.argv:
    sys.exit(0)
script = sys.argv[-1]
for stream in (sys.stdout.buffer, sys.stderr.buffer):
    for text in NASTY:
        stream.write(text.encode() + b"\\n")
    stream.write(b"\\xff\\xfe\\x1b[31m no UTF-8\\n")
    stream.flush()
if "uname" in script:
    print("machine x86_64\\nhome /\\nlibc glibc 2.31\\nsystem x\\x1b[31m 1")
    print("python 3.7 no /usr/bin/p")
print("/home/x\\x1b[31m" if "HOME" in script else "end")
"""


@pytest.mark.parametrize("command", _commands())
def test_every_command_shows_them_as_plain_lines(command, place, capfd, monkeypatch):
    """Nothing on the terminal acts, hides or is forged, whatever the command; nor does it break."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("LAUGHTRACK_STORE", str(place / "store"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (place / "bin").mkdir(exist_ok=True)
    ssh = place / "bin" / "ssh"
    ssh.write_text(HOST.format(python=sys.executable, root=str(Path(__file__).parents[2])))
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for words in _words(command, place):
        code = app.main([*map(str, words)])
        said = capfd.readouterr()
        assert code in (0, 1, 2), words
        assert said.out or said.err
        for text in (said.out, said.err):
            # A device's answer is of lines that it chose.
            assert_plain(text, None if command in DEVICES else FORGED)
            assert "Traceback" not in text
        if "csv" in words:
            cells = [cell for row in csv.reader(said.out.splitlines()) for cell in row]
            assert all(map(_is_safe, cells)), [cell for cell in cells if not _is_safe(cell)]
    for path in place.glob("out*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            assert all(_is_safe(cell) for row in csv.reader(file) for cell in row), path


def test_the_page_has_no_element_of_theirs(place):
    """The texts are there, as texts; the page's scripts and handlers are its own."""
    (path,) = place.glob("out*[[]red]=1+1.html")
    page = Page(path.read_text(encoding="utf-8"))
    assert not [tag for tag in page.tags if tag[1] or tag[0] in ("img", "b")]
    text = "".join(page.texts)
    for each in MARKUP[:5]:
        assert each in text


def test_other_programs_read_the_exports(place, monkeypatch, capfd):
    """OpenTimelineIO, an XML parser, a subtitle reader and JSON take the files with all titles."""
    import xml.etree.ElementTree as ET

    import pysubs2

    from laughtrack.analytics.inputs.timecode import clock_of, rate_of
    from laughtrack.analytics.interchange import markers as peaks
    from laughtrack.analytics.interchange.fcpxml import fcpxml
    from laughtrack.analytics.interchange.otio_markers import FORMS, edit_list
    from laughtrack.analytics.store.sessions import load
    from laughtrack.analytics.timelines.session_tables import SessionTables
    from laughtrack.edge.console import printable

    session, clock = load(str(place / "store"), "a"), clock_of(rate_of("25"))
    table, _ = peaks.markers(SessionTables(session))
    assert len(table)
    for title in (*NASTY[::2], "half \ud800", "x" * 10**5):
        named = session._replace(info={**session.info, "title": title})
        wanted = printable(" ".join(title.split()), 200) or "a"
        for form in FORMS:
            text = edit_list(named, table, clock, form)
            options = {"rate": 25} if form == "edl" else {}
            found = otio.adapters.read_from_string(text.encode().decode(), FORMS[form], **options)
            if form != "edl":
                assert found.name == wanted
            else:
                assert all(line.isprintable() for line in text.split("\n"))
        ET.fromstring(edit_list(named, table, clock, "fcp7xml"))
        project = ET.fromstring(fcpxml(named, table, clock)).find("library/event/project")
        assert project.get("name") == wanted
        marks = peaks.resolve(table, clock, title)
        assert marks.encode() and all(line.isprintable() for line in marks.split("\n"))
        assert len(marks.split("\n")) == 2 + 1 + 3 * len(table)
        # Markers of words from outside, should there ever be any.
        title = title.replace("\ud800", "")
        cues = peaks.vtt(table.assign(name=title, text=title))
        assert [line for line in cues.split("\n") if "-->" in line] == [
            line for line in peaks.vtt(table).split("\n") if "-->" in line
        ]
        assert len(pysubs2.SSAFile.from_string(cues, format_="vtt")) == len(table)
        rows = peaks.premiere(table.assign(name=title), clock).decode("utf-16")
        assert len([*csv.reader(rows.splitlines(keepends=True), delimiter="\t")]) >= len(table)


def test_the_devices_own_program(tmp_path):
    """`python -m laughtrack.edge` repeats its words and settings as plain lines."""
    settings = tmp_path / "x.ini"
    root = Path(__file__).parents[2]
    one_line = re.sub(r"[\x00\s\x1c-\x1f\x85\u2028\u2029]", "\x1b", ALL)
    settings.write_text(f"[laughtrack]\n{one_line[:50]}={one_line}\n", encoding="utf-8")
    for words in (["run", "--config", settings], ["run", f"--x{FILE_NAME}"]):
        done = subprocess.run(
            [sys.executable, "-m", "laughtrack.edge", *map(str, words)],
            capture_output=True,
            cwd=root,
        )
        assert done.returncode == 2
        assert_plain(done.stderr.decode())
        assert b"Traceback" not in done.stderr


def test_json_and_parquet_hold_the_text_itself(place, capfd):
    """What programs read is not cleaned."""
    words = ["sessions", "--store", str(place / "store"), "--format", "json"]
    assert app.main(words) == 0
    titles = [row["title"] for row in json.loads(capfd.readouterr().out)]
    assert ALL in titles
    path = place / "scenes.parquet"
    words = ["scenes", "a", str(place / FILE_NAME / "scenes.csv"), "--store", str(place / "store")]
    assert app.main([*words, "-o", str(path)]) == 0
    assert "<img src=x onerror=alert(1)>" in set(pd.read_parquet(path)["name"])
