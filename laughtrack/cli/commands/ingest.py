"""The command that takes in what devices send: from a broker, from files, from S3."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli import broker_settings, options
from laughtrack.cli.terminal import say, show, stopping, uninterrupted
from laughtrack.edge.contexts import check_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tenacity import RetryCallState

    from laughtrack.analytics.ingest.arrivals import Arrival
    from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
    from laughtrack.analytics.ingest.files import BatchFiles
    from laughtrack.analytics.ingest.mqtt import Subscription

_POLL_S = 1.0
_STDIN = "standard input"
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


# A command's options are its arguments.
def ingest(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="Files of batches, folders of them, s3://BUCKET/PREFIX, - for standard input.",
        ),
    ] = None,
    broker: Annotated[
        str | None, typer.Option(metavar="URL", help="mqtt://HOST or mqtts://HOST.")
    ] = None,
    topic: Annotated[str, typer.Option(help="What to listen to.")] = "laughtrack/+/+/timeline",
    ca: Annotated[str | None, typer.Option(help="The broker's certificate authority.")] = None,
    cert: Annotated[str | None, typer.Option(help="Our certificate.")] = None,
    key: Annotated[str | None, typer.Option(help="And its key.")] = None,
    user: Annotated[str | None, typer.Option(help="Our name on a plain broker.")] = None,
    password_file: Annotated[str | None, typer.Option(help="It holds the password.")] = None,
    client_id: Annotated[
        str, typer.Option(help="Our session's name at the broker, which no other may use.")
    ] = "laughtrack-ingest",
    quarantine: Annotated[
        Path, typer.Option(help="Folder for batches that cannot be stored.")
    ] = Path("laughtrack-quarantine"),
    context: Annotated[
        str | None,
        options.checked_option(
            check_context,
            metavar="KIND",
            help="What kind of event it was, for batches that do not say: waiting in the "
            "quarantine, name them or their folder as FILES.",
        ),
    ] = None,
    duration: Annotated[
        float | None, typer.Option("--for", min=0.1, help="Go on for so many seconds.")
    ] = None,
    idle: Annotated[
        float | None,
        typer.Option("--until-idle", min=0.1, help="End once nothing came for so many seconds."),
    ] = None,
    store: options.Store = options.STORE,
) -> None:
    """Take in what devices send, each batch once: from a broker until Ctrl-C, or from files.

    A broker's message is acknowledged when the store has it, so that nothing is lost whenever this
    is stopped. Files are read once, or again and again with --for and --until-idle. Without FILES,
    broker and login that are not given are those that `tell` uses: see `laughtrack tell --help`.
    """
    given = (broker, ca, cert, key, user, password_file)
    known = _broker(given) if broker is not None or not files else {}
    if user is None and password_file is not None and "user" not in known:
        raise typer.BadParameter("--password-file needs --user")
    with uninterrupted():
        from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
        from laughtrack.analytics.ingest.other_files import MOST_REFUSALS, NotBatches
        from laughtrack.analytics.ingest.quarantine import Quarantine

    ingestor = BatchIngestor(store, Quarantine(quarantine), say, context)
    should_stop = _StopCondition(duration, idle)
    subscription = _subscription(known, client_id, topic, ingestor)
    try:
        with stopping(should_stop.stop):
            if files:
                follows = subscription is None and (duration or idle) is not None
                _ingest_files(files, ingestor, store, should_stop, follows)
            if subscription is not None:
                subscription.run(should_stop)
    except NotBatches as error:
        raise typer.BadParameter(str(error)) from None
    finally:
        _sum_up(ingestor, quarantine)
    if spent := [] if subscription is not None else ingestor.spent():
        raise OSError(
            f"{spent[0]}: {MOST_REFUSALS} refused payloads are enough, and the rest of it was not "
            f"read: see to the reason, then take it in again ({quarantine} has what was refused)"
        )


def _broker(given: Sequence[str | None]) -> dict[str, str]:
    """Return the broker to read from, and how to log in there; wrong usage where none is known."""
    names = ("broker", "ca_file", "cert_file", "key_file", "user", "password_file")
    known = broker_settings.complete(dict(zip(names, given, strict=True)))
    if "broker" not in known:
        raise typer.BadParameter(
            "name FILES or a --broker to read from; LAUGHTRACK_BROKER or a `broker` in "
            f"{broker_settings.file()} would do, too"
        )
    return {name: value.text for name, value in known.items()}


def _subscription(
    known: dict[str, str], client_id: str, topic: str, ingestor: BatchIngestor
) -> Subscription | None:
    """What listens to a broker, or None where none is named."""
    if "broker" not in known:
        return None
    with uninterrupted():
        from laughtrack.analytics.ingest.mqtt import OPTIONS, Subscription
        from laughtrack.edge.mqtt.broker import Broker, unencrypted_login

    login = {name: known.get(name, "") for name in broker_settings.LOGIN}
    address = Broker(known["broker"], client_id, **login, options=OPTIONS)
    warning = unencrypted_login(address)
    if warning:
        say(warning)
    return Subscription(address, ingestor.ingest, say, topic)


class _StopCondition:
    """When to end: after a time, once nothing came for a time, or on request."""

    def __init__(self, duration_s: float | None, idle_s: float | None) -> None:
        self._end_s = None if duration_s is None else time.monotonic() + duration_s
        self._idle_s, self.stopped = idle_s, False

    def stop(self) -> None:
        self.stopped = True

    def __call__(self, quiet_s: float) -> bool:
        over = self._end_s is not None and time.monotonic() >= self._end_s
        idle = self._idle_s is not None and quiet_s >= self._idle_s
        return self.stopped or over or idle


def _ingest_files(
    places: Sequence[str],
    ingestor: BatchIngestor,
    store: str,
    should_stop: _StopCondition,
    follows: bool,
) -> None:
    """Take in files, buckets and standard input: once, or on and on."""
    from laughtrack.analytics.ingest.files import BatchFiles, in_groups, read_stream
    from laughtrack.analytics.ingest.s3 import is_bucket, new_objects

    def with_retries(group: list[Arrival]) -> None:
        _ingest_with_retries(ingestor, group, should_stop)

    # Files that are read once can be read again with the same command; no need to wait.
    take = with_retries if follows else ingestor.ingest
    buckets = [each for each in places if is_bucket(each)]
    named = [each for each in places if each != "-" and not is_bucket(each)]
    files = BatchFiles(named, set_aside=ingestor.states_context)
    _refuse_other_files(files, follows)
    if "-" in places:
        read_stream(
            sys.stdin.fileno(),
            _STDIN,
            with_retries,
            lambda quiet_s: should_stop(quiet_s) or _STDIN in ingestor.spent(),
        )
    last_s = time.monotonic()
    while True:
        if follows:
            _refuse_other_files(files, follows)
        for source in (files.new_arrivals(), *(new_objects(each, store) for each in buckets)):
            for group in in_groups(source):
                take(group)
                last_s = time.monotonic()
                spent = ingestor.spent()
                files.left.update(map(Path, spent))
                if should_stop.stopped or any(map(is_bucket, spent)):
                    return
        if not follows or should_stop(time.monotonic() - last_s):
            break
        time.sleep(_POLL_S)
    for path, remark in files.unfinished.items():
        say(f"{path}: {remark}")


def _refuse_other_files(files: BatchFiles, follows: bool) -> None:
    """Refuse files that hold no batches, before anything of them is set aside.

    One in a folder, or one that comes later, must not hold up the others: it is left, with a
    remark.
    """
    from laughtrack.analytics.ingest.other_files import HEAD_BYTES, NotBatches, check_head

    for path in files.paths():
        if path in files.looked_at:
            continue
        try:
            with open(path, "rb") as file:
                if check_head(file.read(HEAD_BYTES), str(path)):
                    files.looked_at.add(path)
        except NotBatches as error:
            if not follows and files.names(path):
                raise typer.BadParameter(str(error)) from None
            say(str(error))
            files.left.add(path)


def _ingest_with_retries(
    ingestor: BatchIngestor, group: list[Arrival], should_stop: Callable[[float], bool]
) -> None:
    """Have a group stored, trying again for as long as the store fails."""
    from tenacity import Retrying, retry_if_exception_type, wait_exponential

    from laughtrack.analytics.store.delta_table import StoreError

    def pause(seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s and not should_stop(0.0):
            time.sleep(0.1)

    def tell_first(state: RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome is not None:
            say(f"{state.outcome.exception()} - trying again")

    retrying = Retrying(
        retry=retry_if_exception_type((StoreError, OSError)),
        wait=wait_exponential(_PAUSE_S, max=_LONGEST_PAUSE_S),
        stop=lambda _: should_stop(0.0),
        sleep=pause,
        before_sleep=tell_first,
        reraise=True,
    )
    retrying(ingestor.ingest, group)
    if retrying.statistics["attempt_number"] > 1:
        say("the store takes batches again")


def _sum_up(ingestor: BatchIngestor, quarantine: Path) -> None:
    """Print what came of it: what is missing, then a line of figures."""
    from laughtrack.analytics.store.delta_table import StoreError

    try:
        for remark in ingestor.summary():
            say(remark)
    except (StoreError, OSError) as error:
        say(str(error))
    repeated = f", {ingestor.repeated:,} repeated" if ingestor.repeated else ""
    refused = f", {ingestor.refused:,} refused (see {quarantine})" if ingestor.refused else ""
    stored = f"{ingestor.stored:,} batch{'' if ingestor.stored == 1 else 'es'}"
    show(f"{stored} stored, {ingestor.readings:,} readings{repeated}{refused}")
