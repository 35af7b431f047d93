"""`laughtrack sessions` finds, sorts and writes what is stored; `title` changes titles."""

import json

import pandas as pd
import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.selection import ORDERS, ordered
from laughtrack.cli import app
from laughtrack.cli.commands.sessions import Order
from tests.analytics.store_batches import batch

# By session and device: title, context, begun, viewers, batches, whether the last one came.
STORED = {
    ("night 10", "cam"): ("The Night Bus", "screening", "2026-11-27T20:15:00Z", (1, 2), 1, True),
    ("night 2", "cam"): ("the bus, cut 2", "comedy", "2026-11-28T00:00:00.5Z", (1,), 2, True),
    ("Matinee", "lobby"): ("", "screening", "2026-11-27T14:00:00Z", (1, 2, 3), 3, False),
    ("night 2", "lobby"): ("Ünter", "theatre", "2026-11-29T09:00:00Z", (), 1, True),
}
NAMES = [f"{device}/{session}" for session, device in STORED]
BUS_10, BUS_2, MATINEE, LOBBY_2 = NAMES


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return a store of several sessions of two devices."""
    store = str(tmp_path_factory.mktemp("many") / "store")
    batches = []
    for (session, device), (title, context, begun, viewers, count, whole) in STORED.items():
        for seq in range(count):
            last = {"complete": True} if whole and seq == count - 1 else {}
            info = {"title": title, "context": context, **last}
            changes = {"started_utc": begun, "info": info}
            batches.append(batch(seq, session, device, viewers, **changes))
    extend(store, batches)
    return store


@pytest.fixture
def listed(many, capfd):
    """Return a function that lists sessions, each as DEVICE/NAME."""

    def run(*words):
        assert app.main(["sessions", *words, "--store", many, "--format", "json"]) == 0
        said = capfd.readouterr()
        run.said = said.err
        return [f"{each['device']}/{each['session']}" for each in json.loads(said.out)]

    return run


@pytest.mark.slow
def test_all_are_listed_by_their_begin(listed):
    """As ever."""
    assert listed() == [MATINEE, BUS_10, BUS_2, LOBBY_2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, found",
    [
        (["night*"], [BUS_10, BUS_2, LOBBY_2]),
        (["NIGHT 2"], [BUS_2, LOBBY_2]),
        (["lobby/night*", "matinee"], [MATINEE, LOBBY_2]),
        (["night ?"], [BUS_2, LOBBY_2]),
        (["--device", "lob*"], [MATINEE, LOBBY_2]),
        (["--context", "Screening"], [MATINEE, BUS_10]),
        (["--title", "BUS"], [BUS_10, BUS_2]),
        (["--title", "bus night"], [BUS_10]),
        (["--title", "üNTER"], [LOBBY_2]),
        (["--since", "2026-11-28"], [BUS_2, LOBBY_2]),
        (["--until", "2026-11-27"], [MATINEE, BUS_10]),
        (["--until", "2026-11-27T20:15:00Z"], [MATINEE]),
        (["--since", "2026-11-27T21:00+02:00", "--until", "2026-11-28"], [BUS_10, BUS_2]),
        (["--complete"], [BUS_10, BUS_2, LOBBY_2]),
        (["--incomplete"], [MATINEE]),
        (["night*", "--device", "cam", "--title", "cut"], [BUS_2]),
        (["--where", "viewers>1", "--where", "device=cam"], [BUS_10]),
        (["night*", "--where", "film="], [BUS_10, BUS_2, LOBBY_2]),
    ],
)
def test_those_that_are_meant(listed, words, found):
    """Each option narrows it."""
    assert listed(*words) == found


@pytest.mark.slow
def test_none_is_a_result_with_a_word(listed):
    """Not to be taken for an empty store."""
    assert listed("nihgt") == [] and "none of the 4 sessions" in listed.said


def test_orders_are_those_there_are():
    """The command's words and the columns do not part."""
    assert [each.value for each in Order] == [*ORDERS]


def test_every_order_sorts_and_turns(many):
    """By the column's values; reversed, the largest first, equal ones still by their begin."""
    known = list_sessions(many)
    for order, column in ORDERS.items():
        forth = ordered(known, order)
        assert sorted(forth["device"] + "/" + forth["session"]) == sorted(NAMES)
        if order not in ("name", "device", "title", "context"):
            assert forth[column].is_monotonic_increasing
            assert ordered(known, order, reverse=True)[column].is_monotonic_decreasing


