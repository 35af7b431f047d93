"""Search the settings of training.

`python -m laughtrack.models.training.tune`, in the training environment.

Each trial trains in a folder of its own in the work folder. Stopped at any point, the same command
carries on: the trial that was cut short goes on from its last whole epoch.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from laughtrack.edge import console
from laughtrack.edge.atomic_files import replacing
from laughtrack.models.data import load
from laughtrack.models.faces import landmark_cache, landmarker, wide_crops
from laughtrack.models.training import search, targets, train
from laughtrack.models.training.loop import OnEpoch
from laughtrack.models.training.settings import DEFAULT_WORK, Settings, out_of_range
from laughtrack.models.training.work_folder import locked

STUDY, BEST = "tune.db", "best_settings.json"


def tune(source: train.Source, work: str | Path, trials: int, base: Settings) -> dict[str, Any]:
    """Search the settings; leave the best in `work/best_settings.json` after every trial.

    Parameters
    ----------
    source : train.Source
    work : path
    trials : int, how many there shall be in all
    base : Settings

    Returns
    -------
    dict
        The best settings by name.

    Raises
    ------
    ValueError
        If a setting is out of its range, another search is at work there, the study is of something
        else, or the training cannot be done.
    """
    error_text = out_of_range(base)
    if error_text:
        raise ValueError(error_text)
    work = Path(work)
    pictures = load.training_pictures(source.data)
    about: dict[str, Any] = {k: v for k, v in base._asdict().items() if k not in search.SPACE}
    about["labels"] = targets.labels_digest(pictures)

    def run(folder: str, settings: Settings, on_epoch: OnEpoch) -> float:
        _share_faces(work, work / folder)
        began_s = time.monotonic()
        try:
            return train.train(source, work / folder, settings, on_epoch)
        except search.pruned_exception():
            shutil.rmtree(work / folder)
            raise
        finally:
            logging.info("%s took %.0f s", folder, time.monotonic() - began_s)

    with locked(work):
        study = search.open_study(work / STUDY, about)
        faces = wide_crops.load_faces(pictures, work)
        if source.landmarker.is_file():
            landmark_cache.find_landmarks(pictures, faces, work, source.landmarker)
        for progress in search.search(run, study, base, trials):
            best = progress.best
            with replacing(work / BEST, one_writer=True) as part:
                part.write_text(json.dumps(best, indent=2) + "\n")
    return best


def _share_faces(work: Path, folder: Path) -> None:
    """Let a trial find the faces and landmarks that were made once for all."""
    folder.mkdir(exist_ok=True)
    for file in [*work.glob("faces-*.npz"), *work.glob("landmarks-*.npy")]:
        link = folder / file.name
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(Path("..") / file.name)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    usual = Settings()
    parser.add_argument(
        "--data", type=Path, default="../shared/data", help="has lfw/ and genki4k/, or is a table"
    )
    parser.add_argument(
        "--landmarker", type=Path, default=landmarker.DEFAULT_FILE, help="face_landmarker.task"
    )
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="study and trials")
    parser.add_argument("--trials", type=int, default=20, help="how many there shall be in all")
    parser.add_argument("--epochs", type=int, default=usual.epochs, help="passes over the faces")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of the search and each trial")
    options = parser.parse_args(argv)
    if options.trials < 1:
        parser.error(f"--trials {options.trials}: expected 1 or more")
    console.log_to_stderr()
    base = usual._replace(epochs=options.epochs, seed=options.seed)
    try:
        best = tune(
            train.Source(options.data, options.landmarker), options.work, options.trials, base
        )
    except KeyboardInterrupt:
        console.say(
            "laughtrack.models.training.tune: stopped: the same command carries on from here"
        )
        return 1
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.training.tune: {error}")
        return 1
    console.show(*json.dumps(best, indent=2).splitlines())
    return 0


if __name__ == "__main__":
    sys.exit(main())
