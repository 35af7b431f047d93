"""A system service under a real systemd: its user, what it may not do, its update and its end."""

import re
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge.deploy.on_device import account, paths
from tests.edge.deploy import lent_bundle
from tests.edge.deploy.on_device.systemd_box import Box

pytestmark = pytest.mark.slow
MINOR = f"python3.{sys.version_info[1]}"
SETTINGS = """[laughtrack]
device = camera-1
context = screening
source = /srv/box/room.avi
speed = 1
status_s = 1
publisher = file
file = laughtrack-device/sent.jsonl
password_file = secret.txt
"""


@pytest.fixture(scope="module")
def python():
    """Return a Python of this version that belongs to root, and that others can run."""
    for place in (Path("/usr/bin", MINOR), Path("/usr/local/bin", MINOR)):
        real = place.resolve()
        if real.exists() and not (paths.changeable(real) or account.unreachable(real.parent)):
            return str(place)
    pytest.skip(f"no {MINOR} of the system here (apt-get install {MINOR} {MINOR}-venv)")


@pytest.fixture(scope="module")
def box(tmp_path_factory, python):
    """Boot a systemd; in it a film, settings and two bundles."""
    place = tmp_path_factory.mktemp("box")
    lent = lent_bundle.lend(place / "wheels")
    newer = place / "newer.py"
    newer.write_text((lent_bundle.bundle.ROOT / "edge" / "version.py").read_text() + "NEWER = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        lent_bundle.build(patch, lent, place / "good.zip")
        replaced = {"laughtrack/edge/version.py": newer}
        lent_bundle.build(patch, lent, place / "newer.zip", replaced)
    out = cv2.VideoWriter(str(place / "room.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 1, (160, 120))
    for i in range(600):
        out.write(np.full((120, 160, 3), 90 + i % 20, np.uint8))
    out.release()
    (place / "settings.ini").write_text(SETTINGS)
    (place / "old.ini").write_text(SETTINGS.replace("password_file = secret.txt\n", ""))
    (place / "certs").mkdir()
    (place / "certs" / "secret.txt").write_text("not for others\n")
    try:
        box = Box(tmp_path_factory.mktemp("scratch"), place)
    except OSError as error:
        pytest.skip(str(error))
    box.place, box.python = Path("/srv/box"), python
    if box.run("setpriv", "--reuid=12345", "--clear-groups", "test", "-r", cv2.__file__).returncode:
        box.close()
        pytest.skip("the packages that are lent can be read by their owner alone")
    yield box
    box.close()


def install(box, bundle, *words):
    """Install a bundle in the box, as `deploy` does for root."""
    return box.run(box.python, box.place / bundle, "install", "--wait", "120", *words)


def state_of(box):
    """Return what systemd says of the unit."""
    said = box.run("systemctl", "show", "laughtrack.service").stdout
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)


@pytest.fixture(scope="module")
def installed(box):
    """Install the first bundle; return what was said."""
    digest = box.run("sha256sum", box.place / "good.zip").stdout.split()[0]
    more = ["--settings", box.place / "settings.ini", "--certs", box.place / "certs"]
    done = install(box, "good.zip", "--sha256", digest, *more)
    assert done.returncode == 0, done.stdout
    return done


def test_it_runs_as_a_user_of_its_own_who_can_write_nowhere_else(box, installed):
    """The real program, scoring with OpenVINO, with all that the unit takes from it."""
    done = installed
    assert "a system unit, user laughtrack" in done.stdout and "online after" in done.stdout
    found = state_of(box)
    assert (found["ActiveState"], found["User"]) == ("active", "laughtrack")
    pid = found["MainPID"]
    said = box.run("cat", f"/proc/{pid}/status").stdout
    for line in (r"CapEff:\s0{16}", r"CapBnd:\s0{16}", r"NoNewPrivs:\s1", r"Seccomp:\s2"):
        assert re.search(line, said), line
    owners = box.run(
        *("stat", "-L", "-c", "%U %a %n", "/opt/laughtrack", "/opt/laughtrack/current"),
        *("/opt/laughtrack/settings.ini", "/opt/laughtrack/certs/secret.txt"),
        *("/var/lib/laughtrack", "/var/lib/laughtrack/laughtrack-device/sent.jsonl"),
    ).stdout.splitlines()
    assert [line.rsplit(" ", 1)[0] for line in owners] == [
        *("root 755", "root 755", "laughtrack 600", "laughtrack 600", "laughtrack 700"),
        "laughtrack 600",
    ]
    # As that user, in the very namespace that systemd made for it.
    attempt = "for f in /opt/laughtrack /etc /tmp /home /srv /usr /var/log; do"
    attempt += " touch $f/mine 2>/dev/null && echo $f; done; ls /root /home; true"
    enter = ["nsenter", "-t", pid, "-m", "-r"]
    words = ["setpriv", "--reuid=laughtrack", "--regid=laughtrack", "--clear-groups"]
    said = box.run(*enter, *words, "sh", "-c", attempt).stdout
    assert [line for line in said.splitlines() if line.startswith("/")] == ["/tmp"], said
    assert box.run("test", "-e", "/tmp/mine").returncode != 0
    code = [box.python, box.place / "good.zip", "status"]
    done = box.run(*code)
    assert done.returncode == 0 and "device: camera-1" in done.stdout, done.stdout


@pytest.mark.usefixtures("installed")
def test_it_is_stopped_and_started_by_the_devices_own_installer(box):
    """Stopped tidily, which is no failure; killed and disabled, it is never said to be online."""
    verb = [box.python, box.place / "good.zip"]
    done = box.run(*verb, "stop")
    assert done.returncode == 0 and "stopped after" in done.stdout, done.stdout
    assert state_of(box)["ActiveState"] == "inactive"
    done = box.run(*verb, "status")
    assert done.returncode == 1 and "online: false" in done.stdout and "ended tidily" in done.stdout
    assert "it is stopped already" in box.run(*verb, "stop").stdout
    done = box.run(*verb, "start", "--wait", "120")
    assert done.returncode == 0 and "online after" in done.stdout, done.stdout
    assert "it runs already" in box.run(*verb, "start").stdout
    # Killed, and not to come back.
    box.run("systemctl", "kill", "-s", "KILL", "laughtrack.service")
    box.run("systemctl", "stop", "laughtrack.service")
    box.run("systemctl", "disable", "laughtrack.service")
    done = box.run(*verb, "status")
    assert done.returncode == 1 and "online: false" in done.stdout, done.stdout
    done = box.run(*verb, "start", "--wait", "120")
    assert done.returncode == 0 and "online after" in done.stdout, done.stdout


@pytest.mark.usefixtures("installed")
def test_an_update_that_is_killed_leaves_something_running(box):
    """systemd is told by who watches the installer; the next update is done."""
    process = box.start(box.python, box.place / "newer.zip", "install", "--wait", "120")
    for line in process.stdout:
        if "started as" in line:
            break
    time.sleep(0.5)
    box.kill(process)
    began_s = time.monotonic()
    while box.run("systemctl", "is-active", "laughtrack.service").stdout.strip() != "active":
        assert time.monotonic() - began_s < 60
        time.sleep(0.2)
    done = install(box, "newer.zip")
    assert done.returncode == 0, done.stdout
    assert state_of(box)["ActiveState"] == "active"


def test_a_folder_that_others_can_change_is_refused(box):
    """Root would run what they put there."""
    box.run("sh", "-c", "mkdir -m 755 /srv/theirs && chown 12345 /srv/theirs")
    for folder in ("/srv/theirs", "/srv/theirs/device"):
        done = install(box, "good.zip", "--folder", folder)
        assert done.returncode == 1 and "belongs to user 12345" in done.stdout, done.stdout
    done = install(box, "good.zip", "--folder", "/root/device", "--service", "system")
    assert done.returncode == 1 and "cannot enter /root" in done.stdout, done.stdout
    assert box.run("ls", "/srv/theirs").stdout == ""


@pytest.mark.usefixtures("installed")
def test_nothing_stays_when_it_is_removed(box):
    """Neither folders nor unit nor user."""
    done = box.run(box.python, box.place / "good.zip", "remove", "--purge")
    assert done.returncode == 0 and "removed from /opt/laughtrack" in done.stdout, done.stdout
    for path in (
        "/opt/laughtrack",
        "/var/lib/laughtrack",
        "/etc/systemd/system/laughtrack.service",
    ):
        assert box.run("test", "-e", path).returncode != 0, path
    assert box.run("id", "laughtrack").returncode != 0


def test_what_version_0_1_installed_goes_on_with_the_new_limits(box):
    """As who installed it, where it lies: its unit must work with them, too."""
    folder = "/srv/old"
    box.run("mkdir", "-m", "700", folder)
    box.run("sh", "-c", f"""echo '{{"kind": "system"}}' >{folder}/service.json""")
    done = install(box, "good.zip", "--folder", folder, "--settings", box.place / "old.ini")
    assert done.returncode == 0, done.stdout
    assert "as version 0.1 made it, user root" in done.stdout
    found = state_of(box)
    assert (found["ActiveState"], found["User"]) == ("active", "root")
    said = box.run("cat", f"/proc/{found['MainPID']}/status").stdout
    assert re.search(r"CapEff:\s0{16}", said) and re.search(r"NoNewPrivs:\s1", said)
