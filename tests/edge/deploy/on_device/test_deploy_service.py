"""How the program is kept running: units that systemd 229 reads, and which kind is chosen."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from laughtrack.edge.deploy.on_device import (
    account,
    install,
    paths,
    service,
    state,
    switch,
    systemd_unit,
)

FOLDER = Path("/home/aws_cam/laughtrack")
# From the manual pages of systemd 229: what a unit may say there, of what one may want here.
KNOWN = {
    "Unit": {"Description", "Wants", "After"},
    "Service": {
        *("Type", "User", "SupplementaryGroups", "WorkingDirectory", "Environment", "ExecStart"),
        *(
            "Restart",
            "RestartSec",
            "SuccessExitStatus",
            "StartLimitInterval",
            "TimeoutStartSec",
            "TimeoutStopSec",
        ),
        *("WatchdogSec", "MemoryLimit", "NoNewPrivileges", "KillMode", "Nice", "EnvironmentFile"),
        *("UMask", "ProtectSystem", "ProtectHome", "PrivateTmp", "ReadWriteDirectories"),
        *("CapabilityBoundingSet", "DevicePolicy", "DeviceAllow", "RestrictAddressFamilies"),
        *("SystemCallFilter", "SystemCallArchitectures", "SystemCallErrorNumber"),
    },
    "Install": {"WantedBy"},
}
# Since when there is what 229 does not know: it names the line in its log, and goes on without.
LATER = {
    **{"ProtectKernelTunables": 232, "ProtectKernelModules": 232, "ProtectControlGroups": 232},
    **{"RestrictRealtime": 231, "RemoveIPC": 232, "RestrictNamespaces": 233},
    **{"LockPersonality": 235, "RestrictSUIDSGID": 242, "ProtectHostname": 242},
    **{"ProtectKernelLogs": 244, "ProtectClock": 245, "ProtectProc": 247},
}


def directives(text):
    """Yield each section's and directive's name with its value."""
    section = None
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, value = line.split("=", 1)
            yield section, name, value


@pytest.mark.parametrize("own", [True, False], ids=["its own user", "as version 0.1"])
@pytest.mark.parametrize("kind", ["system", "user"])
def test_units_say_only_what_systemd_229_knows_or_leaves_out(kind, own):
    """The DeepLens's Ubuntu 16.04 has that version; a line it does not know has no effect there."""
    said = list(directives(systemd_unit.unit(FOLDER, kind, own)))
    for section, name, _ in said:
        assert name in KNOWN[section] or name in LATER, name
    # What 229 knows by name but not by value must leave what was said before.
    strengths = [value for _, name, value in said if name == "ProtectSystem"]
    assert strengths == ([] if kind == "user" else ["full", "strict"])
    # A list of what is allowed, whose groups it does not know, would allow nothing.
    assert all(value[0] == "~" for _, name, value in said if name == "SystemCallFilter")
    if kind == "user":
        assert not LATER.keys() & {name for _, name, _ in said}


@pytest.mark.parametrize("kind", ["system", "user"])
def test_units_start_the_release_in_use(kind):
    """Watched over, restarted always, with no processor's name for the mathematics."""
    said = {name: value for _, name, value in directives(systemd_unit.unit(FOLDER, kind))}
    python = f"{FOLDER}/current/release/venv/bin/python"
    config = f"--config {FOLDER}/settings.ini"
    start = f"/usr/bin/env -u OPENBLAS_CORETYPE {python} -m edge run {config}"
    assert said["ExecStart"] == start
    base = str(systemd_unit.STATE if kind == "system" else FOLDER)
    assert (said["Type"], said["Restart"]) == ("notify", "always")
    assert said["SuccessExitStatus"].split() == ["130", "143"]
    assert said["WorkingDirectory"] == base
    assert float(said["WatchdogSec"]) > 60
    assert not re.search(r"@\w+@|^\?", systemd_unit.unit(FOLDER, kind), re.MULTILINE)
    assert said["WantedBy"] == {"system": "multi-user.target", "user": "default.target"}[kind]


