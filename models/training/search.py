"""The search itself: an Optuna study in a file, which can be left and taken up again.

A trial that does worse than the others did at that epoch is given up. The trial that a kill cut
short is taken up where it was, and the search finds what it would have found without the kill.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.models.training.loop import OnEpoch
from laughtrack.models.training.settings import Settings

if TYPE_CHECKING:
    import optuna

# Trains in a folder of that name, and returns the best validation loss.
Run = Callable[[str, Settings, OnEpoch], float]


class Range(NamedTuple):
    """Where a setting is searched: lowest, highest, and whether on a logarithmic scale."""

    low: float
    high: float
    log: bool


SPACE = {
    "peak": Range(0.02, 0.4, True),
    "decay": Range(2e-4, 6e-3, True),
    "teacher": Range(0.0, 1.5, False),
    "movement": Range(0.0, 0.5, False),
}
NAME = "smilenet"
RANDOM_TRIALS = 5  # trials before the sampler learns from them, and before any is given up


class Progress(NamedTuple):
    """How many trials are finished, and the best settings by name."""

    finished: int
    best: dict[str, Any]


def search(run: Run, study: optuna.Study, base: Settings, trials: int) -> Iterator[Progress]:
    """Finish trials until there are so many, those of earlier calls counted.

    Parameters
    ----------
    run : function
        ``run(folder, settings, on_epoch)`` trains and returns the best validation loss; `folder` is
        a name. It calls ``on_epoch(epoch, loss)`` after each epoch and lets its exceptions through.
    study : optuna.Study, from `open_study`
    base : Settings
        What isn't in `SPACE` is taken from here; what is, in the first trial.
    trials : int, at least 1

    Yields
    ------
    Progress
        Once before the first trial if some were finished before, and after each.

    Raises
    ------
    ValueError
        If not one trial of all came to a loss.
    """
    import optuna

    _resume(study, base)
    state = optuna.trial.TrialState
    while True:
        ended = study.get_trials(deepcopy=False, states=(state.COMPLETE, state.PRUNED))
        best = [trial for trial in ended if trial.state == state.COMPLETE]
        if best:
            yield Progress(len(ended), {**base._asdict(), **study.best_params})
        if len(ended) >= trials:
            break
        # By their number, so that a search carried on draws what one without a stop draws.
        seed = (base.seed * 100_003 + len(ended)) % 2**32
        study.sampler = optuna.samplers.TPESampler(n_startup_trials=RANDOM_TRIALS, seed=seed)
        trial = study.ask()
        settings = base._replace(**{name: _suggest(trial, name, base) for name in SPACE})
        folder = trial.user_attrs.get("folder", f"trial{trial.number:04d}")
        trial.set_user_attr("folder", folder)
        drawn = ", ".join(f"{name} {getattr(settings, name):.4g}" for name in SPACE)
        logging.info("trial %d of %d (%s): %s", len(ended) + 1, trials, folder, drawn)
        _finish(study, trial, partial(run, folder, settings))
    if not best:
        raise ValueError(f"{trials} trials, and none came to a loss: are the labels right?")


def _suggest(trial: optuna.Trial, name: str, base: Settings) -> Any:
    low, high, log = SPACE[name]
    if isinstance(getattr(base, name), int):
        return trial.suggest_int(name, low, high, log=log)
    return trial.suggest_float(name, low, high, log=log)


def _finish(study: optuna.Study, trial: optuna.Trial, run: Callable[[OnEpoch], float]) -> None:
    """Run one trial to its end: done, given up, or broken, which is raised again.

    Interrupted, it is left as running, and `_resume` finds it.
    """
    import optuna

    state = optuna.trial.TrialState
    reported: set[int] = set()

    def on_epoch(epoch: int, loss: float) -> None:
        if not math.isfinite(loss):
            raise optuna.TrialPruned
        if epoch not in reported:
            reported.add(epoch)
            trial.report(loss, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    try:
        for epoch, loss in trial.user_attrs.get("losses", []):
            on_epoch(epoch, loss)
        loss = run(on_epoch)
        if not math.isfinite(loss):
            raise optuna.TrialPruned
    except optuna.TrialPruned:
        study.tell(trial, state=state.PRUNED)
        logging.info("given up: worse than the others were")
    except Exception:
        study.tell(trial, state=state.FAIL)
        raise
    else:
        study.tell(trial, loss)
        logging.info("loss %.4f; best so far %.4f", loss, study.best_value)


def _resume(study: optuna.Study, base: Settings) -> None:
    """Queue what a killed search left running; queue the usual settings in a new study."""
    import optuna

    if not study.get_trials(deepcopy=False):
        study.enqueue_trial({name: getattr(base, name) for name in SPACE})
    for stopped in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(stopped.number, state=optuna.trial.TrialState.FAIL)
        drawn = {**stopped.system_attrs.get("fixed_params", {}), **stopped.params}
        losses = sorted(stopped.intermediate_values.items())
        attributes = {**stopped.user_attrs, "losses": losses}
        study.enqueue_trial(drawn, user_attrs=attributes)


def open_study(path: str | Path, about: dict[str, Any]) -> optuna.Study:
    """Open the study in a file, or begin it.

    Parameters
    ----------
    path : path
    about : dict
        What its trials have in common, as JSON knows it.

    Returns
    -------
    optuna.Study

    Raises
    ------
    ValueError
        If Optuna is missing, or the file cannot be read, or has trials of something else.
    """
    try:
        import optuna
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:
        raise ValueError(
            f"no Optuna here ({error}): use the training environment (laughtrack train-env)"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    early = about["epochs"] // 3  # nobody is given up in these: rates are still high
    pruner = optuna.pruners.MedianPruner(n_startup_trials=RANDOM_TRIALS, n_warmup_steps=early)
    cure = f"give another --work, or delete {path}"
    try:
        study = optuna.create_study(
            storage=f"sqlite:///{Path(path).resolve()}",
            study_name=NAME,
            load_if_exists=True,
            pruner=pruner,
        )
    except (SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError) as error:
        first = str(error).split("\n")[0]
        raise ValueError(f"cannot read the study {path}: {first}; {cure}") from error
    before = study.user_attrs.get("about", about)
    for name in about:
        if before.get(name) != about[name]:
            raise ValueError(
                f"the study {path} is of {name} {before.get(name)}, not {about[name]}: {cure}"
            )
    study.set_user_attr("about", about)
    return study


def pruned_exception() -> type[Exception]:
    """Return the exception by which ``on_epoch`` ends a trial that isn't worth its time."""
    import optuna

    return optuna.TrialPruned
