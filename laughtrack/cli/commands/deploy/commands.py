"""`laughtrack deploy ...`: the ways onto a device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli import outputs
from laughtrack.cli.commands.deploy.awslambda import lambda_command
from laughtrack.cli.commands.deploy.iot import greengrass_command, iot_command
from laughtrack.cli.terminal import confirmed, say, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laughtrack.edge.deploy.ssh.remote import InstallOptions
    from laughtrack.edge.deploy.ssh.ssh import Login

app = typer.Typer(
    help="Put the device's program onto a device.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("iot")(iot_command)
app.command("greengrass")(greengrass_command)
app.command("lambda")(lambda_command)

Host = Annotated[
    str, typer.Argument(help="As for ssh: HOST, USER@HOST, or a name in its settings.")
]
Folder = Annotated[
    str | None,
    typer.Option(
        "--user-folder",
        metavar="DIR",
        help="Folder on the device, of its own. [~/laughtrack; for a system unit /opt/laughtrack]",
    ),
]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="ssh's port.")]
Identity = Annotated[Path | None, typer.Option("-i", "--identity", help="A private key for ssh.")]
Options = Annotated[
    list[str] | None, typer.Option("--ssh-option", metavar="NAME=VALUE", help="As for ssh's -o.")
]
Settings = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Settings file; else as it is.")
]
Certs = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="Folder of certificates, keys.")
]
Target = Annotated[str, typer.Option(help="Kind of device, like py37-x86_64.")]
Python = Annotated[str | None, typer.Option(metavar="PATH", help="The device's Python.")]
Bundle = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="A bundle made before.")
]
Wheels = Annotated[
    Path | None, typer.Option(file_okay=False, help="Folder that keeps wheels; else your cache.")
]
Service = Annotated[str, typer.Option(help="auto, system, user or plain: who restarts it.")]
Wait = Annotated[
    float | None,
    typer.Option(min=1, help="Longest to wait for its status, s. [90; on a DeepLens 600]"),
]
Sha256 = Annotated[
    str | None,
    typer.Option(metavar="HEX", help="What `bundle` printed: another bundle is refused."),
]


@app.command("bundle")
def bundle_command(
    target: Target = "py37-x86_64",
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            callback=outputs.named(".zip", or_folder=True),
            help="A .zip file, or a folder.",
        ),
    ] = Path("."),
    wheels: Wheels = None,
) -> None:
    """Make the one archive that a device needs: code, weights, cascade, wheels, manifest."""
    from laughtrack.edge.deploy.bundle import bundle
    from laughtrack.edge.deploy.wheels import sha256

    archive = bundle(output, target, wheels)
    show(archive)
    # Apart from the archive's own name, which scripts read.
    say(f"sha256 {sha256(archive)}")


@app.command()
def ssh(
    host: Host,
    user_folder: Folder = None,
    settings: Settings = None,
    certs: Certs = None,
    target: Target = "auto",
    python: Python = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
    bundle: Bundle = None,
    wheels: Wheels = None,
    service: Service = "auto",
    wait: Wait = None,
    sha256: Sha256 = None,
) -> None:
    """Install over ssh, start, wait for the status; go back to the one before if it fails."""
    from laughtrack.edge.deploy.ssh.remote import InstallOptions

    options = InstallOptions(
        user_folder, settings, certs, target, python, bundle, wheels, service, wait, sha256
    )
    _install(options, _login(host, port, identity, ssh_option), update=False)


@app.command()
def update(
    host: Host,
    user_folder: Folder = None,
    settings: Settings = None,
    certs: Certs = None,
    target: Target = "auto",
    python: Python = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
    bundle: Bundle = None,
    wheels: Wheels = None,
    wait: Wait = None,
    sha256: Sha256 = None,
) -> None:
    """Put this version where one is installed already; its settings stay unless given."""
    from laughtrack.edge.deploy.ssh.remote import InstallOptions

    options = InstallOptions(
        user_folder, settings, certs, target, python, bundle, wheels, "auto", wait, sha256
    )
    _install(options, _login(host, port, identity, ssh_option), update=True)


@app.command()
def status(
    host: Host,
    user_folder: Folder = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
) -> None:
    """Show what runs there, and what it last said of itself; exit 1 when it is not online."""
    _ask(_login(host, port, identity, ssh_option), user_folder, "status")


@app.command()
def start(
    host: Host,
    wait: Wait = None,
    user_folder: Folder = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
) -> None:
    """Start what is installed, and wait until it is online; where it is already, say so."""
    _ask(_login(host, port, identity, ssh_option), user_folder, "start", _waiting(wait))


@app.command()
def stop(
    host: Host,
    user_folder: Folder = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
) -> None:
    """Stop it, tidily, until the next start or the device's next boot; settings and data stay."""
    _ask(_login(host, port, identity, ssh_option), user_folder, "stop")


@app.command()
def restart(
    host: Host,
    wait: Wait = None,
    user_folder: Folder = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
) -> None:
    """Stop it and start it anew, and wait until it is online."""
    _ask(_login(host, port, identity, ssh_option), user_folder, "restart", _waiting(wait))


@app.command()
def logs(
    host: Host,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="How many.")] = 50,
    user_folder: Folder = None,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
) -> None:
    """Show the last lines of the device's log."""
    _ask(_login(host, port, identity, ssh_option), user_folder, "logs", ["-n", str(lines)])


@app.command()
def remove(
    host: Host,
    user_folder: Folder = None,
    purge: Annotated[
        bool, typer.Option("--purge", help="The whole folder: unsent batches, readings, all.")
    ] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    port: Port = None,
    identity: Identity = None,
    ssh_option: Options = None,
) -> None:
    """Stop it and remove it. Batches that were never sent stay, unless --purge."""
    what = "all of it, unsent batches too" if purge else "the program, its settings and its keys"
    place = f"{host}:{user_folder}" if user_folder else host
    if not yes and not confirmed(f"Remove {what} from {place}?"):
        raise typer.Abort
    arguments = ["--purge"] if purge else []
    _ask(_login(host, port, identity, ssh_option), user_folder, "remove", arguments)


def _waiting(wait_s: float | None) -> list[str]:
    return ["--wait", f"{wait_s:g}"] if wait_s else []


def _login(host: str, port: int | None, identity: Path | None, options: list[str] | None) -> Login:
    from laughtrack.edge.deploy.ssh.ssh import Login

    return Login(host, port, identity, tuple(options or ()))


def _install(options: InstallOptions, login: Login, update: bool) -> None:
    from laughtrack.edge.deploy.on_device.service import KINDS
    from laughtrack.edge.deploy.ssh.remote import check, install
    from laughtrack.edge.deploy.ssh.ssh import connect

    if options.service not in ("auto", *KINDS):
        raise typer.BadParameter(f"--service {options.service}: expected auto, {', '.join(KINDS)}")
    check(options)
    with connect(login) as connection:
        if install(connection, options, say, update):
            raise typer.Exit(1)


def _ask(login: Login, folder: str | None, verb: str, arguments: Sequence[str] = ()) -> None:
    from laughtrack.edge.deploy.ssh.remote import on_device
    from laughtrack.edge.deploy.ssh.ssh import connect

    with connect(login) as connection:
        if on_device(connection, folder, verb, arguments):
            raise typer.Exit(1)
