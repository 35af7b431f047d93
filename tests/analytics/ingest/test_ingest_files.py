"""Batches from files that may still be growing, from folders, and from a pipe."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.files import MAX_LINE_BYTES, BatchFiles, in_groups, read_stream
from laughtrack.analytics.store import batches
from laughtrack.cli import app
from laughtrack.edge.readings import to_json
from tests.analytics import ingest_devices
from tests.analytics.store_batches import assert_exact, batch


def line(seq, **changes):
    """Return a batch as a line of a file."""
    return to_json(batch(seq, **changes)).encode() + b"\n"


def payloads(files):
    """Return what is new in files."""
    return [arrival.payload for arrival in files.new_arrivals()]


# A file's name and content; which lines are yielded, and what is left for the next time.
CONTENTS = [
    ("a.jsonl", b"", [], False),
    ("a.jsonl", b"one\ntwo\n", [b"one", b"two"], False),
    ("a.jsonl", b"one\r\n\n  \ntwo\r\n", [b"one", b"two"], False),
    # Its last line is being written.
    ("a.jsonl", line(0) + line(1)[:100], [line(0).strip()], True),
    # Whole, only without its end.
    ("a.jsonl", line(0) + line(1).strip(), [line(0).strip(), line(1).strip()], False),
    ("a.txt", b'{"a": 1}\n', [b'{"a": 1}'], False),
    # One batch in a file, over several lines.
    ("a.json", b'{\n"a": 1}\n', [b'{\n"a": 1}\n'], False),
    ("a.json", line(0).strip(), [line(0).strip()], False),
    # Lines, whatever the name.
    ("a.json", line(0) + line(1), [line(0).strip(), line(1).strip()], False),
    ("a.json", line(0) + b"rubbish\n", [line(0).strip(), b"rubbish"], False),
    # One batch, being written.
    ("a.json", line(0)[:200], [], True),
    ("a.json", b"", [], False),
]


@pytest.mark.parametrize(("name", "content", "wanted", "left"), CONTENTS)
def test_contents(tmp_path, name, content, wanted, left):
    """Files hold a batch each line, or are one batch."""
    path = tmp_path / name
    path.write_bytes(content)
    files = BatchFiles([str(path)])
    assert payloads(files) == wanted
    assert list(files.unfinished) == ([str(path)] if left else [])
    assert payloads(files) == []


def test_growing_file_is_read_on(tmp_path):
    """Only what is new is yielded; a half-written line comes when it has its end."""
    path = tmp_path / "timeline.jsonl"
    path.write_bytes(line(0) + line(1)[:50])
    files = BatchFiles([str(path)])
    first = list(files.new_arrivals())
    with path.open("ab") as file:
        file.write(line(1)[50:] + line(2))
    second = list(files.new_arrivals())
    assert [each.payload for each in first + second] == [line(n).strip() for n in range(3)]
    assert [each.place for each in first + second] == ["line 1", "line 2", "line 3"]
    assert files.unfinished == {}


def test_file_begun_anew_is_read_from_its_start(tmp_path):
    """A file that is shorter than before is another one."""
    path = tmp_path / "timeline.jsonl"
    path.write_bytes(line(0) + line(1))
    files = BatchFiles([str(path)])
    assert len(payloads(files)) == 2
    path.write_bytes(line(5))
    assert payloads(files) == [line(5).strip()]


def test_old_rubbish_of_one_piece_is_yielded(tmp_path):
    """A file of one batch that nobody writes to any more is not waited for."""
    path = tmp_path / "one.json"
    path.write_bytes(line(0)[:200])
    os.utime(path, (1e9, 1e9))
    assert payloads(BatchFiles([str(path)])) == [line(0)[:200]]


def test_endless_line_is_cut(tmp_path):
    """A line that is no batch by its length yields its beginning, and the next ones follow."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * (3 * MAX_LINE_BYTES + 7) + b"\n" + line(1))
    found = payloads(BatchFiles([str(path)]))
    assert [len(each) for each in found] == [MAX_LINE_BYTES, len(line(1)) - 1]


