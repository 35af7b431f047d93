"""Tags: short texts by key; what is none is refused, and what says work or school, too."""

import pytest

from laughtrack.edge.contexts import ForbiddenContext
from laughtrack.edge.settings import load
from laughtrack.edge.tags import check_tags, read_tags, tags_of, tags_text


def test_tags_are_read_and_written_in_order():
    """A key's case and blanks around do not count; a value may hold most signs."""
    given = ["film=The  Night Bus = 2", " Cut =3", "x-1_y=ü, 'quoted'"]
    found = check_tags(given)
    assert found == {"cut": "3", "film": "The Night Bus = 2", "x-1_y": "ü, 'quoted'"}
    assert tags_text(found) == "cut=3; film=The Night Bus = 2; x-1_y=ü, 'quoted'"
    assert read_tags(tags_text(found)) == found
    assert read_tags(" ; ") == {} and tags_text({}) == "" and check_tags([]) == {}


@pytest.mark.parametrize(
    "given, says",
    [
        (["film"], "'film': expected KEY=VALUE"),
        (["=x"], "a key of up to 30"),
        (["7up=x"], "a key of up to 30"),
        (["a" * 31 + "=x"], "a key of up to 30"),
        (["film=" + "x" * 101], "1 to 100 characters"),
        (["film= "], "1 to 100 characters"),
        (["film=a;b=c"], "without ;"),
        (["film=\x1b[2J"], "on one line"),
        (["film=\udcff"], "on one line"),
        (["film=a", "FILM=b"], "film is given twice"),
        ([f"k{k}=x" for k in range(21)], "21 tags: expected up to 20"),
    ],
)
def test_what_is_no_tag_is_refused(given, says):
    """With what is expected instead."""
    with pytest.raises(ValueError, match=says):
        check_tags(given)


@pytest.mark.parametrize("given", ["film=Staff meeting", "genre=Unterricht 7b", "lesson=5"])
def test_work_and_school_are_refused(given):
    """As in a title; a key tells, too."""
    with pytest.raises(ForbiddenContext, match="tag is"):
        check_tags([given])


def test_an_empty_value_takes_a_tag_away_where_that_is_meant():
    """And nowhere else."""
    assert check_tags(["film="], empty=True) == {"film": ""}


def test_of_what_others_send_only_tags_are_taken():
    """Whatever stands in their place."""
    odd = {"ok": "yes", "UP": "x", 3: "x", "n": 3, "empty": "", "long": "x" * 101, "two": "a\nb"}
    assert tags_of(odd) == {"ok": "yes"}
    assert tags_of([["film", "x"]]) == tags_of(None) == {}
    assert len(tags_of({f"k{k}": "x" for k in range(50)})) == 20


def test_a_device_has_them_in_its_settings(tmp_path):
    """Wrong ones are named with the place where they are."""
    path = tmp_path / "settings.ini"
    path.write_text("[laughtrack]\ntags = film=The Night Bus; cut=2\n")
    assert read_tags(load(str(path), None, {}).tags) == {"cut": "2", "film": "The Night Bus"}
    path.write_text("[laughtrack]\ntags = film\n")
    with pytest.raises(ValueError, match=r"settings\.ini.*tags.*'film': expected KEY=VALUE"):
        load(str(path), None, {})
    with pytest.raises(ValueError, match="Staff meeting"):
        load(None, {"tags": "film=Staff meeting"}, {})
