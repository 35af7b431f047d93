"""`laughtrack correct`: what it makes of its words, and what it refuses."""

import json

import pytest

from laughtrack.analytics.store.batches import append
from laughtrack.cli import app
from tests.analytics.store_batches import batch
from tests.nasty import NASTY, assert_plain


@pytest.fixture
def store(tmp_path):
    """Return a store with a session of two devices."""
    folder = str(tmp_path / "store")
    for device in ("cam", "other"):
        for seq in range(4):
            append(folder, batch(seq, "night", device))
    return folder


def run(store, capfd, *words):
    """Run the command on the first device's session; return code, output and talk."""
    capfd.readouterr()
    code = app.main(["correct", "cam/night", *words, "--store", store])
    return code, *capfd.readouterr()


@pytest.mark.slow
def test_each_word_does_what_it_says(store, capfd):
    """The list has all of it, of this device's session alone."""
    for words, says in (
        (["exclude", "2", "--from", "5", "--to", "10"], "1: exclude 2 from 5 s to 10 s"),
        (["split", "1", "--at", "10"], "2: split 1 at 10 s, from then on 100001"),
        (["merge", "1", "100001"], "3: merge 100001 into 1"),
        (["group", "press row", "1"], "4: group press row: 1"),
        (["group", "", "1"], "5: no group: 1"),
        (["opt-out", "1", "2", "30", "40", "--to", "3"], "6: opt-out seat 1 2 30 40 to 3 s"),
        (["undo"], "7: undo 6"),
        (["undo", "1"], "8: undo 1"),
    ):
        code, out, _ = run(store, capfd, *words, "--who", "Ada", "--why", "so")
        assert (code, out) == (0, f"night, correction {says}\n")
    code, out, _ = run(store, capfd, "list", "--format", "json")
    rows = json.loads(out)
    assert [each["holds"] for each in rows] == [False, *[True] * 4, False, True, True]
    assert {(each["who"], each["why"]) for each in rows} == {("Ada", "so")}
    assert app.main(["correct", "other/night", "list", "--store", store]) == 0
    assert "nothing: no rows" in capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["merge", "1"], 2, "expected two viewers or more"),
        (["merge", "1", "x"], 2, "'x': expected a whole number"),
        (["merge", "1", "2"], 1, "seen at the same time"),
        (["merge", "1", "9"], 1, "no viewer 9 in 'night': there are 1, 2"),
        (["split", "1"], 2, "expected --at"),
        (["split", "1", "--at", "99"], 1, "cannot be split at 99 s"),
        (["exclude", "1", "--at", "9"], 2, "exclude takes no moment"),
        (["group", "a", "1", "--to", "9"], 2, "group takes no span"),
        (["opt-out", "1", "2"], 2, "a viewer, or X1 Y1 X2 Y2"),
        (["undo"], 1, "nothing to undo"),
        (["list", "1"], 2, "nothing after it"),
        (["exclude", "1", "--made-on", "3"], 1, "has 0 entries by now"),
        (["exclude", "1", "-o", "list.csv"], 2, "exclude writes no table"),
        (["exclude", "1", "--why", "x" * 301], 1, "up to 300 characters"),
        (["exclude", "1", "--min-viewers", "2"], 2, "of single viewers and withheld"),
        (["list", "--min-viewers", "2"], 2, "of single viewers and withheld"),
    ],
)
def test_what_cannot_be_is_refused(words, code, says, store, capfd):
    """With the code of its kind, and what was expected; nothing is made."""
    found, _, said = run(store, capfd, *words)
    assert found == code and says in " ".join(said.split())
    assert "nothing: no rows" in run(store, capfd, "list")[1]


@pytest.mark.slow
def test_odd_texts_do_nothing_to_a_terminal(store, capfd):
    """Whatever somebody gives as a reason or a name."""
    for k, text in enumerate(NASTY[::6]):
        code, out, said = run(store, capfd, "group", "a", "1", "--who", text, "--why", text)
        assert code in (0, 1), (k, said)
    code, out, _ = run(store, capfd, "list")
    assert code == 0 and out.count("group a: 1") > 5
    assert_plain(out.strip())
