"""What may be stored by its kind of event: the rest waits with the way on, or is kept nowhere."""

import json

import pytest

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.files import BatchFiles, in_groups
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.readings import to_json
from tests.analytics.store_batches import batch
from tests.edge.context_cases import ALLOWED, FORBIDDEN, UNKNOWN


class Case:
    """A store, a quarantine, and what was said."""

    def __init__(self, folder):
        """Make it."""
        self.store, self.quarantine, self.said = str(folder / "store"), folder / "q", []

    def ingest(self, *batches, context=None):
        """Take a group in with a new ingestor; return it."""
        made = BatchIngestor(self.store, Quarantine(self.quarantine), self.said.append, context)
        made.ingest([Arrival(to_json(each).encode(), "a topic") for each in batches])
        return made

    def waiting(self):
        """Return the files in quarantine with their reasons."""
        paths = sorted(self.quarantine.rglob("*.json"))
        return {path: path.with_suffix(".reason.txt").read_text() for path in paths}

    def stored(self):
        """Return the contexts in the store, by session."""
        names = list_sessions(self.store)["session"]
        return {name: load(self.store, name).info.get("context") for name in names}


@pytest.fixture
def case(tmp_path):
    """Return a place of its own."""
    return Case(tmp_path)


def of(*contexts):
    """Return a session's first batch for each context."""
    return [
        batch(0, session=f"s{number}", info={} if said is None else {"context": said})
        for number, said in enumerate(contexts)
    ]


@pytest.mark.slow
def test_forbidden_contexts_are_counted_and_kept_nowhere(case, tmp_path):
    """Every one of them, in one group with a good one, and as another type than text."""
    many = of(*FORBIDDEN, ["office"], {"a": "school"})
    made = case.ingest(*many, batch(0))
    assert (made.stored, made.forbidden, made.refused) == (1, len(many), len(many))
    assert case.waiting() == {}
    assert any(f"{len(many)} batches of work or education" in line for line in made.summary())
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(each.session.encode() + b'"' in left for each in many)


@pytest.mark.slow
def test_allowed_contexts_are_stored_by_their_one_name(case):
    """However they were spelt."""
    assert case.ingest(*of(*ALLOWED)).stored == len(ALLOWED)
    names = [*ALLOWED.values()]
    assert case.stored() == {f"s{number}": name for number, name in enumerate(names)}


@pytest.mark.slow
def test_the_rest_waits_with_the_way_on(case):
    """None, one that is not known, one of another type: all lie there, and can be taken in."""
    many = of(None, "", 7, [], True, *UNKNOWN)
    made = case.ingest(*many)
    assert (made.stored, made.refused, made.forbidden) == (0, len(many), 0)
    waiting = case.waiting()
    assert len(waiting) == len(many)
    assert all("laughtrack ingest --context KIND FILE" in reason for reason in waiting.values())


@pytest.mark.slow
def test_waiting_batches_are_taken_in_by_the_command(case, capsys):
    """With the context that the operator states; what was taken in waits no more."""
    case.ingest(batch(0, info={}), batch(1, info={"title": "t"}), *of("gala"))
    words = ["ingest", str(case.quarantine), "--store", case.store]
    words += ["--quarantine", str(case.quarantine)]
    assert app.main([*words, "--context", "Concerts"]) == 0
    assert "3 batches stored" in capsys.readouterr().out
    assert case.stored() == {"friday": "concert", "s0": "concert"}
    assert case.waiting() == {}
    # The device sends one of them once more: it is known.
    again = case.ingest(batch(1, info={"title": "t"}))
    assert (again.repeated, again.refused) == (1, 0)


@pytest.mark.slow
def test_stating_a_context_does_not_help_what_is_forbidden(case, capsys):
    """Nor is a forbidden one taken from the command line."""
    made = case.ingest(*of("office"), context="screening")
    assert (made.stored, made.forbidden) == (0, 1)
    assert app.main(["ingest", "x", "--context", "staff meeting"]) == 2
    assert "AI Act" in capsys.readouterr().err


@pytest.mark.slow
def test_a_sessions_later_batches_need_not_say_it(case):
    """Version 0.1's said it in the first one; in any order of a group, and after a restart."""
    silent = {"complete": True}
    assert case.ingest(batch(1, info={}), batch(0), batch(2, info={})).stored == 3
    assert case.ingest(batch(3, info=silent)).stored == 1
    # Another device's session of that name is another one.
    assert case.ingest(batch(1, device="other", info={})).stored == 0


def test_a_forbidden_sessions_batches_are_kept_nowhere(case):
    """Whatever the others of that session say."""
    made = case.ingest(
        batch(1, info={}), batch(0, info={"context": "office"}), batch(2), batch(0, session="b")
    )
    assert (made.stored, made.forbidden) == (1, 3)
    assert case.waiting() == {}


@pytest.mark.slow
def test_a_store_of_before_is_read_and_goes_on(case):
    """Sessions that version 0.1 stored under any word stay; new batches of them wait."""
    append(case.store, batch(0, info={"context": "premiere"}))
    append(case.store, batch(0, session="b", info={"context": "Theater"}))
    assert case.stored() == {"friday": "premiere", "b": "Theater"}
    made = case.ingest(batch(1, info={}), batch(1, session="b", info={}))
    assert (made.stored, made.refused) == (1, 1)
    # A repeat is one, though its context is spelt by its one name now.
    assert case.ingest(batch(0, session="b", info={"context": "Theater"})).repeated == 1


def test_titles_of_meetings_wait(case):
    """A title is a hint and no proof: the operator may state the context."""
    made = case.ingest(batch(0, info={"context": "screening", "title": "Staff meeting"}))
    assert (made.stored, made.forbidden, len(case.waiting())) == (0, 0, 1)
    film = batch(0, session="b", info={"context": "screening", "title": "The Office"})
    assert case.ingest(film).stored == 1


def test_files_left_in_the_quarantine_are_not_copied(case):
    """What is refused again lies there once, and its reason with it."""
    case.ingest(batch(0, info={}))
    before = case.waiting()
    made = BatchIngestor(case.store, Quarantine(case.quarantine), case.said.append)
    for group in in_groups(BatchFiles([case.quarantine], set_aside=True).new_arrivals()):
        made.ingest(group)
    assert made.refused == 1 and case.waiting() == before
    assert json.loads(next(iter(before)).read_text())["session"] == "friday"
