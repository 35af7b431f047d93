"""The command that takes in what devices send: from a broker, from files, from S3."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import say, stopping, uninterrupted

_AGAIN_S = 1.0
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
    duration: Annotated[
        float | None, typer.Option("--for", min=0.1, help="Go on for so many seconds.")
    ] = None,
    idle: Annotated[
        float | None,
        typer.Option("--until-idle", min=0.1, help="End once nothing came for so many seconds."),
    ] = None,
    store: options.Store = options.STORE,
):
    """Take in what devices send, each batch once: from a broker until Ctrl-C, or from files.

    A broker's message is acknowledged when the store has it, so that nothing is lost whenever this
    is stopped. Files are read once, or again and again with --for and --until-idle.
    """
    if not files and broker is None:
        raise typer.BadParameter("name FILES or a --broker to read from")
    if user is None and password_file is not None:
        raise typer.BadParameter("--password-file needs --user")
    with uninterrupted():
        from laughtrack.analytics.ingest.batch_ingestor import Intake
        from laughtrack.analytics.ingest.mqtt import OPTIONS, Subscription
        from laughtrack.analytics.ingest.quarantine import Quarantine
        from laughtrack.edge.mqtt.broker import Broker

    intake = Intake(store, Quarantine(quarantine), say)
    subscription, until = None, _Until(duration, idle)
    if broker is not None:
        given = [each or "" for each in (ca, cert, key, user, password_file)]
        asked = Broker(broker, client_id, *given, options=OPTIONS)
        subscription = Subscription(asked, intake.take, say, topic)
    try:
        with stopping(until.stop):
            if files:
                follows = broker is None and (duration or idle) is not None
                _read(files, intake, store, until, follows)
            if subscription is not None:
                subscription.run(until)
    finally:
        _sum_up(intake, quarantine)


class _Until:
    """When to end: after a time, once nothing came for a time, or when told to."""

    def __init__(self, for_s, idle_s):
        self._end_s = None if for_s is None else time.monotonic() + for_s
        self._idle_s, self.stopped = idle_s, False

    def stop(self):
        self.stopped = True

    def __call__(self, quiet_s):
        over = self._end_s is not None and time.monotonic() >= self._end_s
        idle = self._idle_s is not None and quiet_s >= self._idle_s
        return self.stopped or over or idle


def _read(places, intake, store, until, follows):
    """Take in files, buckets and standard input: once, or on and on."""
    from laughtrack.analytics.ingest.files import Files, groups, read_stream
    from laughtrack.analytics.ingest.s3 import is_bucket, objects

    def take(group):
        _patiently(intake, group, until)

    # Files that are read once can be read again with the same command; nobody need wait.
    keep = take if follows else intake.take
    plain = [each for each in places if each != "-" and not is_bucket(each)]
    buckets = [each for each in places if is_bucket(each)]
    files = Files(plain)
    if "-" in places:
        read_stream(sys.stdin.fileno(), "standard input", take, until)
    came_s = time.monotonic()
    while True:
        for source in (files.news(), *(objects(each, store) for each in buckets)):
            for group in groups(source):
                keep(group)
                came_s = time.monotonic()
                if until.stopped:
                    return
        if not follows or until(time.monotonic() - came_s):
            break
        time.sleep(_AGAIN_S)
    for path, what in files.unfinished.items():
        say(f"{path}: {what}")


def _patiently(intake, group, until):
    """Have a group kept, trying again for as long as the store fails."""
    from tenacity import Retrying, retry_if_exception_type, wait_exponential

    from laughtrack.analytics.store.delta_table import StoreError

    def pause(seconds):
        wake_s = time.monotonic() + seconds
        while time.monotonic() < wake_s and not until(0.0):
            time.sleep(0.1)

    def say_once(state):
        if state.attempt_number == 1:
            say(f"{state.outcome.exception()} - trying again")

    retrying = Retrying(
        retry=retry_if_exception_type((StoreError, OSError)),
        wait=wait_exponential(_PAUSE_S, max=_LONGEST_PAUSE_S),
        stop=lambda _: until(0.0),
        sleep=pause,
        before_sleep=say_once,
        reraise=True,
    )
    retrying(intake.take, group)
    if retrying.statistics["attempt_number"] > 1:
        say("the store takes batches again")


def _sum_up(intake, quarantine):
    """Say what came of it: what is missing, then a line of figures."""
    from laughtrack.analytics.store.delta_table import StoreError

    try:
        for remark in intake.remarks():
            say(remark)
    except (StoreError, OSError) as error:
        say(str(error))
    again = f", {intake.repeated:,} repeated" if intake.repeated else ""
    refused = f", {intake.refused:,} refused (see {quarantine})" if intake.refused else ""
    stored = f"{intake.stored:,} batch{'' if intake.stored == 1 else 'es'}"
    typer.echo(f"{stored} stored, {intake.readings:,} readings{again}{refused}")
