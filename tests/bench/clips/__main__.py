"""Real clips, replayed and judged by eye: ``python -m tests.bench.clips [--finder NAME] ...``.

Each clip and each piece of footage goes through the program's replay into a store. A reading is
somebody's where its middle is near that of their face (`truth.NEAR`, in widths of the face). The
columns: viewers that results are made from, against people counted by eye; phantom: seconds of
readings where nobody is, a minute of film; never found: of people to be seen for
`judge.LEAST_SEEN_S` those without a reading; mixed: IDs that go from one person to another, outside
cuts and at cuts only; printed: seconds of readings on printed faces later than `judge.KNOWN_S`
after they came into view; masked: readings on masked faces, those scored, those smiling.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tests.bench.clips.judge import Verdict, judge
from tests.bench.clips.replay import EVERY, makers, replay
from tests.bench.clips.truth import clips
from tests.bench.finders.engines import DEFAULT_YUNET, THRESHOLDS
from tests.bench.tables import say, table

HEADS = ("clip", "people", "viewers", "phantom s", "never found", "mixed", "mixed at cuts")
HEADS += ("printed s", "masked", "scored", "smiling")


def main() -> None:
    """Replay and judge what is asked for; print a table a finder."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    data = os.environ.get("LAUGHTRACK_DATA", "../shared/data")
    options.add_argument("--data", type=Path, default=Path(data), help="folder (LAUGHTRACK_DATA)")
    options.add_argument("--finder", action="append", choices=("haar", "net", "both", "yunet"))
    options.add_argument("--net", type=Path, help="folder of weights in place of what ships")
    options.add_argument("--net-threshold", type=float, default=THRESHOLDS["net"])
    options.add_argument("--yunet", type=Path, default=DEFAULT_YUNET)
    options.add_argument("--yunet-threshold", type=float, default=THRESHOLDS["yunet"])
    looks = options.add_mutually_exclusive_group()
    looks.add_argument("--looks", type=float, default=10.0, help="a second (10)")
    looks.add_argument("--every-frame", action="store_true")
    options.add_argument("--faults", action="store_true", help="list each fault and its second")
    options.add_argument("clips", nargs="*", help="words of the clips' names (all)")
    given = options.parse_args()
    rate_hz = EVERY if given.every_frame else given.looks
    make = makers(given.yunet, given.yunet_threshold, given.net, given.net_threshold)
    chosen = [
        clip
        for clip in clips(given.data)
        if not given.clips or any(word in clip.path.name for word in given.clips)
    ]
    for name in given.finder or ["haar", "net"]:
        verdicts, minutes = {}, {}
        for clip in chosen:
            say(f"{name}: {clip.path.name}")
            replayed = replay(clip.path, make[name](), rate_hz)
            verdicts[f"{clip.path.parent.name}/{clip.path.name}"] = judge(clip, replayed)
            minutes[clip.path.parent.name] = (
                minutes.get(clip.path.parent.name, 0.0) + replayed.length_s / 60
            )
        looks_a_second = "every frame" if given.every_frame else f"{given.looks:g} looks a second"
        print(f"### {name}, {looks_a_second}\n\n{_table(verdicts, minutes)}", flush=True)
        if given.faults:
            print("\n".join(_faults(verdicts)) + "\n")


def _table(verdicts: dict[str, Verdict], minutes: dict[str, float]) -> str:
    lines = [(name, *_row(each)) for name, each in verdicts.items()]
    for folder, length in minutes.items():
        some = [each for name, each in verdicts.items() if name.startswith(folder)]
        right = sum(each.people == each.viewers for each in some)
        never = sum(len(each.never) for each in some)
        phantom = sum(each.phantom_s for each in some) / length
        sums = [
            round(sum(getattr(each, name) for each in some), 1)
            for name in (*Verdict._fields[6:8], "printed_late_s", *Verdict._fields[8:11])
        ]
        line = f"{right} of {len(some)} right", f"{phantom:.2f} a minute"
        of = sum(each.judged for each in some)
        people = sum(each.people for each in some)
        lines.append((f"**{folder}**", people, *line, f"{never} of {of}", *sums))
    return table(HEADS, lines)


def _row(verdict: Verdict) -> tuple[object, ...]:
    return (
        verdict.people,
        verdict.viewers,
        f"{verdict.phantom_s:.1f}",
        ", ".join(verdict.never) or 0,
        verdict.mixed,
        verdict.mixed_at_cuts,
        f"{verdict.printed_late_s:.1f}",
        verdict.masked,
        verdict.masked_scored,
        verdict.masked_smiling,
    )


def _faults(verdicts: dict[str, Verdict]) -> list[str]:
    return [
        f"- {name}, {fault.t_s:.1f} s: {fault.what}"
        for name, each in verdicts.items()
        for fault in sorted(each.faults)
    ]


if __name__ == "__main__":
    main()
