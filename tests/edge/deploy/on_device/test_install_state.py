"""Which release is in use on a device, whenever an install was cut off."""

import fcntl
import json
import re

import pytest

from laughtrack.edge.deploy.on_device import install, release, removal, state, switch
from tests.edge.deploy import lent_bundle


def setup_of(folder, name, settings=None, certs=None):
    """Make a whole release and a setup of it."""
    place = folder / "releases" / name
    place.mkdir(parents=True, exist_ok=True)
    (place / release.MARK).write_text("{}")
    return state.add_setup(folder, place, settings, certs)


def test_going_back_skips_what_never_came_up(tmp_path):
    """An install cut off between its switch and its status is none to go back to."""
    good, cut = setup_of(tmp_path, "good"), setup_of(tmp_path, "cut")
    assert state.last_working(tmp_path) is None
    state.link(tmp_path, "current", good)
    state.mark_working(good)
    assert state.last_working(tmp_path) == good
    state.link(tmp_path, "previous", good)
    state.link(tmp_path, "current", cut)
    assert state.last_working(tmp_path) == good


def test_cleaning_keeps_what_is_in_use(tmp_path):
    """The current setup, the one before, and their releases; nothing else."""
    setups = [setup_of(tmp_path, name) for name in ("one", "two", "three")]
    state.link(tmp_path, "previous", setups[1])
    state.link(tmp_path, "current", setups[2])
    assert state.clean(tmp_path) == ["setups/1", "releases/one"]
    assert state.clean(tmp_path) == []


def test_an_unfinished_release_is_none(tmp_path):
    """Without its mark it is removed, even when something leads to it."""
    setup = setup_of(tmp_path, "half")
    state.link(tmp_path, "current", setup)
    (tmp_path / "releases" / "half" / release.MARK).unlink()
    assert "releases/half" in state.clean(tmp_path)


def test_settings_and_certificates_stay_from_one_setup_to_the_next(tmp_path):
    """An update without any keeps those in use, their names leading to this folder."""
    folder, mine = tmp_path / "device", tmp_path / "mine"
    mine.mkdir()
    (mine / "key.pem").write_text("secret")
    (mine / "s.ini").write_text("[laughtrack]\nkey_file = /home/me/key.pem\nca_file=/etc/ca.pem\n")
    first = setup_of(folder, "one", mine / "s.ini", mine)
    state.link(folder, "current", first)
    second = setup_of(folder, "two")
    for setup in (first, second):
        text = (setup / "settings.ini").read_text()
        # What was not copied is the device's own, and keeps its name.
        assert text == f"[laughtrack]\nkey_file = {folder}/certs/key.pem\nca_file=/etc/ca.pem\n"
        assert (setup / "certs" / "key.pem").read_text() == "secret"
        for path in (setup / "settings.ini", setup / "certs" / "key.pem"):
            assert path.stat().st_mode & 0o777 == 0o600
    assert (folder / "certs" / "key.pem").read_text() == "secret"


