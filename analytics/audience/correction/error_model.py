"""How wrong a session's scorer is, by measurement on labelled faces: its `error_model.json`.

Conventions
-----------
- A session may bring the model of its own scorer, `error_model` among its info. Else the file that
  lies beside the shipped weights holds, if these scored it: the session names its network by the
  beginning of the weights' SHA-256, and the file has it as `weights` (floats) and `scored_as`.
- Sensitivity and specificity are of one look: smiles that score one half or more, and others that
  score less. Each is `[figure, low, high]` with its 95 % interval. Of the cells by width that have
  at least half of the faces, the one nearest to the session's usual face holds.
- `personal` is how much of the error goes with the person (intraclass correlation), in [0, 1].
- `events`, which may be missing, is of whole smiles: `people` timed by eye, and `looks_per_s` at
  them; `false_per_min`, smiles that began in a minute without, and `false_spread`, how much that
  differs between people (deviation); `found`, smiles begun in a true one; `noticed`, the part of
  true ones in which any was seen; `first_false`, a list of `seconds` without a smile and `share` of
  the people for whom a false one had begun by then. See `event_errors`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.misclassification import Errors, Interval
from laughtrack.analytics.timelines.session_tables import SessionTables

SHIPPED = "models/artifacts/error_model.json"


class EventErrors(NamedTuple):
    """Errors of whole smiles.

    `looks_per_s`, `false_per_min`, `false_spread`, `found` and `noticed` as in the file; `seconds`
    (K,) ascending and `false_by`, an `Interval` of (K,) shares.
    """

    looks_per_s: float
    false_per_min: Interval
    false_spread: float
    found: Interval
    noticed: Interval
    seconds: np.ndarray
    false_by: Interval


class ErrorModel(NamedTuple):
    """A scorer's errors: `errors` of one look, their `personal` part, and of whole smiles.

    `weak_groups`: groups of people who are judged less well, and by how much of balanced accuracy.
    """

    errors: Errors
    personal: float
    events: EventErrors | None
    weak_groups: tuple[tuple[str, float], ...] = ()


def error_model_of(tables: SessionTables) -> tuple[ErrorModel | None, str]:
    """Return the error model of a session's scorer, or None and why there is none.

    Parameters
    ----------
    tables : SessionTables

    Returns
    -------
    model : ErrorModel or None
    reason : str
        Half a sentence, "" with a model.
    """
    found, reason = _chosen(tables.info)
    if found is None:
        return None, reason
    try:
        return _read(found, _usual_width(tables)), ""
    except (KeyError, TypeError, ValueError) as error:
        return None, message("the scorer's error model cannot be read ({error})", error=repr(error))


def _chosen(info: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    own = info.get("error_model")
    if isinstance(own, Mapping):
        return own, ""
    model = info.get("model")
    network = str(model.get("network") or "") if isinstance(model, Mapping) else ""
    if not network:
        return None, message("the session does not say which weights scored it")
    shipped = json.loads((files("laughtrack") / SHIPPED).read_text(encoding="utf-8"))
    known = {str(shipped.get("weights")), str(shipped.get("scored_as", "")).split(" ")[-1]}
    if network.split(" ")[-1] not in known:
        return None, message("how often {network} errs was not measured", network=network)
    return shipped, ""


def _usual_width(tables: SessionTables) -> float:
    widths = tables.seats["width"]
    widths = widths[widths > 0]
    return float(np.median(widths)) if len(widths) else math.nan


def _read(found: Mapping[str, Any], width: float) -> ErrorModel:
    cells = [c for c in found.get("by_width_px", ()) if c["faces"] >= found.get("faces", 0) / 2]
    nearest: Mapping[str, Any] = found
    if cells and width > 0:
        nearest = min(cells, key=lambda c: abs(math.log(c["from"] * c["to"] / width**2)))
    personal = (found.get("personal") or {}).get("false_smiles") or 0.0
    errors = Errors(_interval(nearest["sensitivity"]), _interval(nearest["specificity"]))
    events = found.get("events")
    weak = tuple((str(e["group"]), float(e["below"])) for e in found.get("weak_groups") or ())
    return ErrorModel(errors, float(personal), _events(events) if events else None, weak)


def _events(found: Mapping[str, Any]) -> EventErrors:
    shares = np.array([each["share"] for each in found["first_false"]], dtype=float)
    return EventErrors(
        looks_per_s=float(found["looks_per_s"]),
        false_per_min=_interval(found["false_per_min"]),
        false_spread=float(found["false_spread"]),
        found=_interval(found["found"]),
        noticed=_interval(found["noticed"]),
        seconds=np.array([each["seconds"] for each in found["first_false"]], dtype=float),
        false_by=Interval(*shares.T),
    )


def _interval(found: Any) -> Interval:
    value, low, high = (float(each) for each in found)
    if not 0 <= low <= value <= high:
        raise ValueError(f"{found!r}: expected [figure, low, high]")
    return Interval(value, low, high)
