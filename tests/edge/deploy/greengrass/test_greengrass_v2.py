"""The component for Greengrass version 2: a recipe that parses, and scripts that run."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import typer

from laughtrack.cli.commands.deploy.iot import greengrass_command
from laughtrack.edge.deploy import wheels
from laughtrack.edge.deploy.greengrass import component_v2
from laughtrack.edge.settings import Settings

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

SHORT = "{}.{}".format(*sys.version_info[:2])
TARGET = f"py{SHORT.replace('.', '')}-x86_64"
# The Python that environments are made of, not that of this one.
PYTHON = Path(sys.base_prefix) / "bin" / f"python{SHORT}"


def parsed(target="py311-x86_64"):
    """Return a recipe as Greengrass reads it, and its only manifest."""
    text = component_v2.recipe(target, component_v2.archive_name(target), "bucket")
    assert "@" not in text
    recipe = yaml.safe_load(text)
    (manifest,) = recipe["Manifests"]
    return recipe, manifest


@pytest.mark.parametrize("target", wheels.TARGETS)
def test_recipe_is_of_the_right_shape(target):
    """Its keys are Greengrass's, spelt as there, for each kind of device."""
    recipe, manifest = parsed(target)
    assert recipe["RecipeFormatVersion"] == "2020-01-25"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", recipe["ComponentName"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", recipe["ComponentVersion"])
    assert set(manifest) == {"Platform", "Lifecycle", "Artifacts"}
    arm = target.endswith("arm64")
    assert manifest["Platform"] == {
        "os": "linux",
        "architecture": "aarch64" if arm else "amd64",
    }
    assert set(manifest["Lifecycle"]) == {"Install", "Run"}
    (artefact,) = manifest["Artifacts"]
    assert artefact["URI"] == f"s3://bucket/laughtrack.Edge/0.1.0/laughtrack-0.1.0-{target}.zip"


def test_configuration_is_strings_that_are_settings():
    """Numbers would change on the way; a setting that there is not would stop the program."""
    recipe, manifest = parsed()
    configuration = recipe["ComponentConfiguration"]["DefaultConfiguration"]
    settings = {k: v for k, v in configuration.items() if k != "accessControl"}
    assert set(settings) <= set(Settings._fields)
    assert all(isinstance(value, str) for value in settings.values())
    script = manifest["Lifecycle"]["Run"]["Script"]
    assert set(re.findall(r"\{configuration:/(\w+)\}", script)) == set(settings)
    for name, value in settings.items():
        default = Settings._field_defaults[name]
        assert type(default)(value) == default


def test_access_is_to_our_topics_only():
    """Publishing and hearing, below laughtrack/, which is where all topics lie."""
    recipe, _ = parsed()
    configuration = recipe["ComponentConfiguration"]["DefaultConfiguration"]
    (policy,) = configuration["accessControl"]["aws.greengrass.ipc.mqttproxy"].values()
    assert policy["resources"] == ["laughtrack/*"]
    assert sorted(policy["operations"]) == [
        "aws.greengrass#PublishToIoTCore",
        "aws.greengrass#SubscribeToIoTCore",
    ]
    assert all(t.startswith("laughtrack/") for t in Settings(device="d", site="s").topics())


