"""The Lambda package: the same bytes each time, and at work under a real Python 3.7."""

import json
import os
import re
import subprocess
import tarfile
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path

import pytest

from laughtrack.edge.deploy import bundle, wheels
from laughtrack.edge.deploy.greengrass import lambda_function, lambda_package
from laughtrack.edge.readings import from_json
from laughtrack.edge.simulate.simulate import simulate
from tests.tools import PYTHON37

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]
STANDINS = ROOT / "tests" / "standins"
BUILD = ROOT / "build"
WHEELS = BUILD / "wheels" / lambda_package.TARGET
THING = "deeplens_4Xz"
# As Greengrass does: the file is imported once, and the handler called for each message.
GREENGRASS = """
import json, sys
import lambda_function
for line in sys.stdin:
    lambda_function.lambda_handler(json.loads(line), None)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the package, built as the command builds it."""
    try:
        wheels.fetch(lambda_package.TARGET, WHEELS, lambda_package.LOCK)
    except OSError as error:
        pytest.skip(f"no wheels for Python 3.7: {error}")
    return lambda_package.build(tmp_path_factory.mktemp("zip") / "package.zip", WHEELS)


@pytest.fixture(scope="module")
def unpacked(built):
    """Return the package's folder, as Greengrass unpacks it."""
    folder = built.path.parent / "package"
    with zipfile.ZipFile(built.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def opencv():
    """Return a folder with OpenCV for Python 3.7 and no cascades: the device's own, as it were."""
    lock = wheels.LOCKS / f"{lambda_package.TARGET}.txt"
    folder = BUILD / "opencv-py37"
    if not folder.exists():
        line = re.search(r"^opencv.*$", lock.read_text(), re.MULTILINE).group()
        alone = BUILD / "opencv-py37.txt"
        alone.write_text(line + "\n")
        try:
            (wheel,) = wheels.fetch(lambda_package.TARGET, WHEELS, alone)
        except OSError as error:
            pytest.skip(f"no OpenCV for Python 3.7: {error}")
        partial = BUILD / f"opencv-py37.{os.getpid()}"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(partial, [n for n in archive.namelist() if not n.endswith(".xml")])
        partial.rename(folder)
    return folder


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Return a film of six people who smile now and then."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    simulate(path, 6, 12, (800, 450), seed=5)
    return path


@pytest.fixture
def core():
    """Return a Greengrass core of ours."""
    spec = spec_from_file_location("standin_core", STANDINS / "core.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    core = module.Core()
    yield core
    core.close()


@pytest.mark.slow
def test_holds_what_the_device_lacks(built, capsys):
    """Handler on top, our code, weights, cascade, SDK; no OpenCV, no tests; below the limit."""
    with capsys.disabled():
        print("\n" + lambda_package.sizes(built))
    names = set(zipfile.ZipFile(built.path).namelist())
    wanted = {
        "lambda_function.py",
        "laughtrack/edge/device/device.py",
        "laughtrack/tracker/tracker.py",
        "numpy/__init__.py",
        "scipy/__init__.py",
        "filterpy/__init__.py",
        "cbor2/__init__.py",
        "greengrasssdk/IoTDataPlane.py",
        "laughtrack/edge/faces/cascades/haarcascade_frontalface_alt2.xml",
        "laughtrack/edge/faces/cascades/haarcascade_profileface.xml",
        *("laughtrack/models/artifacts/" + name for name in bundle.WEIGHTS),
    }
    assert wanted <= names
    out = r"cv2|edge|laughtrack/(edge/deploy|edge/simulate|analytics|cli)"
    assert not [n for n in names if re.match(out, n)]
    assert not [n for n in names if "/tests/" in n or "__pycache__" in n]
    assert built.unzipped == sum(i.file_size for i in zipfile.ZipFile(built.path).infolist())
    assert built.unzipped < 250 * 2**20 and built.zipped == built.path.stat().st_size


@pytest.mark.slow
def test_same_input_gives_the_same_bytes(built, tmp_path, monkeypatch):
    """Whatever the clock, the folder and the permissions: the names and contents alone count."""
    # The small wheels show it as well as the large ones.
    fetched = wheels.fetch(lambda_package.TARGET, WHEELS, lambda_package.LOCK)
    small = [path for path in fetched if path.stat().st_size < 2**20]
    monkeypatch.setattr(lambda_package, "fetch", lambda *_: small)
    one = lambda_package.build(tmp_path / "one.zip")
    small.reverse()
    old = os.umask(0o077)
    try:
        two = lambda_package.build(tmp_path / "elsewhere" / "two.zip")
    finally:
        os.umask(old)
    assert one.path.read_bytes() == two.path.read_bytes() and one.sha256 == two.sha256
    infos = zipfile.ZipFile(one.path).infolist()
    assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {i.external_attr >> 16 for i in infos} <= {0o100644, 0o100755}
    assert [i.filename for i in infos] == sorted(i.filename for i in infos)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere", "one.zip"]


@pytest.mark.slow
def test_too_large_a_package_is_refused(built, tmp_path, monkeypatch):
    """With both sizes, and what was there before is left."""
    monkeypatch.setattr(lambda_package, "fetch", lambda *_: [])
    monkeypatch.setattr(lambda_package, "MAX_UNZIPPED", 1000)
    (tmp_path / "p.zip").write_text("older")
    with pytest.raises(ValueError, match=r"MB unzipped: AWS Lambda takes at most 250"):
        lambda_package.build(tmp_path / "p.zip")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["older"]


def test_large_zips_are_said_to_go_through_s3():
    """50 MB is the limit for the call."""
    for size, way in ((50 * 2**20 + 1, "through S3"), (50 * 2**20, "directly")):
        assert way in lambda_package.sizes(lambda_package.Package(Path("p.zip"), size, 1, ""))


@pytest.mark.slow
def test_model_archive_is_what_the_import_wants():
    """Symbol and parameters at the top of a tar.gz, the same bytes each time."""
    data = lambda_package.model_archive()
    assert data == lambda_package.model_archive()
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        assert archive.getnames() == ["smilenet-symbol.json", "smilenet-0000.params"]
        for member in archive:
            content = (ROOT / "models" / "artifacts" / member.name).read_bytes()
            assert archive.extractfile(member).read() == content and member.mtime == 0


def test_defaults_are_those_of_a_deeplens(tmp_path):
    """What the function's environment names stays; the folder outlives a power cut if it can."""
    environ = {"LAUGHTRACK_SOURCE": "/tmp/film.mp4"}
    lambda_function.defaults(environ, str(tmp_path))
    assert environ == {
        "LAUGHTRACK_SOURCE": "/tmp/film.mp4",
        "LAUGHTRACK_SCORER": "awscam",
        "LAUGHTRACK_PUBLISHER": "greengrass1",
        "LAUGHTRACK_FOLDER": str(tmp_path / "laughtrack"),
    }
    environ = {}
    lambda_function.defaults(environ, str(tmp_path / "none"))
    assert environ["LAUGHTRACK_FOLDER"] == "/tmp/laughtrack"


@pytest.mark.parametrize("outcome, status", [(0, None), (75, 75), (ValueError("x"), 1)])
def test_a_program_that_failed_ends_the_process(monkeypatch, outcome, status):
    """Greengrass then starts the function anew; one that ended well stays."""
    pinned, ended = lambda_function.Pinned(), []

    def program():
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(pinned, "_program", program)
    pinned.run(ended.append, 0)
    assert ended == ([] if status is None else [status])


class Function:
    """The unpacked package under Python 3.7, as a function of a core."""

    def __init__(self, core, folders, film, work):
        self._core = core
        (work / "artifacts").mkdir()
        environ = {
            **core.environ(),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
            "AWS_IOT_THING_NAME": THING,
            "LAUGHTRACK_SITE": "hall",
            "LAUGHTRACK_CONTEXT": "screening",
            "LAUGHTRACK_BATCH_S": "1",
            "LAUGHTRACK_STATUS_S": "5",
            "LAUGHTRACK_FOLDER": str(work / "state"),
            "LAUGHTRACK_STANDIN_FILM": str(film),
            "LAUGHTRACK_STANDIN_STRICT": "1",
            "LAUGHTRACK_STANDIN_MISS": "7",
            "LAUGHTRACK_AWSCAM_ARTIFACTS": str(work / "artifacts"),
        }
        self.log = work / "log.txt"
        with open(self.log, "w") as log:
            pipes = {"stdin": subprocess.PIPE, "stdout": log, "stderr": log, "text": True}
            command = [PYTHON37, "-c", GREENGRASS]
            self.process = subprocess.Popen(command, env=environ, cwd=work, **pipes)

    def wait(self, until, timeout_s=120):
        """Wait until something has come to the core; fail with the log if the program ends."""
        for _ in range(timeout_s):
            if self._core.wait(until, 1.0):
                return
            if "the program ended" in self.log.read_text():
                break
        pytest.fail(self.log.read_text())

    def tell(self, **command):
        """Send a message on the command topic."""
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def close(self):
        """End it, and its pipe."""
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


def batches(core):
    """Return what came on the timeline, each checked."""
    return [from_json(payload) for payload in core.on(f"/hall/{THING}/timeline")]


@pytest.mark.python37
def test_runs_unchanged_under_python_3_7(unpacked, opencv, film, core, tmp_path):
    """Batches of a DeepLens arrive at the core, a full queue is survived, commands are heard."""
    function = Function(core, (unpacked, opencv, STANDINS), film, tmp_path)
    status = lambda: core.on(f"/hall/{THING}/status")  # noqa: E731
    try:
        function.wait(lambda: len(batches(core)) >= 3)
        with core.arrived:
            core.full = 2
        function.wait(lambda: core.refused == 2)
        then = len(batches(core))
        function.wait(lambda: len(batches(core)) >= then + 3)
        function.tell(do="mark", text="film starts")
        function.wait(lambda: any(b.info.get("marks") for b in batches(core)))
        function.wait(status)
    finally:
        function.close()
    got = batches(core)
    assert [b.seq for b in got] == list(range(len(got)))
    assert {b.device for b in got} == {THING} and all(b.frames for b in got)
    assert [m["text"] for b in got for m in b.info.get("marks", [])] == ["film starts"]
    smiles = [s for b in got for s in b.readings["smile"] if s is not None]
    assert len(smiles) > 20 and len({v for b in got for v in b.readings["viewer_id"]}) >= 4
    assert json.loads(status()[-1])["online"] is True
    assert core.wrong == [] and "Traceback" not in function.log.read_text()
    assert (tmp_path / "artifacts" / "smilenet.xml").exists()


@pytest.mark.python37
def test_says_what_it_lacks_off_the_device(unpacked, opencv, tmp_path):
    """Elsewhere it ends with one plain line, not with a stack trace."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, (unpacked, opencv))),
        "LAUGHTRACK_FOLDER": str(tmp_path / "state"),
    }
    # Under a name of `laughtrack` it starts nothing by itself.
    code = (
        "import importlib.util as u, os, sys;"
        "spec = u.spec_from_file_location('laughtrack.f', sys.argv[1]);"
        "f = u.module_from_spec(spec); spec.loader.exec_module(f); f.Pinned().run(os._exit, 0)"
    )
    command = [PYTHON37, "-c", code, str(unpacked / "lambda_function.py")]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "cannot run: " in done.stderr and "awscam" in done.stderr
