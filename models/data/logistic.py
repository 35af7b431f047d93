"""Logistic regression with weights, targets between 0 and 1, and a ridge: it calibrates scores."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit


def logistic_fit(
    columns: np.ndarray, target: np.ndarray, weight: np.ndarray, ridge: np.ndarray | float = 0.0
) -> np.ndarray:
    """Find the coefficients of the least weighted mean cross-entropy.

    Parameters
    ----------
    columns : ndarray, shape (N, P)
    target : ndarray, shape (N,), in [0, 1]
    weight : ndarray, shape (N,), above 0
    ridge : ndarray, shape (P,), or float
        Half of it, times each coefficient squared, is added to the mean.

    Returns
    -------
    ndarray, shape (P,)
        The probability is sigmoid(columns @ coefficients).
    """
    share = np.asarray(weight, np.float64) / np.sum(weight)

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        log_odds = columns @ found
        entropy = share @ (np.logaddexp(0, log_odds) - target * log_odds)
        gradient = columns.T @ (share * (expit(log_odds) - target)) + ridge * found
        return float(entropy + np.sum(ridge * found**2) / 2), gradient

    def hessian(found: np.ndarray) -> np.ndarray:
        chance = expit(columns @ found)
        bend = (columns * (share * chance * (1 - chance))[:, None]).T @ columns
        return bend + np.diag(ridge + np.zeros(columns.shape[1]))

    start = np.zeros(columns.shape[1])
    options = {"gtol": 1e-10}
    found = minimize(loss, start, jac=True, hess=hessian, method="trust-exact", options=options)
    return np.asarray(found.x)
