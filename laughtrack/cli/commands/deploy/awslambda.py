"""`laughtrack deploy lambda`: the DeepLens Lambda's package, and its way to the device by AWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli import outputs
from laughtrack.cli.terminal import say, show

if TYPE_CHECKING:
    from laughtrack.edge.deploy.greengrass.lambda_options import LambdaOptions
    from laughtrack.edge.deploy.greengrass.lambda_package import Package

FILE = Path("deeplens-laughtrack.zip")


def lambda_command(
    output: Annotated[
        Path,
        typer.Option("-o", "--output", callback=outputs.named(".zip"), help="The package."),
    ] = FILE,
    wheels: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Folder that keeps wheels; else your cache."),
    ] = None,
    push: Annotated[bool, typer.Option("--push", help="Say what AWS lacks of it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --push: do it.")] = False,
    function: Annotated[
        str, typer.Option(help="The function's name: begins with deeplens.")
    ] = "deeplens-laughtrack",
    role: Annotated[str | None, typer.Option(metavar="ARN", help="The function's role.")] = None,
    bucket: Annotated[
        str | None, typer.Option(help="For the model: begins with deeplens-.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="The device's Greengrass V1 group, name or ID.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="AWS region; else that of your AWS settings.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the device program."),
    ] = None,
) -> None:
    """Build the DeepLens Lambda's package; for most, `deploy ssh` is the way.

    The DeepLens service closed on 31 January 2024, AWS Lambda refuses new Python 3.7 functions and
    new code for old ones, and Greengrass V1 ended on 7 October 2026. So --push works only for who
    still has these; AWS's answer is shown. `laughtrack deploy ssh HOST` puts the same program onto
    the same device without AWS.

    Without --push the package is built, and no more. With it, what AWS lacks is listed; with --yes
    it is made: the function, a version, an alias, the model in the bucket, the group's definitions
    and a deployment. Running it twice changes nothing the second time.
    """
    options = _options(function, role, bucket, group, region, setting) if push else None
    pushed = {"yes": yes, "role": role, "bucket": bucket, "group": group, "set": setting}
    for name, value in pushed.items():
        if value and not push:
            raise typer.BadParameter(f"--{name}: needs --push")
    from laughtrack.edge.deploy.greengrass.lambda_package import build, sizes

    package = build(output, wheels)
    say(sizes(package))
    show(package.path)
    if options:
        _push(options, package, yes)


def _options(
    function: str,
    role: str | None,
    bucket: str | None,
    group: str | None,
    region: str | None,
    setting: list[str] | None,
) -> LambdaOptions:
    """What to put where, checked before anything is built."""
    from laughtrack.edge.deploy.greengrass.lambda_options import LambdaOptions, check

    if not role:
        raise typer.BadParameter("--push needs --role")
    if not bucket:
        raise typer.BadParameter("--push needs --bucket")
    settings = {}
    for each in setting or ():
        name, equals, value = each.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set {each}: expected NAME=VALUE")
        settings[name.strip().replace("-", "_")] = value
    options = LambdaOptions(function, role, bucket, group, region, settings)
    try:
        check(options)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return options


def _push(options: LambdaOptions, package: Package, yes: bool) -> None:
    from laughtrack.edge.deploy.greengrass.lambda_push import push
    from laughtrack.edge.deploy.reconcile import Reconciler

    push(options, package, Reconciler(show, dry_run=not yes))
    if not yes:
        say("nothing is changed yet: --yes does it")