@pytest.mark.parametrize("name, option", [("settings.ini", "--settings"), ("certs", "--certs")])
def test_ones_own_files_are_neither_replaced_nor_removed(
    tmp_path, monkeypatch, capsys, name, option
):
    """Where the links go, somebody may have put the only copy of a key."""
    own = tmp_path / name / "key.pem" if name == "certs" else tmp_path / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("mine")
    monkeypatch.setattr(release, "read_manifest", lambda bundle, sha256: {"id": "new", "files": {}})
    monkeypatch.setattr(release, "check_device", lambda manifest: None)
    assert install.main(["install", "--folder", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert f"{tmp_path / name} is in the way" in said and option in said
    assert [path.name for path in tmp_path.iterdir()] == [name]
    removal.remove(tmp_path, tmp_path / state.DATA, purge=False)
    assert own.read_text() == "mine"


def test_an_install_cut_off_before_its_status_can_be_undone(tmp_path, monkeypatch):
    """What it replaced is the one to go back to, however many there were before."""
    old, good = setup_of(tmp_path, "old"), setup_of(tmp_path, "good")
    for setup, name in ((old, "previous"), (good, "current")):
        state.mark_working(setup)
        state.link(tmp_path, name, setup)

    def cut_off(change, say):
        state.link(change.folder, "current", change.setup)
        raise SystemExit("killed")

    manifest = {"id": "new", "files": {}}
    monkeypatch.setattr(release, "read_manifest", lambda bundle, sha256: manifest)
    monkeypatch.setattr(release, "check_device", lambda manifest: None)
    monkeypatch.setattr(release, "unpack", lambda *_: True)
    monkeypatch.setattr(state, "data_folder", lambda folder, setup: folder / state.DATA)
    monkeypatch.setattr(switch, "switch", cut_off)
    with pytest.raises(SystemExit):
        install.main(["install", "--folder", str(tmp_path), "--service", "plain"])
    state.clean(tmp_path)
    assert state.last_working(tmp_path) == good


@pytest.mark.parametrize("written", [False, True], ids=["nothing written", "a batch written"])
def test_a_first_install_cut_off_before_its_start_leaves_no_data_folder(
    tmp_path, monkeypatch, written
):
    """Its program never ran; what lies there all the same is kept."""
    data = tmp_path / "device" / state.DATA

    def cut_off(change, say):
        assert data.is_dir()
        if written:
            (data / "batch").touch()
        raise switch.Stopped("stopped by SIGTERM")

    manifest = {"id": "new", "files": {}}
    monkeypatch.setattr(release, "read_manifest", lambda bundle, sha256: manifest)
    monkeypatch.setattr(release, "check_device", lambda manifest: None)
    monkeypatch.setattr(release, "unpack", lambda *_: True)
    monkeypatch.setattr(state, "data_folder", lambda folder, setup: folder / state.DATA)
    monkeypatch.setattr(switch, "switch", cut_off)
    settings = tmp_path / "settings.ini"
    settings.write_text("[laughtrack]\ncontext = screening\n")
    words = ["install", "--folder", str(data.parent), "--service", "plain"]
    assert install.main([*words, "--settings", str(settings)]) == 1
    assert data.exists() == written


@pytest.mark.slow
def test_two_installs_at_once_do_not_mix(tmp_path, monkeypatch, capsys):
    """The second says so and changes nothing."""
    lent = lent_bundle.lend(tmp_path / "wheels")
    bundle = lent_bundle.build(monkeypatch, lent, tmp_path / "b.zip")
    folder = tmp_path / "device"
    folder.mkdir()
    with open(folder / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        words = ["install", "--bundle", str(bundle), "--folder", str(folder), "--no-start"]
        assert install.main(words) == 1
    assert "another install works on" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == [".lock"]


UNSENT = {
    # the last status, whether one batch is in the outbox -> how many count as unsent
    "ended, all sent": ({"online": False, "queue": 0}, True, 0),
    "ended, some waiting": ({"online": False, "queue": 3}, True, 3),
    "killed": ({"online": True, "queue": 0}, True, 1),
    "never said a word": (None, True, 1),
    "nothing there": (None, False, 0),
}


@pytest.mark.parametrize("status, batch, count", UNSENT.values(), ids=UNSENT)
def test_remove_keeps_what_was_never_sent(tmp_path, status, batch, count):
    """As the program said at its end; where it said nothing, all that the outbox holds."""
    data = tmp_path / "device" / state.DATA
    (data / "outbox").mkdir(parents=True)
    if status:
        (data / "status.json").write_text(json.dumps(status))
    if batch:
        (data / "outbox" / "000000000007-2-deadbeef.json").write_text("{}")
    left = removal.remove(tmp_path / "device", data, purge=False)
    assert left == ([f"{data} ({count} unsent batches)"] if count else [])
    assert (tmp_path / "device").exists() == bool(count)


def test_status_of_nothing_says_where_to_look(tmp_path, capsys):
    """The folder may be another."""
    assert install.main(["status", "--folder", str(tmp_path)]) == 1
    assert "nothing is installed" in capsys.readouterr().err


@pytest.mark.slow
def test_a_bundle_for_another_python_is_refused_before_anything(tmp_path, monkeypatch, capsys):
    """Not even its folder is made."""
    lent = lent_bundle.lend(tmp_path / "wheels")
    bundle = lent_bundle.build(monkeypatch, lent, tmp_path / "b.zip")
    with lent_bundle.zipfile.ZipFile(bundle) as files:
        files.extractall(tmp_path / "unpacked")
    path = tmp_path / "unpacked" / "manifest.json"
    path.write_text(re.sub(r'"python": "[\d.]+"', '"python": "3.6"', path.read_text()))
    words = ["install", "--bundle", str(tmp_path / "unpacked"), "--no-start"]
    assert install.main([*words, "--folder", str(tmp_path / "device")]) == 1
    assert "is for Python 3.6, here is" in capsys.readouterr().err
    assert not (tmp_path / "device").exists()
