"""The constants that all statistics share: each stands here once."""

from __future__ import annotations

# A p-value of at most this is told as more than chance would give.
ALPHA = 0.05
# Of every interval and band.
LEVEL = 0.95
# The chance of a true difference being found that "could have been found" speaks of.
POWER = 0.8
# Of all random draws, so that the same session gives the same figures.
SEED = 1
# Bootstrap draws of audiences.
DRAWS = 500
# Below this many viewers nothing can be said of others like them: no interval.
LEAST_VIEWERS = 3
# With fewer, a jackknife that leaves one out leaves too little to tell a spread from.
LEAST_FOR_JACKKNIFE = 4
# Seconds in all that a viewer must have been seen to count: see `brief_viewers`.
LEAST_SEEN_S = 1.0
# Of each group compared: 252 permutations of 5 and 5; with 4 and 4 no p is below 0.02.
LEAST_COMPARED = 5
# The variable of the environment that says of how many viewers figures are withheld.
MIN_VIEWERS = "LAUGHTRACK_MIN_VIEWERS"
