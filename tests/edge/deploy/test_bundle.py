"""The bundle: whole, the same each time, and refused when it is not what was built."""

import ast
import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from laughtrack.edge.deploy import bundle, wheels
from laughtrack.edge.deploy.on_device import release
from tests.edge.deploy import lent_bundle

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lent(tmp_path_factory):
    """Return a folder with two wheels and their lock."""
    return lent_bundle.lend(tmp_path_factory.mktemp("lent") / "wheels")


@pytest.fixture(scope="module")
def archive(lent, tmp_path_factory):
    """Return a bundle."""
    with pytest.MonkeyPatch.context() as patch:
        return lent_bundle.build(patch, lent, tmp_path_factory.mktemp("bundle"))


def manifest_of(archive):
    """Return a bundle's manifest."""
    with zipfile.ZipFile(archive) as files:
        return json.loads(files.read("manifest.json"))


def rewrite(archive, target, changed=None, more=None, without=()):
    """Write a bundle again with files changed, added or left out, whole as a ZIP."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name not in without:
                new.writestr(name, (changed or {}).get(name, old.read(name)))
        for name, data in (more or {}).items():
            new.writestr(name, data)
    return target


@pytest.mark.slow
def test_same_input_gives_the_same_bytes(archive, lent, monkeypatch, tmp_path):
    """A second build, under another name and at another time, has the same content."""
    again = lent_bundle.build(monkeypatch, lent, tmp_path / "again.zip")
    assert again.read_bytes() == archive.read_bytes()


def test_nothing_of_this_machine_is_in_the_archive(archive):
    """Names in order; neither times nor permissions of the files it was made of."""
    with zipfile.ZipFile(archive) as files:
        entries = files.infolist()
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)
    said = {(e.date_time, e.external_attr, e.create_system, e.compress_type) for e in entries}
    assert said == {((1980, 1, 1, 0, 0, 0), 0o100644 << 16, 3, zipfile.ZIP_STORED)}


def test_manifest_lists_every_file_with_its_sum(archive):
    """Nothing is in the archive but what the manifest names, each with its SHA-256 and size."""
    manifest = manifest_of(archive)
    with zipfile.ZipFile(archive) as files:
        assert set(files.namelist()) == {*manifest["files"], "manifest.json"}
        for name, facts in manifest["files"].items():
            data = files.read(name)
            assert facts == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    assert manifest["target"] == lent_bundle.TARGET
    assert manifest["packages"]["opencv-lent"] == "1.0"


@pytest.mark.parametrize(
    "name",
    [
        "laughtrack/edge/__main__.py",
        "laughtrack/edge/pipeline/frame_pipeline.py",
        "laughtrack/tracker/tracker.py",
        "laughtrack/models/artifacts/smilenet.onnx",
        "laughtrack/models/artifacts/smilenet-0000.params",
        "laughtrack/models/artifacts/smilenet-symbol.json",
        "laughtrack/models/artifacts/smilenet.json",
        "laughtrack/edge/faces/cascades/haarcascade_frontalface_alt2.xml",
        "laughtrack/edge/faces/cascades/haarcascade_profileface.xml",
        "laughtrack/edge/deploy/on_device/install.py",
        "laughtrack/edge/deploy/on_device/laughtrack.service",
    ],
)
def test_bundle_holds_what_the_loop_needs(archive, name):
    """Code, weights, cascade and installer are inside."""
    assert name in manifest_of(archive)["files"]


def test_bundle_leaves_the_operators_code_out(archive):
    """What deploys, trains, stores and tests stays at home."""
    names = set(manifest_of(archive)["files"])
    assert not [n for n in names if n.startswith("tests/") or "/cli/" in n or "/analytics/" in n]
    assert not [n for n in names if n.startswith("laughtrack/edge/simulate/")]
    ours = {n for n in names if n.startswith("laughtrack/edge/deploy/")}
    device = {n for n in ours if n.startswith("laughtrack/edge/deploy/on_device/")}
    assert ours - device == {"laughtrack/edge/deploy/__init__.py"}


@pytest.mark.slow
def test_what_a_bundle_imports_of_ours_is_in_it():
    """Nothing on the device needs what the bundle leaves out."""
    files = bundle.sources()
    # The public face looks for pandas and the rest when it is asked, which no device does.
    face = files["laughtrack/__init__.py"]
    for path in files.values():
        if path.suffix == ".py" and path != face:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module.startswith("laughtrack."):
                    place = node.module.replace(".", "/")
                    inside = [f"{place}/{alias.name}.py" for alias in node.names]
                    assert f"{place}.py" in files or set(inside) <= set(files), (path, place)


@pytest.mark.parametrize("target", wheels.TARGETS)
def test_locks_pin_every_package_by_hash(target):
    """Each target has a lock with the device's packages, pip too, and no second of any."""
    lines = (wheels.LOCKS / f"{target}.txt").read_text().splitlines()[1:]
    names = [re.fullmatch(r"([a-z-]+)==\S+ --hash=sha256:[0-9a-f]{64}", line)[1] for line in lines]
    need = {"numpy", "scipy", "opencv-contrib-python-headless", "openvino", "filterpy", "paho-mqtt"}
    assert need | {"pip", "awscrt", "awsiotsdk"} <= set(names) and len(names) == len(set(names))


