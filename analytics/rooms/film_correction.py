"""How the film's shares are put right for the scorer's errors: as each room's, once for all.

One scorer judged all rooms, so that its errors are the same in all of them and more rooms do not
make them better known. The film's shares are therefore put right as a whole and not room by room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from laughtrack.analytics.audience.correction.error_model import ErrorModel
from laughtrack.analytics.audience.correction.session_correction import Correction
from laughtrack.analytics.messages import message
from laughtrack.analytics.rooms.random_effects import random_effects
from laughtrack.analytics.stats.misclassification import LEAST_YOUDEN, Errors, Interval
from laughtrack.analytics.stats.proportions import Z


def film_correction(names: Sequence[str], rooms: Sequence[Correction]) -> Correction:
    """Return the film's correction, made of those of its rooms.

    Parameters
    ----------
    names : sequence of str
        The rooms'.
    rooms : sequence of Correction
        Each room's.

    Returns
    -------
    Correction
        Its `reason` is that of the first room that cannot be put right. Errors of a look are the
        rooms' mean, ends likewise: rooms whose faces are of other widths have others.
    """
    for name, each in zip(names, rooms, strict=True):
        if not each.possible:
            return each._replace(reason=message("{room}: {reason}", room=name, reason=each.reason))
    looks = [each.looks for each in rooms]
    variance = np.array([(float(each.high) - float(each.low)) / (2 * Z) for each in looks]) ** 2
    values = np.array([float(each.value) for each in looks])
    found = random_effects(values, variance, np.inf)
    models = [each.model for each in rooms if each.model is not None]
    errors = Errors(
        _mean([each.errors.sensitivity for each in models]),
        _mean([each.errors.specificity for each in models]),
    )
    model = ErrorModel(errors, float(np.mean([each.personal for each in models])), None)
    reason = ""
    if errors.youden < LEAST_YOUDEN:
        reason = message("the scorer errs too often on such faces")
    return Correction(
        model,
        Interval(found.mean, found.low, found.high),
        float(np.mean([each.in_smiles for each in rooms])),
        float(np.mean([each.slope for each in rooms])),
        reason,
    )


def _mean(intervals: Sequence[Interval]) -> Interval:
    return Interval(*(float(np.mean(each)) for each in zip(*intervals, strict=True)))
