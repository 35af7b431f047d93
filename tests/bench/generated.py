"""One driver for inputs that hypothesis makes up: `nasty_text` and `hostile` judge each in turn."""

import collections

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

# So many of each fault are kept and told.
EXAMPLES = 3


class Tally:
    """What became of the inputs of one kind.

    Parameters
    ----------
    columns : sequence of str
        All that can become of an input, "inputs" first.
    folder : Path
        Where inputs at fault are kept.

    Attributes
    ----------
    counts : Counter
        Of `columns`.
    found : list of str
        Examples of faults: what, why, and in brackets the file of the input.
    """

    def __init__(self, columns, folder):
        self.counts = collections.Counter({each: 0 for each in columns})
        self.found, self._folder = [], folder

    def fault(self, what, data, why, suffix=""):
        """Count a fault, and keep the input of the first ones of each.

        Parameters
        ----------
        what : str
            Its column.
        data : bytes or object
            The input; of what is no bytes the repr is kept.
        why : str
        suffix : str
            Of the kept file's name.
        """
        self.counts[what] += 1
        if sum(each.startswith(f"{what}: ") for each in self.found) < EXAMPLES:
            path = self._folder / f"fault-{len(self.found)}{suffix}"
            path.write_bytes(data if isinstance(data, bytes) else repr(data).encode())
            self.found.append(f"{what}: {why} ({path})")


def drive(strategy, judge, tally, count, seed):
    """Make up inputs and have each judged; the same seed gives the same ones.

    Parameters
    ----------
    strategy : hypothesis strategy
    judge : callable
        Of an input; writes into the tally what became of it.
    tally : Tally
    count : int
        Of inputs at most; hypothesis makes fewer where there are no more.
    seed : int
    """

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(strategy)
    def one(made):
        tally.counts["inputs"] += 1
        judge(made)

    one()
