"""A pretend audience whose IDs are broken on purpose, stored; and a person who mends it."""

import numpy as np
import pandas as pd

from laughtrack.analytics.review import making
from laughtrack.analytics.review.reviewed import review
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.delta_table import READING
from laughtrack.edge.readings import Batch

POSTERS = (901, 902)
WHO = "Ada"


def batches(session, readings=None, info=None):
    """Return a session's readings, or others, as its batches."""
    readings = session.readings if readings is None else readings
    found = []
    for span in session.spans.itertuples():
        own = readings[(readings["t_s"] >= span.start_s) & (readings["t_s"] < span.end_s)]
        columns = {name: own[name].tolist() for name in READING}
        place = session.device, session.name, span.started_utc, span.seq
        times = span.start_s, span.end_s, span.frames
        last = span.seq == session.spans["seq"].max()
        said = {"context": "screening", **(info or {}), **({"complete": True} if last else {})}
        found.append(Batch(1, *place, *times, columns, said))
    return found


def stored(store, session, readings=None, info=None):
    """Store a session, or it with other readings; return the store."""
    extend(str(store), batches(session, readings, info))
    return str(store)


def broken(session, seed=1, splits=20, swaps=5):
    """Return readings with new IDs in the middle, IDs exchanged, and two posters among them."""
    rng = np.random.default_rng(seed)
    readings = session.readings.copy()
    ids = np.unique(readings["viewer_id"])
    length_s = float(session.spans["end_s"].max())
    as_seen = readings["viewer_id"].to_numpy().copy()
    times = readings["t_s"].to_numpy()
    last = dict(zip(ids.tolist(), ids.tolist(), strict=True))
    moments = np.sort(rng.uniform(5, length_s - 5, splits + swaps)).round(1)
    kinds = rng.permutation([True] * splits + [False] * swaps)
    truth = readings["viewer_id"].to_numpy()
    for k, (at_s, is_split) in enumerate(zip(moments, kinds, strict=True)):
        one, other = rng.choice(ids, 2, replace=False).tolist()
        later = times >= at_s
        if is_split:
            last[one] = 500 + k
        else:
            last[one], last[other] = last[other], last[one]
        for each in (one, other):
            as_seen[later & (truth == each)] = last[each]
    readings["viewer_id"] = as_seen
    return pd.concat([readings, *_posters(session)]).sort_values(
        ["t_s", "viewer_id"], ignore_index=True
    )


def _posters(session):
    """Yield the readings of posters on the wall, seen at every other look."""
    t_s = np.unique(session.readings["t_s"])[::2]
    for k, each in enumerate(POSTERS):
        left, top = 2000 + 300 * k, 10
        box = {"x1": left, "y1": top, "x2": left + 60, "y2": top + 60}
        scores = {"quality": 0.9, "raw": 0.95, "smile": 0.95}
        table = pd.DataFrame({"viewer_id": each, "t_s": t_s, **box, **scores})
        yield table.astype(session.readings.dtypes.to_dict())


def owners(readings, truth):
    """Return whose each reading is in truth, 0 of a poster: by time and place."""
    columns = ["t_s", "x1", "y1"]
    both = readings[columns].merge(
        truth[[*columns, "viewer_id"]], how="left", on=columns, validate="1:1"
    )
    return both["viewer_id"].fillna(0).to_numpy(dtype=np.int64)


def mend(store, truth, name="pretend"):
    """Mend a session as whoever knows its audience would, and return the corrections made.

    Who turns into another is split there; then the parts of each are merged, and posters excluded.
    """
    made = []

    def record(entry, seen):
        made.append(making.record(store, seen, entry, WHO, "looked at the film"))

    while True:
        seen = review(store, name)
        turn = _first_turn(seen, truth)
        if turn is None:
            break
        record(making.split(seen, *turn), seen)
    parts = _parts(seen, truth)
    for owner, ids in parts.items():
        seen = review(store, name)
        if owner == 0:
            record(making.exclude(seen, ids), seen)
        elif len(ids) > 1:
            record(making.merge(seen, [owner, *(each for each in ids if each != owner)]), seen)
    return made


def _first_turn(seen, truth):
    """Return a viewer and when they turn into somebody else, None where nobody does."""
    for viewer, members in seen.members.items():
        own = seen.readings[seen.readings["viewer_id"].isin(members)]
        whose = owners(own, truth)
        turns = np.flatnonzero(np.diff(whose))
        if len(turns):
            return viewer, float(own["t_s"].iloc[turns[0] + 1])
    return None


def _parts(seen, truth):
    """Return the viewers that each of the truth is made of."""
    found = {}
    for viewer, members in seen.members.items():
        own = seen.readings[seen.readings["viewer_id"].isin(members)]
        found.setdefault(int(owners(own, truth)[0]), []).append(viewer)
    return found
