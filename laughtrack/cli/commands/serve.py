"""`laughtrack serve`: the pages and the API, from one process."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.analytics.web.settings import (
    HOST,
    PORT,
    STATE,
    UPLOAD_LIMIT_GB,
    ServeSettings,
    is_loopback,
)
from laughtrack.cli import broker_settings, options
from laughtrack.cli.locks import holding
from laughtrack.cli.room_footage import known_by
from laughtrack.cli.terminal import say, show, uninterrupted

if TYPE_CHECKING:
    from laughtrack.edge.mqtt.broker import Broker

_SHORTEST_TOKEN = 16
_CLIENT_ID = "laughtrack-serve"
# How long open connections may take to end, s: pages that watch something stay connected.
_GRACE_S = 3


# A command's options are its arguments.
def serve(
    store: options.Store = options.STORE,
    host: Annotated[
        str, typer.Option(help="Where to listen; any but this machine's own needs a token.")
    ] = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 for any.")] = PORT,
    broker: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Hear devices there: mqtt://HOST or mqtts://HOST."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="It holds the token that is asked for.")
    ] = None,
    footage: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="Films below it may be chosen; again for more."),
    ] = None,
    upload_limit: Annotated[
        float, typer.Option(metavar="GB", min=0, help="Largest film that may be uploaded; 0: none.")
    ] = UPLOAD_LIMIT_GB,
    min_viewers: options.MinViewers = 1,
    allow_preview: Annotated[
        bool, typer.Option("--allow-preview", help="Let pages show the room's picture.")
    ] = False,
    state: Annotated[
        Path, typer.Option(metavar="FOLDER", help="For the queue of footage, and uploads in it.")
    ] = Path(STATE),
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show sessions, live audiences and devices in the browser, and answer other programs.

    Whoever reaches the port sees what is in the store: the server listens on this machine alone, or
    asks for a token.
    """
    token = _token(token_file)
    if not token and not is_loopback(host):
        token = secrets.token_urlsafe(24)
        say(f"others can reach {host}, so whoever asks needs this token: {token}")
    settings = ServeSettings(
        store,
        state,
        host,
        port,
        token,
        _broker(broker),
        min_viewers,
        allow_preview,
        tuple(_folders(footage or [])),
        int(upload_limit * 1e9),
        known_by,
    )
    _run(settings, open_it)


def _token(path: Path | None) -> str:
    """Read the token, "" for none."""
    if path is None:
        return ""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"--token-file {path} cannot be read: {error}") from None
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise typer.BadParameter(
            f"--token-file {path}: expected at least {_SHORTEST_TOKEN} letters, digits and signs "
            "on one line, such as those of `openssl rand -hex 20`"
        )
    return token


def _broker(url: str | None) -> Broker | None:
    """Return where devices are heard, logged in to as by `tell` and `ingest`; None: nowhere."""
    known = broker_settings.complete({"broker": url})
    if "broker" not in known:
        return None
    from laughtrack.edge.mqtt.broker import Broker, OptionNames, unencrypted_login

    login = {name: known[name].text for name in broker_settings.LOGIN if name in known}
    broker = Broker(known["broker"].text, _CLIENT_ID, **login, options=OptionNames())
    if warning := unencrypted_login(broker):
        say(warning)
    return broker


def _folders(named: list[Path]) -> list[Path]:
    """Return the folders of films by their whole paths."""
    for each in named:
        if not each.is_dir():
            raise typer.BadParameter(f"--footage {each}: expected a folder that is there")
    return [each.resolve() for each in named]


def _run(settings: ServeSettings, open_it: bool) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    with uninterrupted():
        try:
            import uvicorn

            from laughtrack.analytics.web.app import create_app
        except ImportError as error:
            raise OSError(f"serve needs {error.name}: pip install 'laughtrack[web]'") from None

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.hub.end_streams()
            await super().shutdown(sockets)

    with _listen(settings.host, settings.port) as listening, holding(settings.state):
        app = create_app(settings)
        address = _address(settings, listening.getsockname()[1])
        show(f"serving {settings.store} at {address}")
        if open_it:
            # It waits in the queue of connections until the server answers.
            typer.launch(address)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Else whoever is on this machine could guess tokens as from ever new addresses.
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family, backlog=128)
    except OSError as error:
        raise OSError(
            f"cannot listen on --host {host} --port {port}: {error.strerror}: choose others"
        ) from None


def _address(settings: ServeSettings, port: int) -> str:
    host = settings.host.strip("[]")
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    # What is behind # is never sent: no log on the way holds the token.
    login = f"login#{settings.token}" if settings.token else ""
    return f"http://{host}:{port}/{login}"
