"""The guide's pages are all in the site's list, and what one shows of errors is what is said."""

import re
import shlex

import pytest

from laughtrack.analytics.store.batches import append
from laughtrack.cli import app
from tests.analytics.store_batches import batch
from tests.test_docs import ROOT, TEXTS

PAGE = TEXTS["docs/guide/troubleshooting.md"]
# Each command that is shown there, with the lines below it.
SHOWN = [
    (command, said.splitlines())
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for command, said in re.findall(r"^\$ laughtrack (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


def test_every_page_of_the_guide_is_in_the_list_of_the_site():
    """A page that nobody finds helps nobody."""
    listed = (ROOT / "mkdocs.yml").read_text()
    pages = [path.name for path in (ROOT / "docs/guide").glob("*.md")]
    assert [name for name in pages if f" guide/{name}\n" not in listed] == []


@pytest.mark.slow
@pytest.mark.parametrize("command, lines", SHOWN, ids=[command for command, _ in SHOWN])
def test_an_error_that_is_shown_is_what_is_said(command, lines, tmp_path, monkeypatch, capfd):
    """Word for word; nothing of it is a traceback."""
    monkeypatch.chdir(tmp_path)
    for name in ("LAUGHTRACK_STORE", "LAUGHTRACK_MIN_VIEWERS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "broken.mp4").touch()
    (tmp_path / "recordings").mkdir()
    (tmp_path / "scenes.csv").write_text("start,end,name\nsoon,10,The bus\n")
    for session in ("night", "matinee"):
        append("laughtrack-data", batch(0, session, info={"complete": True}))
    app.main(shlex.split(command))
    said = capfd.readouterr()
    text = " ".join((said.err + said.out).split())
    assert lines and "Traceback" not in text
    for line in filter("...".__ne__, lines):
        assert " ".join(line.split()) in text
