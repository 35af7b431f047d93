"""A session as whoever mends it sees it: its viewers, what each is made of, and the list so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.brief_viewers import look_s, without_brief
from laughtrack.analytics.session import Session
from laughtrack.analytics.store.amendments import ledger
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.timelines.fragments import join_fragments
from laughtrack.analytics.timelines.smiles import GAP_S

# As many viewers are named to who asks for one that is not there.
_MOST_NAMED = 30


class Reviewed(NamedTuple):
    """One session with its list.

    `session`: as results are made of it, IDs joined by seat and time. `readings`: the same before
    that, with who was seen too briefly to count; IDs as the list leaves them. `members`: by each
    viewer's ID, the IDs in `readings` that are joined to it, its own first; also of those seen too
    briefly. `entries`: the list, oldest first.
    """

    session: Session
    readings: pd.DataFrame
    members: dict[int, tuple[int, ...]]
    entries: list[Amendment]

    @property
    def version(self) -> int:
        """The list's version."""
        return self.session.amended.version

    def of(self, viewers: Iterable[int]) -> tuple[int, ...]:
        """Return the IDs in `readings` that some viewers are made of, the first's own first.

        Raises
        ------
        ValueError
            One of them is not there, or is named twice.
        """
        found: list[int] = []
        for each in viewers:
            if each not in self.members:
                raise ValueError(self._unknown(each))
            if each in found:
                raise ValueError(f"viewer {each} is named twice")
            found += self.members[each]
        return tuple(found)

    def _unknown(self, viewer: int) -> str:
        joined = dict(self.session.joined or ())
        if viewer in joined:
            return f"viewer {viewer} counts as {joined[viewer]}, by seat and time: name that one"
        known = sorted(self.members)
        rest = len(known) - _MOST_NAMED
        named = ", ".join(map(str, known[:_MOST_NAMED])) + (f" and {rest} more" if rest > 0 else "")
        return f"no viewer {viewer} in {self.session.name!r}: there are {named or 'none'}"

    def times(self, viewers: Iterable[int]) -> np.ndarray:
        """Return when IDs in `readings` were seen: seconds, ascending."""
        rows = np.isin(self.readings["viewer_id"].to_numpy(), [*viewers])
        return self.readings["t_s"].to_numpy(dtype=float)[rows]

    def together_s(self, some: Iterable[int], others: Iterable[int]) -> float:
        """Return for how many seconds both of two sets of IDs in `readings` were seen."""
        one, other = self.times(some), self.times(others)
        if not len(one) or not len(other):
            return 0.0
        after = np.searchsorted(one, other, side="right")
        since = other - one[np.maximum(after - 1, 0)]
        until = one[np.minimum(after, len(one) - 1)] - other
        between = (after > 0) & (after < len(one)) & (since + until <= GAP_S)
        both = int((between | (since == 0)).sum())
        return both * look_s(self.session.spans)


def review(store: str, session: str, device: str | None = None) -> Reviewed:
    """Look at a session in order to mend it.

    Parameters
    ----------
    store, session : str
    device : str, optional
        Whose session; needed only where several devices have one of that name.

    Raises
    ------
    UnknownSession, AmbiguousSession, StoreError
        As of `store.sessions.load`.
    """
    whole = load(store, session, device, amended=True)
    # Entries that came since are of no account: the list is only added to.
    entries = ledger.read_list(store, whole.name, whole.device)[: whole.amended.version]
    seen = join_fragments(without_brief(whole))
    members: dict[int, list[int]] = {
        each: [each] for each in np.unique(whole.readings["viewer_id"]).tolist()
    }
    for part, kept in seen.joined or ():
        members[kept] += members.pop(part)
    return Reviewed(seen, whole.readings, {k: tuple(v) for k, v in members.items()}, entries)