@pytest.mark.slow
def test_names_are_sorted_by_their_numbers(listed):
    """2 is before 10; two of one name are in order of their begin, both ways."""
    assert listed("--sort", "name") == [MATINEE, BUS_2, LOBBY_2, BUS_10]
    assert listed("--sort", "name", "--reverse") == [BUS_10, BUS_2, LOBBY_2, MATINEE]


@pytest.mark.slow
@pytest.mark.parametrize("ending, read", [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_it_is_written_to_files(many, tmp_path, ending, read):
    """What is listed, by the file's ending."""
    path = tmp_path / f"sessions.{ending}"
    words = ["sessions", "night*", "--sort", "viewers", "-o", str(path)]
    assert app.main([*words, "--store", many]) == 0
    table = read(path)
    assert table["viewers"].tolist() == [0, 1, 2]
    assert table["context"].tolist() == ["theatre", "comedy", "screening"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, says",
    [
        (["--since", "yesterday"], "--since yesterday: expected a date like 2026-11-27"),
        (["--until", "2026-02-31"], "--until 2026-02-31: expected"),
        (["--sort", "length"], "started"),
        (["--where", "viewers"], "expected KEY=PATTERN"),
        (["--where", "viewers>few"], "expected a number"),
    ],
)
def test_wrong_words_are_usage(many, words, says, capsys):
    """Named, with what is expected."""
    assert app.main(["sessions", *words, "--store", many]) == 2
    assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_what_was_not_measured_is_told(many, listed, capfd):
    """A condition on a figure, and one on nothing that there is."""
    assert listed("--where", "share_smiling>0.1") == []
    assert "4 sessions left out: not measured yet" in listed.said
    assert app.main(["sessions", "--where", "shares>0.1", "--store", many]) == 1
    assert "shares: there is no such key" in capfd.readouterr().err


@pytest.mark.slow
def test_a_mistyped_name_is_answered_with_those_like_it(many, capsys):
    """By every command that takes a session."""
    assert app.main(["viewers", "nihgt 10", "--store", many]) == 1
    assert "did you mean 'night 10'" in capsys.readouterr().err
    assert app.main(["viewers", "Matinee", "--device", "loby", "--store", many]) == 1
    assert "did you mean 'lobby'?" in capsys.readouterr().err


@pytest.mark.slow
def test_a_title_is_changed(tmp_path, capsys):
    """Of the session that is meant, and no other."""
    store = str(tmp_path / "store")
    extend(store, [batch(0, device=device, info={"title": "Old"}) for device in ("cam", "lobby")])
    assert app.main(["title", "friday", "New", "--store", store]) == 2
    assert "name one with --device" in capsys.readouterr().err
    assert app.main(["title", "lobby/friday", "The Bus", "--store", store]) == 0
    assert capsys.readouterr().out == "friday of lobby: The Bus\n"
    assert app.main(["title", "friday", "Staff meeting", "--device", "cam", "--store", store]) == 1
    assert "meetings and lessons are not recorded" in capsys.readouterr().err
    assert app.main(["title", "friday", "", "--device", "cam", "--store", store]) == 0
    path = tmp_path / "titles.json"
    assert app.main(["sessions", "--store", store, "-o", str(path)]) == 0
    assert [each["title"] for each in json.loads(path.read_text())] == ["", "The Bus"]


@pytest.mark.slow
def test_tags_are_given_and_shown(tmp_path, capsys):
    """Of the session that is meant; what is none is usage."""
    store = str(tmp_path / "store")
    extend(store, [batch(0)])
    words = ["tag", "cam/friday", "--store", store]
    assert app.main([*words, "film=The Bus", "CUT=2"]) == 0
    assert app.main([*words, "cut="]) == 0
    assert app.main(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "friday of cam: cut=2; film=The Bus",
        "friday of cam: film=The Bus",
        "friday of cam: film=The Bus",
    ]
    assert app.main([*words, "film=Staff meeting"]) == 1
    assert app.main([*words, "film"]) == 1
    assert "expected KEY=VALUE" in capsys.readouterr().err
    assert app.main(["sessions", "--store", store, "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith(",film=The Bus")