def test_second_build_needs_no_network(lent, monkeypatch, tmp_path):
    """With every wheel in the folder, pip is never asked."""
    monkeypatch.setattr(wheels, "_download", lambda *_: pytest.fail("asked pip"))
    assert lent_bundle.build(monkeypatch, lent, tmp_path / "offline.zip").exists()


def test_a_damaged_wheel_in_the_cache_is_not_bundled(lent, monkeypatch, tmp_path):
    """A half-downloaded wheel counts as missing."""
    copy = Path(shutil.copytree(lent, tmp_path / "wheels"))
    wheel = next(copy.glob("pip-*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1])
    monkeypatch.setattr(wheels, "_download", lambda *_: None)
    with pytest.raises(OSError, match="lacks 1 wheel"):
        lent_bundle.build(monkeypatch, copy, tmp_path / "damaged.zip")
    assert not (tmp_path / "damaged.zip").exists()


@pytest.mark.parametrize("target", ["py27", "../../py27", "/py27"])
def test_unknown_targets_are_refused(target, monkeypatch, tmp_path):
    """The message lists those that there are; no folder is made for their wheels."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ValueError, match=rf"no target '{target}'.*py37-x86_64"):
        bundle.bundle(tmp_path, target)
    assert not list(tmp_path.iterdir())


def test_whole_bundles_pass(archive, tmp_path):
    """The device finds nothing to complain of, packed or unpacked."""
    assert release.read_manifest(archive) == manifest_of(archive)
    with zipfile.ZipFile(archive) as files:
        files.extractall(tmp_path)
    assert release.read_manifest(tmp_path) == manifest_of(archive)


CLOCK, SPY = "laughtrack/edge/session/clock.py", "laughtrack/edge/spy.py"
BROKEN = {
    "one file other than built": (
        {"changed": {CLOCK: b""}},
        f"{CLOCK} is not what",
    ),
    "one file more": (
        {"more": {SPY: b""}},
        f"{SPY} is not in its manifest",
    ),
    "one file less": (
        {"without": [CLOCK]},
        f"cannot read {CLOCK}",
    ),
    "no manifest": ({"without": ["manifest.json"]}, "no manifest"),
    "a manifest of nothing": ({"changed": {"manifest.json": b"[]"}}, "no manifest"),
}


@pytest.mark.parametrize("change, words", BROKEN.values(), ids=BROKEN)
def test_broken_bundles_are_refused(archive, tmp_path, change, words):
    """Each way to be broken is named."""
    with pytest.raises(release.BadBundle, match=words):
        release.read_manifest(rewrite(archive, tmp_path / "broken.zip", **change))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_cut_bundles_are_refused(archive, tmp_path, share):
    """A copy that was cut short is no bundle."""
    data = archive.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: int(share * len(data))])
    with pytest.raises(release.BadBundle, match="copy it again"):
        release.read_manifest(tmp_path / "cut.zip")


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("python", "3.6", r"for Python 3\.6, here is"),
        ("machine", "riscv64", "for processor riscv64, here is"),
        ("glibc", "9.99", r"needs C library 9\.99, here is"),
    ],
)
def test_bundles_for_other_devices_are_refused(archive, field, value, words):
    """Wrong Python, processor or C library, each by its name."""
    manifest = manifest_of(archive)
    release.check_device(manifest)
    with pytest.raises(release.BadBundle, match=words):
        release.check_device({**manifest, field: value})


def test_a_full_disk_is_told_before_anything_is_written(archive, monkeypatch, tmp_path):
    """The message says how much is missing."""
    usage = shutil.disk_usage(tmp_path)._replace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OSError, match="has 1 MB free, installing takes"):
        release.unpack(archive, manifest_of(archive), tmp_path / "releases" / "one")
    assert list((tmp_path / "releases").iterdir()) == []
