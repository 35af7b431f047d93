"""The device's own command: what it says, and what its exit codes are."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from laughtrack.edge import __main__ as command
from laughtrack.edge.device.watchdog import EXIT_RESTART
from laughtrack.edge.settings import Settings
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.version import VERSION

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """Leave out what this machine's environment says."""
    for name in ("CONFIG", *(name.upper() for name in Settings._fields)):
        monkeypatch.delenv(f"LAUGHTRACK_{name}", raising=False)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Two seconds of a pretend viewer."""
    path = tmp_path_factory.mktemp("main") / "film.mp4"
    simulate(path, 1, 2, (320, 240), seed=4)
    return str(path)


def run(folder, source, *more):
    """Run the device in this process; return its exit code."""
    words = ["--source", source, "--device", "cam", "--folder", str(folder / "device")]
    words += [
        "--context",
        "screening",
        "--publisher",
        "file",
        "--file",
        str(folder / "batches.jsonl"),
    ]
    return command.main(["run", *words, *more])


@pytest.mark.slow
def test_film_that_was_watched_is_0(tmp_path, film):
    """Its batches are in the file."""
    assert run(tmp_path, film) == 0
    assert (tmp_path / "batches.jsonl").read_text().count('"schema":1') == 1


@pytest.mark.slow
def test_program_to_be_started_anew_is_75(tmp_path, film):
    """Such as one with too much memory; nothing of what it saw is lost."""
    assert run(tmp_path, film, "--speed", "0.01", "--memory-mb", "1") == EXIT_RESTART
    assert (tmp_path / "device" / "session.jsonl").exists()


def test_help_is_0_and_names_every_setting(capsys):
    """With its default."""
    with pytest.raises(SystemExit) as end:
        command.main(["run", "--help"])
    said = capsys.readouterr().out
    assert end.value.code == 0
    for name in Settings._fields:
        assert "--" + name.replace("_", "-") in said
    assert "[0.0.0.0]" not in said and "['mqtt://127.0.0.1:1883']" in said


def test_version_is_0(capsys):
    """And says which."""
    with pytest.raises(SystemExit) as end:
        command.main(["--version"])
    assert end.value.code == 0 and capsys.readouterr().out.strip() == VERSION


def test_nothing_said_is_2(capsys):
    """The help goes to standard error."""
    assert command.main([]) == 2
    said = capsys.readouterr()
    assert "run" in said.err and said.out == ""


@pytest.mark.parametrize("words", [["fly"], ["run", "--nonsense", "1"], ["run", "--rate-hz"]])
def test_wrong_words_are_2(words, capsys):
    """As any command's."""
    with pytest.raises(SystemExit) as end:
        command.main(words)
    assert end.value.code == 2 and "usage" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_wrong_settings_file_is_2_and_named(tmp_path, monkeypatch, capsys, how):
    """With the option, in one line."""
    path = tmp_path / "cam.ini"
    path.write_text("[laughtrack]\nrate_hz = fast\n")
    words = ["run"]
    if how == "flag":
        words += ["--config", str(path)]
    else:
        monkeypatch.setenv("LAUGHTRACK_CONFIG", str(path))
    assert command.main(words) == 2
    assert capsys.readouterr().err == f"edge: {path}: rate_hz is 'fast': expected a number\n"


def busy(_):
    """A port that is taken."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken, ["--preview", str(taken.getsockname()[1])]


def no_folder(folder):
    """A folder where there is a file."""
    (folder / "file").write_text("")
    return None, ["--folder", str(folder / "file" / "device")]


# what is wrong: how it is made so, what is said
CANNOT = {
    "preview port taken": (busy, "cannot show the preview at port .*in use"),
    "file is a folder": (lambda f: (None, ["--file", str(f)]), "file is .*name a file that this"),
    "no folder": (no_folder, "folder is .*name a folder that this program may write"),
    "no port": (lambda f: (None, ["--preview", "70000"]), "preview is '70000': expected a port"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CANNOT)
def test_what_can_never_work_is_1(tmp_path, film, capsys, case):
    """With one plain line."""
    make, said = CANNOT[case]
    kept, words = make(tmp_path)
    try:
        assert run(tmp_path, film, *words) == 1
    finally:
        if kept is not None:
            kept.close()
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("edge: ")]
    assert len(told) == 1 and re.search(said, told[0])


@pytest.mark.slow
def test_film_that_cannot_be_read_is_1(tmp_path, capsys):
    """And named."""
    (tmp_path / "film.mp4").write_text("no film")
    assert run(tmp_path, str(tmp_path / "film.mp4")) == 1
    assert "as a video: it is damaged" in capsys.readouterr().err


@pytest.mark.slow
def test_help_needs_no_heavy_package():
    """It is there at once, and where a package is broken."""
    code = (
        "import sys, laughtrack.edge.__main__ as m\n"
        "try: m.main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'scipy', 'openvino'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    words = [sys.executable, "-c", code]
    assert subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0


def test_self_test_is_0(capsys):
    """The scorer answers."""
    assert command.main(["self-test"]) == 0
    assert "known" in capsys.readouterr().out