def test_folders_are_read_whole(tmp_path):
    """Batches at any depth are found; a store or a quarantine below are left alone."""
    for name in ("b/2.jsonl", "a/1.json", "a/notes.txt", "store/_delta_log/0.json", ".x/3.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(line(0))
    (tmp_path / "b" / "bad.json").write_bytes(b"bad")
    (tmp_path / "b" / "bad.reason.txt").write_text("why")
    files = BatchFiles([str(tmp_path)])
    found = [Path(arrival.origin).relative_to(tmp_path) for arrival in files.new_arrivals()]
    assert found == [Path("a/1.json"), Path("b/2.jsonl")]
    (tmp_path / "a" / "new.jsonl").write_bytes(line(7))
    assert payloads(files) == [line(7).strip()]


def test_missing_file_is_said():
    """A name that leads nowhere is an error that names it."""
    with pytest.raises(ValueError, match=r"films/none\.jsonl: there is no such file or folder"):
        BatchFiles(["films/none.jsonl"])


def test_groups_are_bounded():
    """What comes is handed over a hundred at a time, or fewer large ones."""
    small, large = Arrival(b"x", "file"), Arrival(bytes(1_000_000), "file")
    assert [len(group) for group in in_groups([small] * 250)] == [100, 100, 50]
    assert [len(group) for group in in_groups([large] * 9)] == [4, 4, 1]
    assert list(in_groups([])) == []


def test_stream_is_taken_in_to_its_end():
    """A pipe's lines come in groups, the last one also without its end."""
    reading, writing = os.pipe()
    text = b"".join(line(seq) for seq in range(230)).strip()

    def write():
        with open(writing, "wb") as pipe:
            pipe.write(text)

    writer, taken = threading.Thread(target=write), []
    writer.start()
    read_stream(reading, "pipe", taken.append, lambda quiet_s: False)
    writer.join()
    os.close(reading)
    found = [arrival.payload for group in taken for arrival in group]
    assert found == [line(seq).strip() for seq in range(230)]
    assert max(map(len, taken)) <= 100


@pytest.mark.slow
def test_quiet_stream_does_not_keep_what_came():
    """What came through a pipe that stays open is stored within about a second."""
    reading, writing = os.pipe()
    os.write(writing, line(0) + line(1)[:20])
    taken = []
    read_stream(reading, "pipe", taken.extend, lambda quiet_s: bool(taken))
    assert [arrival.payload for arrival in taken] == [line(0).strip()]
    os.close(reading)
    os.close(writing)


@pytest.mark.slow
def test_command_reads_files_and_standard_input(tmp_path):
    """The command stores what files and a pipe hold, says what is missing, and can be repeated."""
    (tmp_path / "a.jsonl").write_bytes(line(0) + line(1) + b"rubbish\n")
    (tmp_path / "one.json").write_bytes(line(2))
    place, aside = tmp_path / "store", tmp_path / "aside"
    words = (tmp_path, "-", "--store", place, "--quarantine", aside)
    said = []
    for _ in range(2):
        process = ingest_devices.ingest(
            *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        said.append(process.communicate(line(4).decode(), 60))
        assert process.returncode == 0, said
    (first, talk), (second, _) = said
    assert first == f"4 batches stored, 40 readings, 1 refused (see {aside})\n"
    assert second == f"0 batches stored, 0 readings, 4 repeated, 1 refused (see {aside})\n"
    assert "friday of cam: missing batches 3\n" in talk
    assert "a.jsonl line 3: not a batch: not JSON" in talk
    (tmp_path / "late.jsonl").write_bytes(line(3))
    process = ingest_devices.ingest(tmp_path / "late.jsonl", *words[2:], stdout=subprocess.PIPE)
    assert process.communicate(timeout=600)[0] == "1 batch stored, 10 readings\n"
    assert_exact(str(place), "friday", 5)


@pytest.mark.slow
def test_command_follows_growing_files(tmp_path):
    """With --until-idle files are read on for as long as something comes."""
    path = tmp_path / "timeline.jsonl"
    path.write_bytes(line(0))
    words = (path, "--until-idle", 5, "--store", tmp_path / "store", "--quarantine", tmp_path / "q")
    process = ingest_devices.ingest(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with path.open("ab", buffering=0) as file:
        for seq in range(1, 6):
            file.write(line(seq)[:80])
            file.write(line(seq)[80:])
    assert process.communicate(timeout=600)[0] == "6 batches stored, 60 readings\n"
    assert_exact(str(tmp_path / "store"), "friday", 6)


USAGE = [
    ([], 2, "name FILES or a --broker"),
    (["x", "--password-file", "p"], 2, "--password-file needs --user"),
    (["x", "--for", "0"], 2, "--for"),
    (["none.jsonl"], 1, "none.jsonl: there is no such file or folder"),
    (["--broker", "http://x"], 1, "expected mqtt://HOST or mqtts://HOST"),
    (["--broker", "mqtts://x", "--cert", "c.pem"], 1, "--cert and --key belong together"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("words", "code", "said"), USAGE)
def test_wrong_use_is_said(tmp_path, monkeypatch, capsys, words, code, said):
    """What cannot work ends at once with what to do."""
    monkeypatch.chdir(tmp_path)
    assert app.main(["ingest", *words]) == code
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.slow
def test_files_are_not_waited_for_when_the_store_fails(tmp_path, capsys, monkeypatch):
    """Files can be read again: an error ends the command, which says how far it came."""
    (tmp_path / "a.jsonl").write_bytes(line(0))
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").write_bytes(b"")
    words = [str(tmp_path / "a.jsonl"), "--quarantine", str(tmp_path / "q"), "--store"]
    assert app.main(["ingest", *words, str(tmp_path / "holiday")]) == 1
    assert "holds other files and is not a store" in capsys.readouterr().err

    def full(*args, **kwargs):
        raise OSError("No space left on device (os error 28)")

    monkeypatch.setattr(batches, "write_deltalake", full)
    assert app.main(["ingest", *words, str(tmp_path / "store")]) == 1
    said = capsys.readouterr()
    assert "No space left" in said.err
    assert said.out == "0 batches stored, 0 readings\n"
