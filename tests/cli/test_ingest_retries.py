"""Groups of batches that the store does not take at once."""

import pytest

from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.cli.commands import ingest


class Ingestor:
    """Takes a group after some failures."""

    def __init__(self, failures):
        """Fail so many times."""
        self.failures, self.taken = failures, []

    def ingest(self, group):
        """Keep a group, or fail as a full disk does."""
        if self.failures:
            self.failures -= 1
            raise StoreError("disk full")
        self.taken.append(group)


@pytest.fixture
def said(monkeypatch):
    """Return what is said; a pause takes no time."""
    lines = []
    monkeypatch.setattr(ingest, "say", lines.append)
    monkeypatch.setattr(ingest, "_PAUSE_S", 0.0)
    return lines


@pytest.mark.slow
def test_a_failing_store_is_asked_again_and_said_once(said):
    """The group is kept as soon as the store takes it."""
    ingestor = Ingestor(3)
    ingest._ingest_with_retries(ingestor, ["batch"], lambda quiet_s: False)
    assert ingestor.taken == [["batch"]]
    assert said == ["disk full - trying again", "the store takes batches again"]


def test_a_store_that_works_is_not_talked_about(said):
    """Nothing is said when nothing failed."""
    ingest._ingest_with_retries(Ingestor(0), ["batch"], lambda quiet_s: False)
    assert said == []


def test_an_end_while_the_store_fails_is_the_store_error(said):
    """Whoever ended it hears why nothing was kept."""
    with pytest.raises(StoreError, match="disk full"):
        ingest._ingest_with_retries(Ingestor(3), ["batch"], lambda quiet_s: True)
    assert said == []