def test_unknown_target_is_refused(tmp_path):
    """Before anything is fetched or written."""
    with pytest.raises(ValueError, match=r"no target 'py27-x86_64': there are py37-x86_64"):
        component_v2.component(tmp_path / "out", "py27-x86_64")
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a component for this Python, in a folder whose name needs quotes."""
    if TARGET not in wheels.TARGETS:
        pytest.skip(f"no bundle for Python {SHORT}")
    try:
        folder = tmp_path_factory.mktemp("two words") / "gg"
        return component_v2.component(folder, TARGET, context="screening")
    except OSError as error:
        pytest.skip(f"the wheels could not be had: {error}")


class Nucleus:
    """What Greengrass does with a recipe: fills in its variables and runs its scripts."""

    def __init__(self, made, folder):
        self.recipe = yaml.safe_load(made.recipe.read_text())
        (self.manifest,) = self.recipe["Manifests"]
        name = Path(self.recipe["ComponentName"], self.recipe["ComponentVersion"])
        self._artefacts = folder / "packages" / "artifacts" / name
        self._artefacts.parent.mkdir(parents=True)
        self._artefacts.symlink_to(made.folder / "artifacts" / name)
        self.work = folder / "work" / self.recipe["ComponentName"]
        self.work.mkdir(parents=True)

    def script(self, step, **configuration):
        """Return a step's script, as the shell gets it."""
        values = {**self.recipe["ComponentConfiguration"]["DefaultConfiguration"], **configuration}
        script = self.manifest["Lifecycle"][step]["Script"]
        script = script.replace("{artifacts:path}", str(self._artefacts))
        script = script.replace("{work:path}", str(self.work))
        script = re.sub(r"\{configuration:/(\w+)\}", lambda m: values[m[1]], script)
        assert not re.search(r"\{\w+:", script), script
        return script

    def run(self, step, environ=(), **configuration):
        """Run a step as its nucleus does, in the work folder, without a network for pip."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
        clean["PATH"] = f"{PYTHON.parent}:{clean['PATH']}"
        clean.update(PIP_INDEX_URL="http://127.0.0.1:9", AWS_IOT_THING_NAME="core-1")
        return subprocess.run(
            ["sh", "-c", self.script(step, **configuration)],
            cwd=self.work,
            env={**clean, **dict(environ)},
            capture_output=True,
            text=True,
            timeout=500,
        )


@pytest.fixture(scope="module")
def nucleus(made, tmp_path_factory):
    """Return a stand-in nucleus that has installed the component."""
    if not PYTHON.exists():
        pytest.skip(f"no {PYTHON}")
    nucleus = Nucleus(made, tmp_path_factory.mktemp("greengrass"))
    done = nucleus.run("Install")
    assert done.returncode == 0, done.stdout + done.stderr
    return nucleus


@pytest.mark.slow
def test_files_lie_as_the_command_wants_them(made):
    """Recipe and artefact are found by name and version, and the archive is whole."""
    assert made.recipe.name == "laughtrack.Edge-0.1.0.yaml"
    recipe = yaml.safe_load(made.recipe.read_text())
    uri = recipe["Manifests"][0]["Artifacts"][0]["URI"]
    place = made.folder / "artifacts" / "laughtrack.Edge" / "0.1.0" / uri.rpartition("/")[2]
    assert place == made.artefact
    with zipfile.ZipFile(made.artefact) as archive:
        assert "laughtrack/edge/__main__.py" in archive.namelist()
    command = component_v2.local_deployment(made)
    assert f"--recipeDir '{made.folder}/recipes' --artifactDir '{made.folder}/artifacts'" in command
    assert command.endswith('--merge "laughtrack.Edge=0.1.0"')


@pytest.mark.slow
def test_installed_component_passes_its_self_test(nucleus):
    """The environment was made without a network, and its scorer gives the known answers."""
    python = nucleus.work / "laughtrack/current/release/venv/bin/python"
    words = [python, "-m", "laughtrack.edge", "self-test"]
    done = subprocess.run(words, cwd=nucleus.work, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_second_install_is_quick_and_well(nucleus):
    """A nucleus runs it at each deployment; the release is found again."""
    done = nucleus.run("Install")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "found the release" in done.stdout


@pytest.mark.slow
def test_run_comes_as_far_as_the_nucleus(nucleus):
    """All flags are taken; only the nucleus's own socket is missing here, and that is said."""
    done = nucleus.run("Run", source="a film of ours.mp4")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "this is no component of Greengrass" in " ".join(done.stderr.split())


@pytest.mark.parametrize("codes, starts, ends", [([75, 75, 0], 3, 0), ([75, 3], 2, 3), ([1], 1, 1)])
def test_new_start_that_was_asked_for_is_no_error(made, tmp_path, codes, starts, ends):
    """On 75 the script starts the program again; other codes are handed to Greengrass."""
    nucleus = Nucleus(made, tmp_path)
    python = nucleus.work / "laughtrack/current/release/venv/bin/python"
    python.parent.mkdir(parents=True)
    # Takes the first code of the list, and the pause out of the test.
    python.write_text('#!/bin/sh\nread code < codes; sed -i 1d codes; echo started; exit "$code"\n')
    (nucleus.work / "sleep").write_text("#!/bin/sh\n")
    (nucleus.work / "codes").write_text("".join(f"{code}\n" for code in codes))
    for path in (python, nucleus.work / "sleep"):
        path.chmod(0o755)
    done = nucleus.run("Run", {"PATH": f"{nucleus.work}:{os.environ['PATH']}"})
    assert (done.stdout.count("started"), done.returncode) == (starts, ends)


def test_command_prints_where_and_how(tmp_path, capsys, made, monkeypatch):
    """The files and the deployment command are shown."""
    monkeypatch.setattr(component_v2, "component", lambda *words, **settings: made)
    app = typer.Typer()
    app.command()(greengrass_command)
    app(args=["-o", str(tmp_path), "--bucket", "ours"], standalone_mode=False)
    said = capsys.readouterr().out
    assert str(made.recipe) in said and component_v2.local_deployment(made) in said
    assert "s3://ours/laughtrack.Edge/0.1.0/" in said


@pytest.mark.parametrize("bucket", ["", "a b", "Big", "x'\n  Script: rm", "../x", "a;b", "x" * 64])
def test_a_bucket_that_none_can_be_is_no_part_of_the_recipe(bucket):
    """It would be a line of it, or a word of the command that copies."""
    with pytest.raises(ValueError, match="--bucket"):
        component_v2.recipe("py311-x86_64", "a.zip", bucket)
