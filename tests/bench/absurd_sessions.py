"""Absurd sessions beside good ones: what each command takes for them, in seconds and MB.

``python -m tests.bench.absurd_sessions [--kinds ends,crowd] [--commands curve,report]``

All batches are of schema 1, and stored past the checks of `ingest`, as if an older version had
taken them in. Each command runs on the absurd session, and must end within bounds or say why not;
then on the good one of the same name, which must be as if it was alone.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.sessions import LONGEST_S
from laughtrack.edge.readings import Batch, Reading, columns, validate

MOST_S, MOST_BYTES = 120, 6 << 30
END_S = LONGEST_S - 1
MOST = 2**31 - 1
BEGAN = "2026-01-31T20:15:00Z"
ODD = {
    "title": ["x"] * 9,
    "media_offset_s": "x",
    "settings": 5,
    "marks": [{"t_s": k / 100, "text": "m" * 200} for k in range(400)],
    "versions": [1],
    "model": 3,
    "source": {},
    "complete": "yes",
}
FILES = {
    "scenes.csv": "start_s,end_s,name\n0,20,a\n20,50,b\n",
    "dial.csv": "t_s,a,b\n" + "".join(f"{k},{k % 7},{k % 5}\n" for k in range(60)),
}
COMMANDS = {
    "timelines": [],
    "viewers": [],
    "curve": [],
    "peaks": [],
    "synchrony": [],
    "norms": [],
    "groups": ["--by", "side", "--min-group", "2"],
    "scenes": ["{folder}/scenes.csv"],
    "dial": ["{folder}/dial.csv"],
    "report": ["-o", "{folder}/page.html"],
    "compare": ["good/other"],
    "export": ["--as", "edl", "--fps", "25", "-o", "{folder}/peaks.edl"],
}


def batch(seq: int, start_s: float, viewers: Iterable[int], **changes: object) -> Batch:
    """Return a batch of 5 s with two looks a second."""
    end_s = float(changes.get("end_s", start_s + 5))  # type: ignore[arg-type]
    times = changes.pop("times", [round(start_s + k / 2, 3) for k in range(10)])
    ids = [*viewers]
    rows = [
        Reading(v, t_s, (60 * (v % 9), 10, 60 * (v % 9) + 50, 60), 0.9, score, score)
        for k, t_s in enumerate(times)  # type: ignore[call-overload]
        for v in ids
        for score in [(v * 2654435761 + k * 40503) % 997 / 997]
    ]
    made = Batch(1, "absurd", "night", BEGAN, seq, start_s, end_s, 10, columns(rows), {})
    return validate(made._replace(**changes))  # type: ignore[arg-type]


def steady(seq: int = 0, start_s: float = 0.0, **changes: object) -> list[Batch]:
    """Return a minute of eight viewers."""
    return [batch(seq + k, start_s + 5 * k, range(1, 9), **dict(changes)) for k in range(12)]


def absurd() -> dict[str, list[Batch]]:
    """Return the sessions by kind."""
    crowd = [
        batch(k, 5.0 * k, range(1 + 1000 * k, 1001 + 1000 * k), times=[5.0 * k]) for k in range(20)
    ]
    full = [batch(k, 5.0 * k, range(1, 1001), times=[5.0 * k + 1]) for k in range(5)]
    last = batch(9, END_S - 5, range(1, 1001), times=[END_S - 3])
    return {
        "number": [*steady(), batch(MOST, 60.0, [1, 2])],
        "ends": [*steady(), *steady(12, END_S - 70)],
        "two days": [*steady(), *steady(12, 2 * 86400 - 70)],
        "one batch": [batch(0, 0.0, range(1, 9), end_s=END_S)],
        "crowd": crowd,
        "crowd at ends": [*full, last],
        "IDs and frames": [
            batch(k, 5.0 * k, range(MOST - 8, MOST), frames=MOST) for k in range(12)
        ],
        "dense": [batch(0, 0.0, range(1, 9), times=[k * 1e-9 for k in range(150)])],
        "same moment": [batch(0, 0.0, [1] * 30, times=[1.0] * 5)],
        "year 9999": steady(started_utc="9999-12-31T23:59:59.9999999999999Z"),
        "no such day": steady(started_utc="0000-02-31T20:15:00Z"),
        "beyond": [batch(0, 1e300, [1, 2], end_s=1.1e300, times=[1.05e300])],
        "info": steady(info=ODD),
        "nothing": [batch(0, 0.0, [], end_s=0.0, frames=0)],
    }


def run(words: Sequence[str], folder: Path) -> tuple[int, float, float, str, bytes]:
    """Run a command; return its exit code, CPU seconds, MB, last remark and what it printed."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_S, MOST_S))

    with open(folder / "out", "w+b") as out, open(folder / "err", "w+") as err:
        command = [sys.executable, "-m", "laughtrack", *words]
        process = subprocess.Popen(command, stdout=out, stderr=err, preexec_fn=bound)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        out.seek(0)
        said = err.read()
        remark = "CRASH: " * ("Traceback" in said) + (said.strip().splitlines() or [""])[-1]
        cpu_s = used.ru_utime + used.ru_stime
        return process.returncode, cpu_s, used.ru_maxrss / 1e3, remark, out.read()


def words_of(command: str, whose: str, folder: Path, store: str) -> list[str]:
    """Return a command's words for a device's session."""
    more = [word.format(folder=folder) for word in COMMANDS[command]]
    return [command, f"{whose}/night", *more, "--store", store]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row for each kind and command; return 1 if any is not within its bounds."""
    kinds = absurd()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default=",".join(kinds))
    parser.add_argument("--commands", default=",".join(COMMANDS))
    options = parser.parse_args(argv)
    failed = 0
    print("| session | command | code | CPU s | MB | says |\n|---|---|---|---|---|---|")
    for kind in options.kinds.split(","):
        with tempfile.TemporaryDirectory() as name:
            failed += survey(kind, kinds[kind], options.commands.split(","), Path(name))
    print(f"\n{failed} not within {MOST_S} s and {MOST_BYTES >> 30} GB, or changed a good session")
    return min(failed, 1)


def survey(kind: str, batches: list[Batch], commands: Sequence[str], folder: Path) -> int:
    """Print what each command makes of a kind; return how many failed."""
    for file, text in FILES.items():
        (folder / file).write_text(text)
    alone, shared = str(folder / "alone"), str(folder / "shared")
    good = [each._replace(device="good") for each in steady(info={"title": "Good"})]
    other = [each._replace(device="good", session="other") for each in steady()]
    extend(alone, [*good, *other])
    extend(shared, [*good, *other, *batches])
    failed = 0
    for command in commands:
        began_s = time.monotonic()
        code, cpu_s, size_mb, remark, _ = run(words_of(command, "absurd", folder, shared), folder)
        failed += code not in (0, 1, 2) or remark.startswith("CRASH")
        print(f"| {kind} | {command} | {code} | {cpu_s:.1f} | {size_mb:.0f} | {remark[:90]} |")
        # What stands among all others changes with them.
        if command != "norms":
            results = [
                run(words_of(command, "good", folder, each), folder) for each in (alone, shared)
            ]
            failed += results[0][4] != results[1][4] or results[1][0] != results[0][0]
        print(f"  ({time.monotonic() - began_s:.0f} s)", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
