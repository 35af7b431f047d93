"""`laughtrack deploy iot` and `laughtrack deploy greengrass`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Device = Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name: a-z 0-9 - _.")]
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


def iot_command(  # noqa: PLR0913 (a command's options are its arguments)
    device: Device,
    site: Site = "default",
    output: Folder = None,
    bucket: Bucket = None,
    region: Region = None,
    dry_run: DryRun = False,
    remove: Remove = False,
):
    """Give a device its identity in AWS IoT Core: certificate, policy, settings, S3 rule."""
    from edge.deploy import iot, iot_remove
    from edge.deploy.iot_parts import Order

    order = Order(device, site, output or Path(device), bucket, region)
    if remove:
        iot_remove.remove(order, typer.echo, dry_run)
        return
    settings = iot.provision(order, typer.echo, dry_run)
    if not dry_run:
        typer.echo(f"on the device: python -m edge run --config {settings.name}")
