"""An installation writes and deletes in its own folder, by whatever name that is reached."""

import os
import shutil
from pathlib import Path

import pytest

from laughtrack.edge.deploy.on_device import install, paths, release, removal, state

MANIFEST = {"id": "new", "files": {}}


@pytest.fixture
def quick_release(monkeypatch):
    """Make releases of nothing: what is looked at here is where they lie and what stays."""

    def unpack(bundle, manifest, place):
        place.mkdir(parents=True, exist_ok=True)
        (place / "laughtrack").mkdir(exist_ok=True)
        (place / release.MARK).write_text("{}")
        return True

    monkeypatch.setattr(release, "read_manifest", lambda bundle, sha256: MANIFEST)
    monkeypatch.setattr(release, "check_device", lambda manifest: None)
    monkeypatch.setattr(release, "unpack", unpack)
    monkeypatch.setattr(state, "data_folder", lambda folder, setup: folder / state.DATA)


def spellings(place):
    """Return ways to name one folder, each with links or detours, by what they are."""
    home, disk = place / "home", place / "disk"
    (disk / "deep" / "er").mkdir(parents=True)
    home.symlink_to("disk")
    (place / "device").symlink_to(disk / "whole")
    (place / "middle").mkdir()
    (place / "middle" / "link").symlink_to(disk / "deep")
    (place / "chain").symlink_to("home")
    return {
        "a home that is a link": home / "device",
        "a folder that is a link": place / "device",
        "a link in the middle": place / "middle" / "link" / "er" / "device",
        "a link to a link": place / "chain" / "device",
        "a slash at the end": f"{home}/device/",
        "two slashes": f"{home}//device",
        "dots": f"{place}/middle/../home/./device",
        "dots behind a link": f"{place}/middle/link/../device",
        "a relative path": "home/device",
        "a tilde": "~/device",
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", range(10))
def test_the_installed_release_stays_by_whatever_name(kind, quick_release, tmp_path, monkeypatch):
    """Installed twice, since the second clears up after the first."""
    name, folder = list(spellings(tmp_path).items())[kind]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for _ in range(2):
        assert install.main(["install", "--folder", str(folder), "--no-start"]) == 0
        real = Path(os.path.realpath(os.path.expanduser(str(folder))))
        assert (real / "current" / "release" / release.MARK).exists(), name
        assert (real / "current" / "settings.ini").exists(), name
    assert [path.name for path in (real / "releases").iterdir()] == ["new"]
    assert install.main(["remove", "--folder", str(folder)]) == 0
    assert not real.exists()


@pytest.mark.slow
def test_a_folder_moved_afterwards_is_gone_on_with(quick_release, tmp_path):
    """All that leads from one part of it to another moves along; settings are named anew."""
    key = tmp_path / "mine" / "key.pem"
    key.parent.mkdir()
    key.write_text("secret")
    (tmp_path / "s.ini").write_text("[laughtrack]\nkey_file = key.pem\n")
    words = ["install", "--no-start", "--folder"]
    more = ["--settings", str(tmp_path / "s.ini"), "--certs", str(key.parent)]
    assert install.main([*words, str(tmp_path / "old"), *more]) == 0
    shutil.move(tmp_path / "old", tmp_path / "moved")
    assert install.main([*words, str(tmp_path / "moved")]) == 0
    text = (tmp_path / "moved" / "settings.ini").read_text()
    assert f"key_file = {tmp_path}/moved/certs/key.pem" in text
    assert (tmp_path / "moved" / "certs" / "key.pem").read_text() == "secret"


REFUSED = [
    *("/home/me/a b", "/home/me/%h", "/home/me/ä", "/home/me/a\nb", "/home/me/a\n", "/x/\0y"),
    *("/x/'y", '/x/"y', "/x/$HOME", "/x/a;b", "/x/a\\b", "~", "~/..", "/", "/etc", "/usr/local"),
]


@pytest.mark.parametrize("folder", REFUSED)
def test_folders_that_a_unit_cannot_name_or_that_are_others_are_refused(folder):
    """Homes, what holds them and the system's own folders too: they would be purged one day."""
    with pytest.raises(ValueError, match="expected"):
        paths.check_folder(folder)


def test_a_plain_name_that_leads_to_one_that_no_unit_can_name_is_refused(tmp_path):
    """It is the place itself that the unit names."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "plain").symlink_to("a b")
    with pytest.raises(ValueError, match=r"which is .*a b"):
        paths.check_folder(str(tmp_path / "plain"))


@pytest.mark.parametrize("part", paths.PARTS)
def test_parts_that_lead_out_are_refused(part, quick_release, tmp_path, capsys):
    """What is cleared up in them would be somebody else's."""
    (tmp_path / "elsewhere" / "mine").mkdir(parents=True)
    (tmp_path / "device").mkdir()
    (tmp_path / "device" / part).symlink_to(tmp_path / "elsewhere")
    for verb in (["install", "--no-start"], ["remove"], ["remove", "--purge"], ["status"]):
        assert install.main([*verb, "--folder", str(tmp_path / "device")]) == 1
        assert f"{part} is a symbolic link" in capsys.readouterr().err
    assert (tmp_path / "elsewhere" / "mine").exists()


@pytest.mark.parametrize("name", ["current", "previous"])
def test_links_that_lead_elsewhere_are_none_of_ours(name, quick_release, tmp_path):
    """Neither taken for an installation nor followed when it is removed."""
    outside = tmp_path / "outside"
    (outside / "release").mkdir(parents=True)
    (outside / "came-up").touch()
    folder = tmp_path / "device"
    assert install.main(["install", "--no-start", "--folder", str(folder)]) == 0
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(outside)
    assert state.linked(folder, name) is None and state.last_working(folder) != outside
    removal.remove(folder, folder / state.DATA, purge=False)
    assert not folder.exists() and (outside / "came-up").exists()


@pytest.mark.parametrize("data", ["../other", "/{}/other", "sub/../../other", "."])
def test_data_that_lie_elsewhere_are_never_removed(data, tmp_path):
    """A setting may point anywhere."""
    folder, other = tmp_path / "device", tmp_path / "other"
    (folder / "setups").mkdir(parents=True)
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    removal.remove(folder, folder / data.replace("{}", str(tmp_path)), purge=False)
    assert (other / "mine.txt").read_text() == "mine"


def test_only_what_lies_in_the_folder_can_be_deleted(tmp_path):
    """Whatever it is called; of a link only the link."""
    folder, outside = tmp_path / "device", tmp_path / "outside"
    for place in (folder / "setups" / "1", outside):
        place.mkdir(parents=True)
    (folder / "link").symlink_to(outside)
    for path in (outside, folder, folder / "..", folder / ".." / "outside", folder / "link" / "x"):
        with pytest.raises(ValueError, match="does not lie in"):
            paths.delete(folder, path)
    paths.delete(folder, folder / "link")
    paths.delete(folder, folder / "setups")
    paths.delete(folder, folder / "nothing")
    assert list(folder.iterdir()) == [] and outside.exists()
