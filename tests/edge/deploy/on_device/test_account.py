"""Who a system service runs as, who can change what root runs, and how version 0.1's goes on."""

import getpass
import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from laughtrack.edge.deploy.on_device import account, install, paths, service, systemd_unit

ROOT = os.geteuid() == 0
AS_ROOT = pytest.mark.skipif(not ROOT, reason="it takes root to make another user's files")


@pytest.fixture
def place(tmp_path):
    """Return a folder that only root can change; nor may those above it be others'."""
    if ROOT and paths.changeable(tmp_path):
        pytest.skip(f"{paths.changeable(tmp_path)}: no folder for root here")
    return tmp_path


def own(path):
    """Make a folder or file another user's."""
    os.chown(path, 12345, 12345, follow_symlinks=False)


def open_to_all(path):
    """Let everybody write."""
    path.chmod(path.stat().st_mode | stat.S_IWOTH)


WAYS = {
    "the folder is another's": lambda folder: own(folder),
    "a folder above it is another's": lambda folder: own(folder.parent),
    "everybody writes to the folder": lambda folder: open_to_all(folder),
    "everybody writes above it": lambda folder: open_to_all(folder.parent),
    "a release is another's": lambda folder: own(folder / "releases" / "one"),
    "a file of a release is another's": lambda folder: own(folder / "releases/one/a.py"),
    "everybody writes to one": lambda folder: open_to_all(folder / "releases/one/a.py"),
    "a setup is another's": lambda folder: own(folder / "setups" / "1"),
    "a link in a setup is another's": lambda folder: own(folder / "setups/1/release"),
}


