"""A bundle that was made to do harm is refused, and nothing is written or deleted elsewhere."""

import hashlib
import json
import os
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from laughtrack.edge.deploy.on_device import bundle_files, install, release
from tests.edge.deploy.on_device import hostile_bundles


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(hostile_bundles.bundles())
def test_nothing_is_written_or_deleted_outside_the_release(data):
    """Whatever names, IDs, sizes, links and flipped bytes an archive has."""
    with tempfile.TemporaryDirectory() as place:
        hostile_bundles.unpacked(data, Path(place).resolve())


def write(path, entries, kinds=None, **changed):
    """Write a bundle of files; the manifest is right but for what is changed in it."""
    listed = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in entries.items()
    }
    whole = {"id": "new-1", "python": "3.11", "machine": "x86_64", "glibc": "2.17"}
    whole.update({"target": "py311-x86_64", "files": listed, **changed})
    with zipfile.ZipFile(path, "w") as out:
        for name, data in [*entries.items(), ("manifest.json", json.dumps(whole).encode())]:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = ((kinds or {}).get(name, stat.S_IFREG) | 0o644) << 16
            out.writestr(entry, data)
    return path


@pytest.mark.slow
def test_a_right_one_is_taken(tmp_path):
    """Or the refusals below would mean nothing."""
    bundle = write(tmp_path / "b.zip", {"laughtrack/a.py": b"1", "wheels/a-1.whl": b"2"})
    found = hostile_bundles.unpacked(bundle.read_bytes(), tmp_path / "place")
    assert found["laughtrack/a.py"] == b"1"


