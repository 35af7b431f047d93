"""How sure a rate is: smiles begun in a minute, mean over viewers, of few smiles or none.

Student's interval of a quiet session held the truth in 50 to 65 of 100: it knows nothing of smiles
that did not happen to begin, nor of the one viewer in fifty who smiles all the time, whom most
small audiences lack and whose rate is thirty times that of others.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from laughtrack.analytics.defaults import LEAST_VIEWERS, LEVEL
from laughtrack.analytics.timelines.grid import mean_over

# Who smiles nearly always begins so many smiles a minute; so large a part of all viewers does.
ALWAYS_PER_MIN, ALWAYS = 15.0, 0.02


def of_rates(
    begun: np.ndarray, minutes: np.ndarray, effect: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of the mean over viewers of what began in a minute.

    Parameters
    ----------
    begun : ndarray, shape (V, S)
        How many smiles of each viewer began.
    minutes : ndarray, shape (V, S)
        Minutes in which each could be judged; 0 where not at all.
    effect : float
        Design effect of neighbours, from 1.

    Returns
    -------
    low, high : ndarray, shape (S,)
        A minute, at least 0. NaN below `LEAST_VIEWERS`.

    Notes
    -----
    The score interval of a Poisson mean (Rao 1948, Proceedings of the Cambridge Philosophical
    Society 44:50) over as many minutes as would give it the variance that this mean has, which is
    no less than Poisson's (McCullagh and Nelder 1989, Generalized Linear Models, section 6.2) and
    no more than that of all or nothing, nothing or `ALWAYS_PER_MIN`. As Student's is to the
    normal, so much wider. Upwards the chance that too few of those came who smile all the time is
    added in square.
    """
    known = minutes > 0
    count = known.sum(axis=0)
    enough = count >= LEAST_VIEWERS
    many = np.where(enough, count, LEAST_VIEWERS)
    lasted = np.where(known, minutes, np.nan)
    rate = begun / lasted
    mean = np.nan_to_num(mean_over(rate))
    # The variance of one viewer's rate over the mean rate: by Poisson alone, and as it is. As if
    # one more viewer had varied as Poisson has it: few may be alike by chance.
    poisson = np.where(enough, mean_over(1 / lasted), 1.0)
    pulled = (many * mean + poisson / 2) / (many + 1)
    varied = (np.nansum((rate - mean) ** 2, axis=0) + pulled * poisson) / many
    varied = np.maximum(varied / np.maximum(mean, 1e-9), poisson)
    varied = np.where(mean > 0, np.minimum(varied, np.maximum(poisson, ALWAYS_PER_MIN)), poisson)
    tail = (1 + LEVEL) / 2
    z = ndtri(tail)
    lasted_in_all = many / (varied * effect * (stdtrit(many - 1, tail) / z) ** 2)
    middle = mean + z**2 / (2 * lasted_in_all)
    far = z * np.sqrt(mean / lasted_in_all + (z / (2 * lasted_in_all)) ** 2)
    missed = z * ALWAYS_PER_MIN * np.sqrt(ALWAYS / many)
    high = mean + np.hypot(middle + far - mean, missed)
    low = np.where(mean > 0, np.maximum(middle - far, 0), 0.0)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)