@pytest.mark.slow
@AS_ROOT
@pytest.mark.parametrize("verb", ["start", "stop", "restart", "status", "logs", "remove"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_root_runs_nothing_that_another_user_can_change(place, monkeypatch, capsys, way, verb):
    """Neither started nor asked where its data are: it would be that user's program."""
    folder = place / "above" / "device"
    (folder / "releases" / "one").mkdir(parents=True)
    (folder / "releases" / "one" / "a.py").touch()
    (folder / "setups" / "1").mkdir(parents=True)
    (folder / "setups" / "1" / "release").symlink_to("../../releases/one")
    (folder / "current").symlink_to("setups/1")
    account.check_root(folder)
    monkeypatch.setattr(service, "start", lambda *_: pytest.fail("started"))
    way(folder)
    assert install.main([verb, "--folder", str(folder)]) == 1
    assert "root runs nothing that another user can change" in capsys.readouterr().err


@AS_ROOT
def test_the_services_own_settings_are_no_hindrance(place):
    """They are its user's, and only data."""
    certs = place / "setups" / "1" / "certs"
    certs.mkdir(parents=True)
    for path in (certs / "key.pem", certs.parent / "settings.ini"):
        path.touch()
        own(path)
    account.check_root(place)


@AS_ROOT
def test_a_folder_with_the_sticky_bit_may_be_above(place):
    """Like /tmp: what is root's there stays root's."""
    place.chmod(0o1777)
    (place / "device").mkdir()
    account.check_root(place / "device")


@AS_ROOT
@pytest.mark.parametrize("wanted", ["system", "auto"])
@pytest.mark.parametrize("mode, word", [(0o700, "cannot enter"), (0o757, "everybody")])
def test_a_system_service_is_refused_where_its_user_cannot_be_or_others_write(
    place, monkeypatch, wanted, mode, word
):
    """With a word about the folder; no other kind is chosen instead, which would run as root."""
    (place / "above").mkdir()
    (place / "above").chmod(mode)
    monkeypatch.setattr(service, "RUNNING", place)
    with pytest.raises(ValueError, match=word) as caught:
        service.choose(place / "above" / "device", wanted)
    assert "/opt/laughtrack" in str(caught.value)


def test_what_version_0_1_installed_goes_on_as_who_installed_it(tmp_path, monkeypatch):
    """With a word about it; its unit has the limits that there are now."""
    (tmp_path / account.SERVICE).write_text('{"kind": "system"}\n')
    monkeypatch.setattr(service, "RUNNING", tmp_path)
    kind, reason = service.choose(tmp_path)
    assert kind == "system" and "as version 0.1 made it" in reason and "install it anew" in reason
    assert not service.gets_own_user(tmp_path, kind) and account.base(tmp_path) == tmp_path
    text = systemd_unit.unit(tmp_path, "system", own_user=False)
    for line in (f"User={getpass.getuser()}", f"WorkingDirectory={tmp_path}", "UMask=0077"):
        assert f"{line}\n" in text
    assert f"ReadWriteDirectories=-{tmp_path}\n" in text and "ProtectHome=read-only\n" in text


def test_a_new_one_is_the_services_own_users(tmp_path):
    """As its file says from then on."""
    (tmp_path / account.SERVICE).write_text(
        json.dumps({"kind": "system", "user": systemd_unit.USER})
    )
    assert service.gets_own_user(tmp_path, "system")
    assert account.base(tmp_path) == systemd_unit.STATE


@pytest.fixture
def not_root(monkeypatch):
    """Return the list of what is run as root, by a user who is not."""
    asked = []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(account, "root", lambda: ["sudo", "-n"])
    monkeypatch.setattr(account.subprocess, "call", lambda words: asked.append(words) or 7)
    return asked


@pytest.mark.parametrize("verb", ["status", "logs", "start", "stop", "remove"])
def test_every_verb_for_a_system_service_is_run_as_root(verb, tmp_path, not_root):
    """By the same installer, in the same folder."""
    (tmp_path / account.SERVICE).write_text(
        json.dumps({"kind": "system", "user": systemd_unit.USER})
    )
    assert install.main([verb, "--folder", str(tmp_path)]) == 7
    words = ["-m", account.MODULE, verb, "--folder", str(tmp_path), "--folder", str(tmp_path)]
    assert not_root == [["sudo", "-n", sys.executable, *words]]


def test_an_install_of_one_is_run_as_root(tmp_path, not_root, monkeypatch):
    """In the folder that was chosen for it."""
    monkeypatch.setattr(
        install.release, "read_manifest", lambda bundle, sha256: {"id": "new", "files": {}}
    )
    monkeypatch.setattr(install.release, "check_device", lambda manifest: None)
    monkeypatch.setattr(service, "choose", lambda *_: service.Choice("system", "why"))
    assert install.main(["install", "--folder", str(tmp_path / "device")]) == 7
    (words,) = not_root
    assert words[-4:] == ["--folder", str(tmp_path / "device"), "--service", "system"]
    assert not (tmp_path / "device").exists()


def test_folders_that_settings_name_can_be_written(tmp_path):
    """Whole paths, that is; and /tmp for the preview's FIFO. What no unit can name is left out."""
    settings = tmp_path / "settings.ini"
    words = {"folder": "/srv/data", "file": "/srv/sent/a.jsonl", "log_file": "/srv/a b/log"}
    text = "".join(f"{name} = {value}\n" for name, value in words.items())
    settings.write_text(f"[laughtrack]\npreview = fifo\n{text}")
    unit = systemd_unit.unit(tmp_path, "system")
    writable = "ReadWriteDirectories=-/var/lib/laughtrack -/tmp -/srv/data -/srv/sent\n"
    assert writable in unit and "PrivateTmp=true" not in unit
    settings.write_text("[laughtrack]\n")
    assert "PrivateTmp=true\n" in systemd_unit.unit(tmp_path, "system")


def test_group_that_reads_the_preview_is_the_programs_too(tmp_path):
    """Else it could not give its FIFO to that group; another's name is none of the unit's."""
    settings = tmp_path / "settings.ini"
    for group, named in (("daemon", True), ("no-such-group", False)):
        settings.write_text(f"[laughtrack]\npreview = fifo:{group}\n")
        unit = systemd_unit.unit(tmp_path, "system")
        groups = re.findall("^SupplementaryGroups=(.*)$", unit, re.MULTILINE)
        assert (group in " ".join(groups).split()) == named and "PrivateTmp=true" not in unit


def test_no_name_breaks_out_of_the_unit(tmp_path):
    """What settings name with line ends or specifiers is no line of it."""
    settings = tmp_path / "settings.ini"
    settings.write_text("[laughtrack]\nfolder = /srv/%h\n  ExecStart=/bin/false\n")
    assert "%h" not in systemd_unit.unit(tmp_path, "system")
    assert systemd_unit.unit(Path("/x"), "system").count("ExecStart=") == 1