NAMES = [
    *(
        "../x",
        "a/../../x",
        "/etc/x",
        "a//b",
        "./a",
        "a\\..\\x",
        "~/x",
        "-rf",
        "a b",
        "a\nb",
        ".pth",
    ),
    *(".pth", "installed.json", "Installed.JSON", "venv/bin/python", "VENV/x", "x" * 160),
    "a/" * 120 + "a",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_out_or_meet_the_installers_own_are_refused(tmp_path, name):
    """In words that name it, and before the folder is made."""
    write(tmp_path / "b.zip", {name: b"x"})
    with pytest.raises(release.BadBundle, match="its manifest names the file"):
        release.read_manifest(tmp_path / "b.zip")


@pytest.mark.parametrize("names", [("a/B", "a/b"), ("A/x", "a/y"), ("a", "a/b"), ("a/b", "a")])
def test_names_that_meet_each_other_are_refused(tmp_path, names):
    """By case, which some disks do not tell apart, or one being the other's folder."""
    write(tmp_path / "b.zip", dict.fromkeys(names, b"x"))
    with pytest.raises(release.BadBundle, match="beside"):
        release.read_manifest(tmp_path / "b.zip")


IDS = ["..", ".", "", "../x", "/etc", "a/b", "a b", "-x", "a\nb", None, 7, [], "x" * 200, "ä"]


@pytest.mark.parametrize("name", IDS)
def test_ids_that_are_no_folders_name_are_refused(tmp_path, capsys, name):
    """The folder of that name is removed first where it holds no whole release."""
    bundle = write(tmp_path / "b.zip", {"a": b"x"}, id=name)
    (tmp_path / "device" / "releases").mkdir(parents=True)
    (tmp_path / "device" / "key").write_text("mine")
    words = ["install", "--bundle", str(bundle), "--folder", str(tmp_path / "device")]
    assert install.main([*words, "--no-start"]) == 1
    assert "its manifest's id" in capsys.readouterr().err
    assert (tmp_path / "device" / "key").read_text() == "mine"


KINDS = {"a link": stat.S_IFLNK, "a folder": stat.S_IFDIR, "a device": stat.S_IFCHR}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_links_and_what_else_is_no_file_are_refused(tmp_path, kind):
    """As a name's next part they would lead out."""
    write(tmp_path / "b.zip", {"a": b"/etc/passwd"}, kinds={"a": kind})
    with pytest.raises(release.BadBundle, match="no file"):
        release.read_manifest(tmp_path / "b.zip")


@pytest.mark.parametrize("link", ["a", "laughtrack", "manifest.json"])
def test_links_in_an_unpacked_one_are_refused(tmp_path, link):
    """They would be read through."""
    bundle = write(tmp_path / "b.zip", {"a": b"x", "laughtrack/b": b"x"})
    with zipfile.ZipFile(bundle) as files:
        files.extractall(tmp_path / "open")
    release.read_manifest(tmp_path / "open")
    (tmp_path / "open" / link).rename(tmp_path / "elsewhere")
    (tmp_path / "open" / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(release.BadBundle):
        release.read_manifest(tmp_path / "open")


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """Nothing is packed in a bundle, so that nothing can be larger than what was sent."""
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("manifest.json", b"{}")
        out.writestr("a", bytes(2**26))
    assert (tmp_path / "b.zip").stat().st_size < 2**18
    with pytest.raises(release.BadBundle, match="compressed"):
        release.read_manifest(tmp_path / "b.zip")


def test_more_files_than_any_bundle_has_are_refused(tmp_path, monkeypatch):
    """So are more bytes, in the archive or only in the manifest."""
    bundle = write(tmp_path / "b.zip", {f"f{i}": b"x" for i in range(10)})
    for name, most in (("MOST_FILES", 5), ("MOST_BYTES", 100), ("MOST_MANIFEST", 100)):
        with monkeypatch.context() as patch:
            patch.setattr(bundle_files, name, most)
            with pytest.raises(release.BadBundle, match=r"larger|no manifest"):
                release.read_manifest(bundle)
    write(bundle, {"a": b"x"}, files={"a": {"size": 2**40, "sha256": "0" * 64}})
    with pytest.raises(release.BadBundle, match="more than any bundle"):
        release.read_manifest(bundle)


def test_a_name_twice_is_refused(tmp_path):
    """The first may be what is checked and the second what is written."""
    bundle = write(tmp_path / "b.zip", {"a": b"x"})
    with zipfile.ZipFile(bundle, "a") as out, pytest.warns(UserWarning, match="Duplicate"):
        out.writestr("a", b"y")
    with pytest.raises(release.BadBundle, match="twice"):
        release.read_manifest(bundle)


def test_what_changes_between_check_and_unpacking_is_noticed(tmp_path):
    """The sums are compared once more with what is written."""
    bundle = write(tmp_path / "b.zip", {"a": b"x"})
    manifest = release.read_manifest(bundle)
    write(bundle, {"a": b"y"})
    with pytest.raises(release.BadBundle, match="a is not what was built"):
        release.unpack(bundle, manifest, tmp_path / "releases" / "new-1")
    assert not os.listdir(tmp_path / "releases")


def test_another_bundle_under_the_id_of_an_installed_one_is_refused(tmp_path):
    """Else it would be said to be installed, and the other would run."""
    bundle = write(tmp_path / "b.zip", {"a": b"x"})
    manifest = release.read_manifest(bundle)
    place = tmp_path / "releases" / "new-1"
    place.mkdir(parents=True)
    (place / release.MARK).write_text(json.dumps(manifest))
    assert release.unpack(bundle, manifest, place) is False
    write(bundle, {"a": b"y"})
    with pytest.raises(release.BadBundle, match="another bundle of that name"):
        release.unpack(bundle, release.read_manifest(bundle), place)


def test_a_sum_that_came_another_way_is_compared(tmp_path, capsys):
    """Whoever changes the archive can change the sums in it, but not that one."""
    bundle = write(tmp_path / "b.zip", {"a": b"x"})
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert release.read_manifest(bundle, digest) == release.read_manifest(bundle, digest.upper())
    write(bundle, {"a": b"y"})
    words = ["install", "--bundle", str(bundle), "--folder", str(tmp_path / "device"), "--no-start"]
    assert install.main([*words, "--sha256", digest]) == 1
    assert "not the bundle that was meant" in capsys.readouterr().err
    assert not (tmp_path / "device").exists()
    with pytest.raises(release.BadBundle, match="--sha256 is of the ZIP"):
        release.read_manifest(tmp_path, digest)
