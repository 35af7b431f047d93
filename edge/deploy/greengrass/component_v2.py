"""A component for AWS IoT Greengrass version 2: recipe, artefact, the command that deploys it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.deploy import wheels
from laughtrack.edge.deploy.bundle import bundle
from laughtrack.edge.version import VERSION

NAME = "laughtrack.Edge"
# As Greengrass calls them.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "aarch64"}
# What stands in the artefact's address until it lies in a bucket; a local deployment has no use
# for it.
NO_BUCKET = "BUCKET"
# glibc 2.25 is the least that Greengrass's nucleus runs on; of our bundles, all but that of the
# DeepLens ask for more.
TARGET = "py311-x86_64"


class Component(NamedTuple):
    """What was written: the `recipe`, the `artefact`, and the `folder` that holds both."""

    folder: Path
    recipe: Path
    artefact: Path


def component(
    folder: str | Path,
    target: str = TARGET,
    bucket: str = NO_BUCKET,
    wheels_folder: str | Path | None = None,
    context: str = "",
) -> Component:
    """Write the component's recipe and artefact, laid out as Greengrass's command wants them.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there; recipes/ and artifacts/ in it.
    target : str
        The kind of device, one of `edge.deploy.wheels.TARGETS`.
    bucket : str
        The S3 bucket that the artefact will lie in, for a deployment from the cloud.
    wheels_folder : str or Path, optional
        As for `edge.deploy.bundle.bundle`.
    context : str
        What kind of event it will watch; "" leaves it to the deployment's configuration, without
        which the program does not run.

    Returns
    -------
    Component

    Raises
    ------
    ValueError
        No such target.
    OSError
        A file cannot be fetched or written.
    """
    folder = Path(folder)
    text = recipe(target, archive_name(target), bucket, context)
    artefacts, recipes = folder / "artifacts" / NAME / VERSION, folder / "recipes"
    try:
        artefacts.mkdir(parents=True, exist_ok=True)
        recipes.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot make {folder}: {error.strerror}") from None
    artefact = bundle(artefacts / archive_name(target), target, wheels_folder)
    path = recipes / f"{NAME}-{VERSION}.yaml"
    try:
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None
    return Component(folder, path, artefact)


def archive_name(target: str) -> str:
    """Return the artefact's file name."""
    return f"laughtrack-{VERSION}-{target}.zip"


def recipe(target: str, archive: str, bucket: str = NO_BUCKET, context: str = "") -> str:
    """Return the recipe for a kind of device, as YAML.

    Parameters
    ----------
    target : str
    archive : str
        The artefact's file name.
    bucket : str
    context : str
        As for `component`.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        No such target, or no bucket can be named so.
    """
    if target not in wheels.TARGETS:
        raise ValueError(f"no target {target!r}: there are {', '.join(wheels.TARGETS)}")
    # It stands in the recipe as it is, and in the command that copies.
    if bucket != NO_BUCKET and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise ValueError(
            f"--bucket {bucket!r}: expected 3 to 63 small letters, digits, dots and dashes"
        )
    spec = wheels.TARGETS[target]
    text = Path(__file__).with_name("recipe.yaml").read_text(encoding="ascii")
    for name, value in (
        ("name", NAME),
        ("version", VERSION),
        ("architecture", ARCHITECTURES[spec.machine]),
        ("python", f"python{spec.short}"),
        ("archive", archive),
        ("bucket", bucket),
        ("context", context.replace("'", "''")),
    ):
        text = text.replace(f"@{name}@", value)
    return text


def local_deployment(made: Component) -> str:
    """Return the command that deploys a component on the machine that it was copied to.

    Parameters
    ----------
    made : Component

    Returns
    -------
    str
        For a shell, with absolute paths.
    """
    recipes, artefacts = (
        shlex.quote(str(made.folder.resolve() / name)) for name in ("recipes", "artifacts")
    )
    return (
        "sudo /greengrass/v2/bin/greengrass-cli deployment create"
        f" --recipeDir {recipes} --artifactDir {artefacts}"
        f' --merge "{NAME}={VERSION}"'
    )
