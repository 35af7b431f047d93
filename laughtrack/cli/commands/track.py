"""The command that runs the tracker on detections kept as text, and scores it where truth is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from laughtrack.cli import options, outputs
from laughtrack.cli.terminal import save, say, show, uninterrupted

if TYPE_CHECKING:
    from laughtrack.tracker.detections import Detections
    from laughtrack.tracker.mot.files import Identities


class _Given(NamedTuple):
    """What the files hold: detections, the truth or None, and where the truth is from."""

    detections: dict[int, Detections]
    truth: dict[int, Identities] | None
    truth_from: Path


def track(
    detections: Annotated[
        Path,
        typer.Argument(metavar="DET.txt", help="MOTChallenge detections, or a face sequence."),
    ],
    gt: Annotated[
        Path | None,
        typer.Option("--gt", metavar="GT.txt", help="MOTChallenge truth, to score against."),
    ] = None,
    fps: options.Fps = 30.0,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.txt",
            callback=outputs.named(".txt"),
            help="Write MOTChallenge results.",
        ),
    ] = None,
) -> None:
    """Give the faces (or people) of a detection file their IDs; score them where truth is known."""
    for other in filter(None, (detections, gt)):
        if output is not None and output.resolve() == other.resolve():
            raise typer.BadParameter(f"--output {output}: that is {other}, which is read")
    with uninterrupted():
        from laughtrack.tracker.mot import export, files
        from laughtrack.tracker.tracker import Tracker

    given = _read(detections, gt)
    whole, left_out = files.valid_detections(given.detections)
    if left_out:
        say(f"{detections}: {left_out:,} detections left out: no box, or no confidence")
    began = time.perf_counter()
    result = export.run(Tracker(), whole, fps)
    took_s = time.perf_counter() - began
    if output is not None:
        save(output, export.mot_text(result).encode())
    faces = sum(len(found.boxes) for found in whole.values())
    viewers = {int(one) for ids, _ in result.values() for one in ids}
    frames = max(result) - min(result) + 1
    show(f"{frames:,} frames, {faces:,} faces: {len(viewers):,} viewers")
    show(
        f"{len(result) / took_s:,.0f} frames/s, {faces / took_s:,.0f} faces/s,"
        f" {1000 * took_s / len(result):.2f} ms a frame"
    )
    if given.truth is not None:
        _score(given.truth, given.truth_from, result)


def _read(detections: Path, gt: Path | None) -> _Given:
    """Read the files, of either kind."""
    from laughtrack.tracker.mot import files

    try:
        if not files.is_face_sequence(detections):
            truth = None if gt is None else files.read_identities(gt)
            given = _Given(files.read_detections(detections), truth, gt or detections)
        elif gt is not None:
            raise typer.BadParameter(f"--gt {gt}: {detections} is a face sequence, with its truth")
        else:
            given = _Given(*files.read_faces(detections), detections)
    except OSError as error:
        raise OSError(
            f"cannot read {error.filename}: {error.strerror}; expected a text file of boxes"
        ) from None
    if not given.detections:
        raise ValueError(f"{detections}: no frames in it; expected a line for each frame")
    return given


def _score(truth: dict[int, Identities], truth_from: Path, result: dict[int, Identities]) -> None:
    """Say how right the IDs are, and where the truth cannot be of these detections."""
    from laughtrack.tracker.mot.trackeval_scores import combine, evaluate

    if not any(len(ids) for ids, _ in truth.values()):
        say(f"{truth_from}: nobody in it, so there is nothing to score")
        return
    if not set(truth) & set(result):
        say(f"{truth_from}: not one frame of it is in the detections; is it another film's?")
    scores = combine([evaluate(truth, result)])
    shares = {"HOTA": scores.hota, "AssA": scores.assa, "DetA": scores.deta}
    shares |= {"IDF1": scores.idf1, "MOTA": scores.mota}
    show("  ".join(f"{name} {100 * share:.1f}" for name, share in shares.items()))
    show(
        f"{scores.switches:,} switches, {scores.fragments:,} fragments,"
        f" {scores.result_ids:,} IDs given to {scores.true_ids:,} people"
    )
