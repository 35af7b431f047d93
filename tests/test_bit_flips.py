"""A disk that loses bits: said and counted, or harmless; nothing lost in silence, nothing twice."""

import pytest

from tests.bench.bit_flips import campaign


@pytest.mark.slow
def test_no_damage_is_silent(tmp_path):
    """Flipped bits in each file of a device's folder and a store; cut off, zeroed, lines moved."""
    counts, bad = campaign(tmp_path, flips=24, seed=2024)
    assert bad == []
    kinds = {kind for kind, _, _ in counts}
    assert {
        "log: commit",
        "log: checkpoint",
        "store: rows",
        "device: journal",
        "file of batches",
    } <= kinds
    assert sum(counts.values()) > 50
