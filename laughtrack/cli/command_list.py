"""The list of the commands: which there are, what each does in a line, and where it is.

A command is imported when it is run or its own help is asked for, so that none waits for what only
another one needs. The line of each is its help's first; a test compares them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

_HERE = "laughtrack.cli.commands"
# By name: the module in `commands`, what there runs it, and what it does.
COMMANDS = {
    "compare": (
        "screenings.compare:compare",
        "Compare two screenings or two cuts: where their audiences differed by more than chance.",
    ),
    "correct": (
        "correct:correct",
        "Mend who is who in a session, for all that is made of it; its readings stay as recorded.",
    ),
    "curve": (
        "statistics:curve",
        "Show the audience's curve: viewers in view and judged, share smiling, mean degree, bands.",
    ),
    "dial": (
        "statistics:dial",
        "Lay dial data beside the smiles: how well they go together, "
        "and which follows by how much.",
    ),
    "evaluate": (
        "model.evaluate:evaluate",
        "Measure how well SmileNet judges smiles: by set, size, turn, group of people, clip.",
    ),
    "export": (
        "export:export",
        "Write the viewers' readings, or the peaks as markers of the film, for another program.",
    ),
    "fleet": (
        "fleet:app",
        "Measure, set in order, report or compare many sessions at once.",
    ),
    "groups": (
        "statistics:groups",
        "Compare groups of viewers, each with each other, with Holm's correction for their number.",
    ),
    "ingest": (
        "ingest:ingest",
        "Take in what devices send, each batch once: from a broker until Ctrl-C, or from files.",
    ),
    "norms": (
        "screenings.norms:norms",
        "Show where a session stands among others, what is usual among them, or how it drifts.",
    ),
    "peaks": (
        "statistics:peaks",
        "Show the moments at which the audience smiled more than around them, the largest first.",
    ),
    "report": (
        "report:report",
        "Make the audience's page: one HTML file that opens anywhere, or a PDF.",
    ),
    "rooms": (
        "screenings.rooms:rooms",
        "Put one film's sessions together, rooms as clusters: curve, peaks, scores, who differs.",
    ),
    "scenes": (
        "statistics:scenes",
        "Show one line a scene of the film: who smiled how much in it.",
    ),
    "synchrony": (
        "statistics:synchrony",
        "Say whether the viewers smiled together: correlation of each with the mean of the others.",
    ),
    "track": (
        "track:track",
        "Give the faces (or people) of a detection file their IDs; "
        "score them where truth is known.",
    ),
    "train": (
        "model.train:train",
        "Train SmileNet on labelled faces. Stopped at any point, the same command carries on.",
    ),
    "replay": (
        "record:replay",
        "Score recorded footage into the store. Stopped at any point, it carries on from there.",
    ),
    "live": (
        "record:live",
        "Score a camera or a stream into the store, until Ctrl-C or for --duration seconds.",
    ),
    "faces": (
        "faces:faces",
        "Find the faces in pictures and score their smiles; nothing is stored.",
    ),
    "sessions": (
        "sessions:sessions",
        "List what the store holds: all of it, or what is asked for, in the order asked for.",
    ),
    "timelines": (
        "sessions:timelines",
        "Show every reading of each viewer, in order of time.",
    ),
    "viewers": (
        "sessions:viewers",
        "Show one line a viewer: when seen, how long, and how much they smiled.",
    ),
    "forget": (
        "store.forget:forget",
        "Remove a session for good, with the files that held it.",
    ),
    "retain": (
        "store.forget:retain",
        "Forget whole sessions that are older than they may be kept, and check that nothing is "
        "left.",
    ),
    "serve": (
        "serve:serve",
        "Show sessions, live audiences and devices in the browser, and answer other programs.",
    ),
    "demo": (
        "simulate:demo",
        "Simulate an audience, replay it, report it, and check the result against the truth.",
    ),
    "import": (
        "import_:import_command",
        "Read faces that another program followed and scored into the store.",
    ),
    "simulate": (
        "simulate:simulate_command",
        "Film a pretend audience, with its truth in files beside the film.",
    ),
    "tag": (
        "sessions:tag_command",
        "Give a stored session tags to find it by, like film='The Night Bus' cut=2, or show them.",
    ),
    "tell": (
        "control:tell_command",
        "Start or stop a device's session, mark a moment in it, retitle it, "
        "or ask how the device is.",
    ),
    "title": (
        "sessions:title_command",
        "Give a stored session another title, also while it is still recorded.",
    ),
    "train-env": (
        "model.train:train_env",
        "Make the environment for train and dataset pack: Python 3.11 with MXNet, some 1.3 GB.",
    ),
    "dataset": (
        "model.dataset:app",
        "Gather labelled faces: pictures into one table, the table into record files.",
    ),
    "deploy": ("deploy.commands:app", "Put the device's program onto a device."),
}


class _Loaded(MutableMapping[str, Any]):
    """Typer's own objects of the commands, by name, each imported when it is first looked up."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = _load(name, COMMANDS[name][0])
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in COMMANDS

    def __setitem__(self, name: str, command: Any) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name}: the list of commands stays as it is")

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Commands(TyperGroup):
    """Typer's group of the commands in `COMMANDS`; their list shows without importing them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Loaded()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands' names, in their order."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with their lines, as wide as there is room."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [
            (name, TyperCommand(name, help=line).get_short_help_str(limit))
            for name, (_, line) in COMMANDS.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _load(name: str, place: str) -> Any:
    """Import a command or a group of commands, and return what Typer makes of it."""
    module, _, attribute = place.partition(":")
    found = getattr(importlib.import_module(f"{_HERE}.{module}"), attribute)
    # A group of this one command; with a callback it stays a group in all versions of Typer.
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.callback()(lambda: None)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return get_group(alone).commands[name]
