"""The bench of misread faces: what it judges with, and a small one of it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtri

from tests.bench.rooms import broken_ids, misread
from tests.bench.rooms.case import cases
from tests.bench.rooms.recording import Camera
from tests.bench.rooms.room import Room

ROOM = Room(viewers=20, seconds=120.0)


def test_intraclass_is_that_of_the_errors_drawn():
    """One person's errors correlate as the error model says."""
    rng = np.random.default_rng(1)
    own, each = rng.standard_normal((20_000, 1)), rng.standard_normal((20_000, 2))
    wrong = np.sqrt(0.5) * own + np.sqrt(0.5) * each < ndtri(0.07)
    found = np.corrcoef(wrong.T)[0, 1]
    assert misread.intraclass(0.07, 0.5) == pytest.approx(found, abs=0.03)


def test_broken_ids_are_joined_and_none_to_another_viewer():
    """Three new IDs a viewer, nearly all of them joined, and reach is back."""
    (case,) = cases(ROOM._replace(seconds=180.0), 1, 2, Camera(new_ids_per_min=1.0))
    viewers, ids, joined, wrong, unbroken, plain, again = broken_ids.measured(case)
    assert ids > 2.5 * viewers and joined <= 1.1 * viewers and wrong == 0
    assert abs(again - unbroken) < 0.06 < unbroken - plain


@pytest.mark.slow
def test_corrected_is_nearer_than_seen(monkeypatch):
    """In a few sessions of one show the corrected average is nearer to the truth."""
    monkeypatch.setattr(misread, "POOL_SHOWS", 2)
    monkeypatch.setattr(misread, "TRUE_VIEWERS", 200)
    found = misread.misread(ROOM, 0.9, SimpleNamespace(sessions=6, seed=3))
    own = found[found["figure"] == "Average share"]
    off = {name: abs((own[name] - own["true"]).mean()) for name in ("value", "corrected")}
    assert off["corrected"] < off["value"]
    lines = misread.summed_up(found)
    assert [each[0] for each in lines] == ["Average share", "Reach", "Rate", "Share at the peak"]
