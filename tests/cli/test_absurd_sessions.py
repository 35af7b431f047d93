"""Sessions that no device can mean, in a store as an older version may have left it."""

import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from tests.bench.absurd_sessions import COMMANDS, FILES, absurd, steady, words_of

pytestmark = pytest.mark.slow
QUICK = ("number", "info", "nothing", "same moment", "no such day", "IDs and frames", "beyond")
HEAVY = ("report", "peaks", "compare", "synchrony")


@pytest.mark.parametrize("kind", QUICK)
def test_every_command_ends(kind, tmp_path, capsys):
    """With a result, or with one line that says why there is none."""
    for file, text in FILES.items():
        (tmp_path / file).write_text(text)
    store = str(tmp_path / "store")
    extend(store, [each._replace(device="good", session="other") for each in steady()])
    extend(store, absurd()[kind])
    for command in COMMANDS:
        # The heavy ones on what they have not been seen to survive before.
        if command in HEAVY and kind not in ("info", "nothing"):
            continue
        code = app.main(words_of(command, "absurd", tmp_path, store))
        said = capsys.readouterr()
        assert code in (0, 1), command
        if code:
            assert said.err.splitlines()[-1].startswith("laughtrack: "), command
    assert app.main(["norms", "other", "--store", store]) == 0


def test_facts_of_another_type_are_left_out(tmp_path):
    """A title is text, settings are a table, times are times: who reads them need not look."""
    store = str(tmp_path / "store")
    wrong = {name: [1] for name in ("title", "source", "context", "settings", "versions", "model")}
    odd = {**wrong, "media_offset_s": "x", "cut_short_s": 1e99, "marks": 5, "lens": [2, 8]}
    odd["lost_pictures"] = "3"
    extend(store, steady(info=odd))
    assert load(store, "night").info == {"lens": [2, 8]}
    assert list_sessions(store)["title"].tolist() == [""]
