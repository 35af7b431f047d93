"""The wheel holds all that the command needs, and works outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = [
    "laughtrack/edge/simulate/faces_pca.npz",
    "laughtrack/analytics/report/assets/page.css",
    "laughtrack/analytics/report/assets/page.js",
    "laughtrack/analytics/report/assets/heat_map.js",
    "laughtrack/analytics/report/assets/pictures.js",
    "laughtrack/models/artifacts/smilenet.onnx",
    "laughtrack/models/artifacts/smilenet-symbol.json",
    "laughtrack/models/artifacts/smilenet-0000.params",
    "laughtrack/models/artifacts/smilenet.json",
    "laughtrack/models/artifacts/figures.json",
    "laughtrack/models/artifacts/mouthnet.npz",
    "laughtrack/models/artifacts/error_model.json",
    "laughtrack/models/artifacts/findernet.onnx",
    "laughtrack/models/artifacts/findernet-int8.xml",
    "laughtrack/models/artifacts/findernet-int8.bin",
    "laughtrack/models/artifacts/findernet_second-int8.xml",
    "laughtrack/models/artifacts/findernet_second-int8.bin",
    "laughtrack/models/artifacts/README.md",
    "laughtrack/edge/deploy/iot/AmazonRootCA1.pem",
    "laughtrack/edge/deploy/greengrass/recipe.yaml",
    "laughtrack/edge/deploy/on_device/laughtrack.service",
    "laughtrack/edge/deploy/locks/py37-x86_64.txt",
]
TEMPLATES = ROOT / "analytics" / "report" / "templates"
DATA += [f"laughtrack/{path.relative_to(ROOT)}" for path in TEMPLATES.rglob("*.html")]
WEB = ROOT / "analytics" / "web"
DATA += [
    f"laughtrack/{path.relative_to(ROOT)}"
    for name in ("templates", "static")
    for path in (WEB / name).rglob("*")
    if path.is_file()
]
CATALOGUES = TEMPLATES.parent / "locale"
DATA += [f"laughtrack/{path.relative_to(ROOT)}" for path in CATALOGUES.rglob("*.mo")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the wheel, built as a user would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    subprocess.run([*map(str, command), "--disable-pip-version-check"], check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_wheel_holds_code_and_data(wheel):
    """Everything read at run time is inside; tests and pictures are not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert set(DATA) <= set(names)
    assert "laughtrack/cli/app.py" in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"laughtrack"}
    assert not [n for n in names if n.startswith("tests") or n.endswith((".jpg", ".png", ".mp4"))]


@pytest.fixture(scope="module")
def environments(wheel, tmp_path_factory):
    """Return by way of installing the Python of an environment that holds laughtrack alone."""
    pythons = {}
    for way, what in (("wheel", [wheel]), ("editable", ["--editable", ROOT])):
        folder = tmp_path_factory.mktemp(way)
        venv.create(folder)
        pythons[way] = python = folder / "bin" / "python"
        command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
        command += ["--no-deps", "--disable-pip-version-check", *what]
        subprocess.run([*map(str, command)], check=True)
        # The packages it needs are lent by this environment: installing them anew takes minutes.
        site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
        (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return pythons


@pytest.mark.slow
def test_wheel_runs_the_demo_from_elsewhere(environments, tmp_path):
    """Installed alone, it simulates, replays, reports and audits in another folder."""
    python = environments["wheel"]
    command = [python.with_name("laughtrack")]
    help_text = subprocess.run([*command, "--help"], cwd=tmp_path, check=True, capture_output=True)
    assert b"replay" in help_text.stdout
    code = "import laughtrack; print(laughtrack.__file__)"
    where = subprocess.run([python, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert str(python.parents[1]) in where.stdout.decode()
    words = ["demo", "out", "--viewers", "3", "--seconds", "6"]
    demo = subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "3 of 3" in demo.stdout and (tmp_path / "out" / "report.html").exists()


# Each command's help, then what it does with words that name nothing: codes and lines to hold.
EVERY = """
import sys, typer
from laughtrack.cli import app

def every(command, words=()):
    inner = getattr(command, "commands", {})
    for word, one in inner.items():
        yield from every(one, (*words, word))
    if not inner:
        yield words, command

for words, command in every(typer.main.get_command(app.app)):
    assert app.main([*words, "-h"]) == 0, words
    if words[0] in sys.argv:
        continue
    wanted = [one for one in command.params if one.required and one.param_type_name == "argument"]
    code = app.main([*words, *("nothing.txt" for _ in wanted)])
    print("ended", *words, code, file=sys.stderr)
"""
# What needs nothing but a folder to write in, or a network, or does not end by itself, is asked for
# its help alone.
BUSY = ("demo", "simulate", "train-env", "ingest", "deploy", "serve")


@pytest.mark.slow
def test_every_command_runs_from_the_wheel(environments, tmp_path):
    """In an empty folder: help, and an error in words, no traceback and no file left."""
    done = subprocess.run(
        [environments["wheel"], "-c", EVERY, *BUSY],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "none"), "LAUGHTRACK_TRAIN_PYTHON": ""},
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr[-2000:]
    ends = [line.split() for line in done.stderr.splitlines() if line.startswith("ended ")]
    assert len(ends) > 20 and {each[-1] for each in ends} <= {"1", "2"}, ends
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", ["wheel", "editable"])
def test_users_own_files_are_not_hidden(way, environments, tmp_path):
    """A script beside its own models.py, edge.py and so on imports these, and laughtrack ours."""
    python = environments[way]
    names = ("models", "analytics", "edge", "tracker", "cli")
    for name in names:
        (tmp_path / f"{name}.py").write_text(f"WHOSE = 'the user, {name}'\n")
    (tmp_path / "script.py").write_text(
        f"import {', '.join(names)}\nimport laughtrack.edge.readings, laughtrack.models.data\n"
        "print(models.WHOSE, analytics.WHOSE, edge.WHOSE, tracker.WHOSE, cli.WHOSE, sep='; ')\n"
        "print(laughtrack.curve.__module__)\n"
    )
    done = subprocess.run([python, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    said = "; ".join(f"the user, {name}" for name in names)
    assert done.stdout == f"{said}\nlaughtrack.api\n", done.stderr