def test_a_users_unit_changes_no_user():
    """A user's own systemd may not, and would refuse to start it; its log goes to a file."""
    text = systemd_unit.unit(FOLDER, "user")
    assert "User=" not in text and "SupplementaryGroups=" not in text
    assert f"LAUGHTRACK_LOG_FILE={FOLDER}/laughtrack.log" in text


@pytest.mark.parametrize("awscam, wait_s", [(False, 90.0), (True, 600.0)])
def test_a_deeplens_gets_the_time_that_its_optimizer_takes(monkeypatch, tmp_path, awscam, wait_s):
    """Minutes, at the first start: neither the installer nor systemd gives it up before."""
    if awscam:
        (tmp_path / "awscam.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
    assert install._parser().parse_args(["install"]).wait == wait_s
    said = {name: value for _, name, value in directives(systemd_unit.unit(FOLDER, "system"))}
    assert float(said["TimeoutStartSec"]) > wait_s


ANALYZE = shutil.which("systemd-analyze")
NO_ANALYZE = "no systemd-analyze here (apt-get install systemd)"


@pytest.fixture(params=["", "preview = fifo\n"], ids=["", "fifo"])
def unit_file(request, tmp_path):
    """Return a function that writes a system unit, of settings and of what runs it."""
    (tmp_path / "settings.ini").write_text("[laughtrack]\n" + request.param)

    def write(own):
        text = systemd_unit.unit(tmp_path, "system", own)
        path = tmp_path / systemd_unit.UNIT
        path.write_text(text.replace(f"{tmp_path}/current/release/venv", "/usr"))
        return path

    return write


@pytest.mark.skipif(ANALYZE is None, reason=NO_ANALYZE)
def test_systemd_itself_accepts_the_unit(unit_file):
    """This machine's systemd reads it without a word about our lines."""
    words = [ANALYZE, "verify", str(unit_file(True))]
    done = subprocess.run(words, capture_output=True, text=True)
    about = [line for line in done.stderr.splitlines() if systemd_unit.UNIT in line]
    # MemoryLimit is the old name of MemoryMax, which 229 does not know.
    assert [line for line in about if "MemoryLimit" not in line] == []


@pytest.mark.slow
@pytest.mark.skipif(ANALYZE is None, reason=NO_ANALYZE)
@pytest.mark.parametrize("own", [True, False], ids=["its own user", "as version 0.1"])
@pytest.mark.parametrize("awscam", [False, True], ids=["", "awscam"])
def test_the_service_can_do_little_else(unit_file, monkeypatch, tmp_path, own, awscam):
    """By systemd's own count, from 10 for anything to 0: at most 3."""
    if awscam:
        (tmp_path / "awscam.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
    words = [ANALYZE, "security", "--offline=yes", "--threshold=30", "--no-pager"]
    done = subprocess.run([*words, str(unit_file(own))], capture_output=True, text=True)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze looks at no files (250 does)")
    assert done.returncode == 0, done.stdout[-200:]
    if not own:
        return
    # What awscam needs more is said where it is left out.
    assert ("awscam needs more" in unit_file(own).read_text()) == awscam


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that pretends a machine: with systemd, its user's, sudo."""

    def pretend(systemd, own, sudo):
        tools = tmp_path / "tools"
        tools.mkdir()
        script = '#!/bin/sh\necho "$0 $*" >>"$TOLD"\n'
        asked = f'case "$*" in *show-environment*) exit {0 if own else 1};; '
        tell = asked + "*is-active*) echo active;; esac\n"
        passed = script + f'[ {int(sudo)} = 1 ] || exit 1\nshift\nexec "$@"\n'
        for name, text in (("systemctl", script + tell), ("sudo", passed), ("loginctl", script)):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        (tmp_path / "run").mkdir()
        monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("TOLD", str(tmp_path / "told"))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        monkeypatch.setattr(service, "RUNNING", tmp_path / ("run" if systemd else "none"))
        monkeypatch.setattr(systemd_unit, "SYSTEM_UNITS", tmp_path)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        return tmp_path

    return pretend


@pytest.fixture
def roots_folder(monkeypatch):
    """Let any folder be one that only root can change: those of tests lie where they lie."""
    monkeypatch.setattr(account, "trouble", lambda folder: "")


CHOICES = {
    # systemd, the user's own, sudo without a password -> kind
    "everything": (True, True, True, "system"),
    "no sudo": (True, True, False, "user"),
    "no sudo, no session": (True, False, False, "plain"),
    "no systemd": (False, False, True, "plain"),
    "nothing": (False, False, False, "plain"),
}


@pytest.mark.parametrize("systemd, own, sudo, kind", CHOICES.values(), ids=CHOICES)
@pytest.mark.usefixtures("roots_folder")
def test_the_best_kind_that_works_is_chosen(machine, tmp_path, systemd, own, sudo, kind):
    """And it is said what it means for the next boot."""
    machine(systemd, own, sudo)
    found, why = service.choose(tmp_path)
    assert found == kind
    boot = {"system": "starts with the machine", "user": "enable-linger", "plain": "@reboot"}
    assert boot[kind] in why


@pytest.mark.slow
def test_a_program_that_dies_under_systemd_is_given_up_soon(machine, monkeypatch):
    """It is started for ever there and never failed, so its starts are counted."""
    place = machine(True, True, True)
    folder = place / "device"
    (folder / "setups" / "1").mkdir(parents=True)
    with (place / "tools" / "systemctl").open("a") as file:
        file.write('case "$*" in *show*) wc -l <"$TOLD" | sed s/^/ExecMainPID=/;; esac\n')
    monkeypatch.setattr(state, "data_folder", lambda folder, setup: folder)
    change = switch.Change(folder, None, folder / "setups" / "1", "user", folder, 60.0)
    with pytest.raises(switch.Failed, match="dies at every start"):
        switch.start_and_wait(change, print)


@pytest.mark.parametrize("kind", ["system", "user"])
def test_a_unit_comes_starts_stops_and_goes(machine, kind):
    """Each step is what systemctl is told, as root or as the user; no file stays."""
    place = machine(True, True, True)
    folder = place / "device"
    folder.mkdir()
    service.install_unit(folder, kind)
    service.start(folder, kind)
    assert service.installed_kind(folder) == kind
    assert service.state(folder, kind) == (True, False, f"{kind} unit laughtrack.service, active")
    (unit,) = place.rglob("laughtrack.service")
    assert unit.read_text() == systemd_unit.unit(folder, kind)
    service.stop(folder, kind)
    service.remove_unit(folder, kind)
    assert list(place.rglob("laughtrack.service")) == [] and list(folder.iterdir()) == []
    flag = "--user " if kind == "user" else ""
    told = re.findall(
        r"systemctl ((?:--user )?(?:daemon-reload|enable|restart|stop|disable).*)",
        (place / "told").read_text(),
    )
    words = ["daemon-reload", "enable U", "restart --no-block U", "stop U", "disable U"]
    wanted = [flag + w.replace("U", systemd_unit.UNIT) for w in [*words, "daemon-reload"]]
    assert [w for i, w in enumerate(told) if i == 0 or told[i - 1] != w] == wanted


def test_a_units_removal_without_sudo_is_refused_with_its_cure(machine):
    """Nothing is half removed: the unit stays until who may take it comes."""
    place = machine(True, True, False)
    (place / systemd_unit.UNIT).write_text(systemd_unit.unit(place, "system"))
    with pytest.raises(OSError, match="sudo asks for a password"):
        service.remove_unit(place, "system")
    assert (place / systemd_unit.UNIT).exists()


def test_another_folders_unit_is_left_alone(machine):
    """Two installations do not fight over one unit."""
    place = machine(True, True, True)
    for name in ("one", "two"):
        (place / name).mkdir()
    service.install_unit(place / "one", "system")
    with pytest.raises(OSError, match="runs another folder"):
        service.install_unit(place / "two", "system")


@pytest.mark.parametrize("folder", ["/home/me/a b", "/home/me/%h", "/", "~"])
def test_folders_that_a_unit_cannot_name_are_refused(folder):
    """So are the root and a whole home."""
    with pytest.raises(ValueError, match="expected"):
        paths.check_folder(folder)
