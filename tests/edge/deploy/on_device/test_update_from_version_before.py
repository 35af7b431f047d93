"""A device that version 0.1 was installed on: asked, stopped, started, updated and removed."""

import hashlib
import json
import re
import subprocess
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge.deploy.on_device import plain, state
from laughtrack.edge.deploy.ssh import remote, ssh
from tests.brokers import until
from tests.edge.deploy import lent_bundle

pytestmark = pytest.mark.slow
RELEASE = Path(__file__).parents[3] / "data" / "version_0_1" / "release.zip"
# This machine as a host: `sh` in place of ssh, which hands a script to the host's shell.
HOST = ssh.Connection(("sh", "-c", 'cd / && eval "$1"'), "host")
DIES = 'import sys\n\nprint("the camera caught fire", file=sys.stderr)\nsys.exit(3)\n'


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Return version 0.1's bundle, today's, and one of today's whose program dies at once."""
    place = tmp_path_factory.mktemp("bundles")
    lent = lent_bundle.lend(place / "wheels")
    (place / "dies.py").write_text(DIES)
    dying = {"laughtrack/edge/__main__.py": place / "dies.py"}
    with pytest.MonkeyPatch.context() as patch:
        made = {
            "new": lent_bundle.build(patch, lent, place / "new.zip"),
            "dying": lent_bundle.build(patch, lent, place / "dying.zip", dying),
        }
    return {**made, "old": old_bundle(made["new"], place / "old.zip")}


def old_bundle(new, output):
    """Write version 0.1's release as a bundle, with the manifest and the wheels of a new one."""
    with zipfile.ZipFile(new) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        files = {n: archive.read(n) for n in archive.namelist() if n.startswith("wheels/")}
    with zipfile.ZipFile(RELEASE) as archive:
        files.update((name, archive.read(name)) for name in archive.namelist())
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items()
    }
    manifest["id"] = f"0.1.0-{manifest['target']}-before"
    files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(output, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return output


@pytest.fixture
def folder(tmp_path):
    """Return where the device's installation goes; end what still runs in it."""
    yield tmp_path / "device"
    if plain.running(tmp_path / "device"):
        plain.stop(tmp_path / "device")


@pytest.fixture
def installed(bundles, folder, tmp_path):
    """Install version 0.1 and start it; return its settings file."""
    film = tmp_path / "room.avi"
    out = cv2.VideoWriter(str(film), cv2.VideoWriter_fourcc(*"MJPG"), 1, (160, 120))
    for i in range(600):
        out.write(np.full((120, 160, 3), 90 + i % 20, np.uint8))
    out.release()
    settings = tmp_path / "settings.ini"
    settings.write_text(
        f"[laughtrack]\ndevice = camera-1\ncontext = screening\nsource = {film}\nspeed = 1\n"
        "status_s = 1\npublisher = file\nfile = laughtrack-device/sent.jsonl\n"
    )
    assert install(folder, bundles["old"], settings=settings, service="plain") == 0
    return settings


def install(folder, archive, update=False, **options):
    """Install a bundle on this machine, as `laughtrack deploy` does; return the exit code."""
    options = remote.InstallOptions(
        str(folder), bundle=archive, python=lent_bundle.PYTHON, wait_s=60, **options
    )
    return remote.install(HOST, options, print, update)


def ask(folder, verb, capfd):
    """Run a verb of the device's installer; return its exit code and output."""
    capfd.readouterr()
    code = remote.on_device(HOST, str(folder), verb)
    return code, capfd.readouterr().out


def release_of(folder, capfd):
    """Return the release that runs."""
    code, said = ask(folder, "status", capfd)
    assert code == 0 and "device: camera-1" in said
    return re.search(r"^release: (\S+)$", said, re.MULTILINE).group(1)


def test_it_is_asked_updated_and_removed(installed, bundles, folder, capfd):
    """One after the other, since each installation takes its time."""
    every_verb_works_on_it(folder, capfd)
    an_update_that_fails_goes_back_to_it(bundles, folder, capfd)
    release = an_update_puts_the_new_version_in_its_place(bundles, folder, capfd)
    old_names_still_work(folder, release, capfd)
    code, said = ask(folder, "remove", capfd)
    assert code == 0 and "removed from" in said
    assert not folder.exists() and plain.running(folder) is None


def test_it_is_removed_by_its_own_installer(installed, folder, capfd):
    """By the names that it knows."""
    assert ask(folder, "remove", capfd)[0] == 0
    assert not folder.exists() and plain.running(folder) is None


def every_verb_works_on_it(folder, capfd):
    """By the names that it knows."""
    assert release_of(folder, capfd).endswith("-before")
    assert ask(folder, "stop", capfd)[0] == 0 and plain.running(folder) is None
    code, said = ask(folder, "status", capfd)
    assert code == 1 and "plain supervisor, stopped" in said
    assert ask(folder, "start", capfd)[0] == 0
    until(lambda: ask(folder, "status", capfd)[0] == 0)
    assert ask(folder, "logs", capfd)[0] == 0


def an_update_that_fails_goes_back_to_it(bundles, folder, capfd):
    """Version 0.1 runs again, and nothing of the new one is left."""
    capfd.readouterr()
    assert install(folder, bundles["dying"], update=True) == 1
    said = "".join(capfd.readouterr())
    assert "the one before runs again" in said and "the camera caught fire" in said
    assert release_of(folder, capfd).endswith("-before")
    assert len(list((folder / "releases").iterdir())) == 1
    assert (folder / "current" / state.WORKING).exists()


def an_update_puts_the_new_version_in_its_place(bundles, folder, capfd):
    """With its settings; the old one stays to go back to. Returns the new release's name."""
    # Version 0.1 ran on settings that name no context, which are not sent to a device any more.
    settings = (folder / "settings.ini").resolve()
    settings.write_text(settings.read_text().replace("context = screening\n", ""))
    capfd.readouterr()
    assert install(folder, bundles["new"], update=True) == 0
    # It goes on as what it was without saying so, and says it.
    assert "mind: the settings named no context" in capfd.readouterr().out
    assert "[laughtrack]\ncontext = screening\n" in (folder / "settings.ini").read_text()
    release = release_of(folder, capfd)
    assert not release.endswith("-before")
    before = (folder / "previous" / "release").resolve()
    assert before.name.endswith("-before") and (before / "edge").is_dir()
    return release


def old_names_still_work(folder, release, capfd):
    """Those that version 0.1 wrote into a crontab."""
    python = folder / "current" / "release" / "venv" / "bin" / "python"
    assert ask(folder, "stop", capfd)[0] == 0
    words = [python, "-m", "edge.deploy.install", "start", "--folder", folder]
    subprocess.run([str(word) for word in words], check=True, cwd="/")
    until(lambda: plain.running(folder) and ask(folder, "status", capfd)[0] == 0)
    assert release_of(folder, capfd) == release
