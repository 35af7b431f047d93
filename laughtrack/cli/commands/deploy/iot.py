"""`laughtrack deploy iot` and `laughtrack deploy greengrass`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options as common
from laughtrack.cli.terminal import show

Device = Annotated[
    str, typer.Argument(metavar="DEVICE", help="Its name: letters, digits, - and _.")
]
Site = Annotated[str, typer.Option(help="Where it hangs: part of its topics.")]
Folder = Annotated[
    Path | None, typer.Option("-o", "--output", help="Its certificate, key, settings. [./DEVICE]")
]
Bucket = Annotated[
    str | None, typer.Option(help="Also store the site's batches in this S3 bucket by a rule.")
]
Region = Annotated[str | None, typer.Option(help="AWS region; else AWS's own settings say.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Remove = Annotated[
    bool,
    typer.Option(
        "--remove", help="Take the device away; with --bucket the rule too. Stored data stays."
    ),
]


def iot_command(
    device: Device,
    site: Site = "default",
    context: common.DeviceContext = None,
    output: Folder = None,
    bucket: Bucket = None,
    region: Region = None,
    dry_run: DryRun = False,
    remove: Remove = False,
) -> None:
    """Give a device its identity in AWS IoT Core: certificate, policy, settings, S3 rule."""
    from laughtrack.edge.deploy.iot import connect
    from laughtrack.edge.deploy.iot import remove as iot_remove
    from laughtrack.edge.deploy.iot.aws_resources import IotOptions

    options = IotOptions(device, site, output or Path(device), bucket, region, context or "")
    if remove:
        iot_remove.remove(options, show, dry_run)
        return
    settings = connect.provision(options, show, dry_run)
    if not dry_run:
        place = shlex.quote(str(settings))
        if not context:
            show(f"write into {place} what kind of event it watches: context = KIND")
        show(f"onto the device with it: laughtrack deploy ssh HOST --settings {place}")


ComponentFolder = Annotated[
    Path, typer.Option("-o", "--output", help="Where recipes/ and artifacts/ go.")
]
Target = Annotated[
    str, typer.Option(metavar="TARGET", help="The box's Python and processor, like py312-arm64.")
]


def greengrass_command(
    output: ComponentFolder = Path("greengrass"),
    target: Target = "py311-x86_64",
    context: common.DeviceContext = None,
    bucket: Annotated[
        str, typer.Option(help="S3 bucket of the artefact, to deploy from the cloud.")
    ] = "BUCKET",
) -> None:
    """Write a component for Greengrass version 2, on a Linux box; not for a DeepLens."""
    from laughtrack.edge.deploy.greengrass import component_v2
    from laughtrack.edge.version import VERSION

    made = component_v2.component(output, target, bucket, context=context or "")
    show(f"recipe   {made.recipe}")
    size = made.artefact.stat().st_size
    show(f"artefact {made.artefact} ({size / 1e6:.0f} MB)")
    if not context:
        show("write into the recipe what kind of event it watches: context: 'KIND'")
    show("", "on the box, once: sudo usermod -aG video ggc_user")
    show("deploy it there:", *component_v2.local_deployment(made).splitlines())
    if bucket != component_v2.NO_BUCKET:
        place = f"s3://{bucket}/{component_v2.NAME}/{VERSION}/{made.artefact.name}"
        show("or from the cloud:")
        show(f"aws s3 cp {shlex.quote(str(made.artefact))} {place}")
        recipe = shlex.quote(f"fileb://{made.recipe}")
        show(f"aws greengrassv2 create-component-version --inline-recipe {recipe}")
