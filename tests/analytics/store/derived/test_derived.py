"""Tables of what is worked out of sessions: nothing stale is believed, and forget takes all."""

import threading
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from laughtrack.analytics.store.batches import append, extend
from laughtrack.analytics.store.compaction import finish, vacuum
from laughtrack.analytics.store.derived import commits, derived_rows, derived_table
from laughtrack.analytics.store.derived.code_sums import code_sum
from laughtrack.analytics.store.derived.derived_rows import drop, read, write
from laughtrack.analytics.store.derived.derived_table import Derived
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.store.versions import versions
from tests.analytics.buckets import bucket
from tests.analytics.store_batches import assert_exact, batch

COLUMNS = {"least": pa.int64(), "share": pa.float64(), "title": pa.string()}
FIGURES = Derived("figures", COLUMNS, "today", ("least",))


@pytest.fixture
def store(tmp_path):
    """Return a store with three sessions, one name of two devices among them."""
    folder = str(tmp_path / "a store #1 ü")
    extend(folder, [batch(0), batch(0, device="other"), batch(0, "night 2")])
    commits.say_once.cache_clear()
    return folder


def rows(store, least=1, share=0.5, only=None):
    """Return a row a session, as worked out now."""
    table = pd.DataFrame(
        [(*key, version) for key, version in versions(store).sessions.items()],
        columns=["session", "device", "version"],
    )
    table = table.assign(least=least, share=share, title=table["session"] + "'s own title")
    return table[table["session"].isin([only])] if only else table


def known(store, derived=FIGURES):
    """Return what is believed, as (session, device, least, share)."""
    found = read(store, derived)[["session", "device", "least", "share"]]
    return [*found.itertuples(index=False, name=None)]


def mentions(store, text):
    """Return the files below `_tables` that hold a text anywhere."""
    files = (path for path in Path(store, "_tables").rglob("*") if path.is_file())
    return [path.name for path in files if text.encode() in path.read_bytes()]


def test_what_was_written_is_read_by_its_key(store):
    """In order of the key; what is written again stands in place of what was."""
    assert known(store) == []
    assert write(store, FIGURES, rows(store)) and write(store, FIGURES, rows(store, least=5))
    assert write(store, FIGURES, rows(store, share=float("nan"), only="night 2"))
    found = read(store, FIGURES)
    assert [*found.columns] == ["session", "device", *COLUMNS]
    assert found["share"].isna().tolist() == [False] * 4 + [True, False]
    assert [*zip(found["session"], found["device"], found["least"], strict=True)] == [
        (name, device, least)
        for name, device in (("friday", "cam"), ("friday", "other"), ("night 2", "cam"))
        for least in (1, 5)
    ]
    assert found["title"].iloc[0] == "friday's own title"


def test_nothing_is_believed_of_a_session_that_changed(store):
    """Nor what other code worked out; the rest still holds."""
    write(store, FIGURES, rows(store))
    append(store, batch(1))
    assert [each[:2] for each in known(store)] == [("friday", "other"), ("night 2", "cam")]
    assert known(store, FIGURES._replace(code="tomorrow")) == []
    write(store, FIGURES._replace(code="tomorrow"), rows(store, only="night 2"))
    assert [each[:2] for each in known(store)] == [("friday", "other")]


def test_what_was_worked_out_before_a_change_does_not_stay(store):
    """Who was forgotten meanwhile leaves nothing, even if begun anew."""
    late = rows(store)
    forget(store, "night 2")
    append(store, batch(1))
    assert write(store, FIGURES, late)
    assert [each[:2] for each in known(store)] == [("friday", "other")]
    assert not mentions(store, "night 2")
    append(store, batch(5, "night 2"))
    write(store, FIGURES, late)
    assert not mentions(store, "night 2")


def test_forget_leaves_no_byte(store):
    """Of rows, of replaced ones and of what a killed writer left; of that device alone if named."""
    for share in (0.1, 0.2):
        write(store, FIGURES, rows(store, share=share))
    other = Derived("more", {"title": pa.string()}, "today")
    write(store, other, rows(store))
    for name in ("figures", "more"):
        table = pa.table({"session": ["night 2"]})
        pa.parquet.write_table(table, Path(store, "_tables", name, "part-of-a-killed.parquet"))
    assert mentions(store, "night 2")
    forget(store, "night 2")
    assert not mentions(store, "night 2")
    forget(store, "friday", "cam")
    assert [each[:2] for each in known(store)] == [("friday", "other")]
    assert read(store, other)["device"].tolist() == ["other"]


def test_a_forget_that_was_killed_is_made_good_by_the_next_reader(store, monkeypatch):
    """Rows of sessions that are gone go."""
    write(store, FIGURES, rows(store))
    with monkeypatch.context() as killed:
        killed.setattr("laughtrack.analytics.store.forget.drop", lambda *_: None)
        forget(store, "night 2")
    assert mentions(store, "night 2")
    assert len(known(store)) == 2 and not mentions(store, "night 2")


def test_the_stores_own_tidying_leaves_it_alone(store):
    """The table of readings does not look there; what else lies there is in nobody's way."""
    write(store, FIGURES, rows(store))
    Path(store, "_tables", ".notes").write_text("of a file manager")
    Path(store, "_tables", "a%20b [x]").mkdir()
    vacuum(store)
    forget(store, "night 2")
    finish(store, "friday", "other")
    assert len(known(store)) == 2
    assert len(load(store, "friday", "cam").readings) == 10
    assert_exact(store, "friday", 1)


def test_rows_that_come_one_by_one_are_joined(store, monkeypatch):
    """Few files are left, also replaced ones."""
    monkeypatch.setattr(derived_rows, "_MOST_FILES", 4)
    monkeypatch.setattr(derived_rows, "_OLD_FILES_S", 0.0)
    for least in range(1, 12):
        write(store, FIGURES, rows(store, least, only="night 2"))
    assert [each[2] for each in known(store)] == [*range(1, 12)]
    assert len([*Path(store, "_tables").rglob("*.parquet")]) <= 4


@pytest.mark.slow
def test_many_write_at_once(store):
    """No row is lost or doubled, also of the same key, while another session is forgotten."""
    table = rows(store)

    def some(first):
        for least in range(first, first + 6):
            write(store, FIGURES, table.assign(least=least))

    threads = [threading.Thread(target=some, args=(first,)) for first in (1, 4, 7)]
    for each in threads:
        each.start()
    forget(store, "night 2")
    for each in threads:
        each.join()
    found = known(store)
    assert sorted(each[2] for each in found) == sorted([*range(1, 13)] * 2)
    assert {each[:2] for each in found} == {("friday", "cam"), ("friday", "other")}
    assert not mentions(store, "night 2")


def spoil(place):
    """Change a byte of the newest data file."""
    path = max(place.glob("*.parquet"), key=lambda each: each.stat().st_mtime)
    data = bytearray(path.read_bytes())
    at = data.index(b"friday's own title")
    data[at] ^= 1
    path.write_bytes(data)


def lose(place):
    """Remove all data files."""
    for path in place.glob("*.parquet"):
        path.unlink()


def cut(place):
    """Cut the log."""
    max((place / "_delta_log").glob("*.json")).write_bytes(b'{"add":')


def exchange(place):
    """Put another table there."""
    for path in [*place.rglob("*")]:
        if path.is_file():
            path.unlink()
    write_deltalake(str(place), pa.table({"session": ["x"], "salary": [3]}))


def file(place):
    """Put a file there."""
    for path in sorted(place.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    place.rmdir()
    place.write_text("mine")


def link(place):
    """Put a link there, to a folder of somebody's."""
    place.rename(place.parent.parent.parent / "elsewhere")
    place.symlink_to(place.parent.parent.parent / "elsewhere")


def test_another_releases_columns_are_made_anew_without_a_word(store, caplog):
    """Nothing is wrong with them."""
    write(
        store,
        FIGURES._replace(columns={**COLUMNS, "reach": pa.float64()}),
        rows(store).assign(reach=1.0),
    )
    assert known(store) == []
    write(store, FIGURES, rows(store))
    assert len(known(store)) == 3 and not caplog.text


@pytest.mark.parametrize("harm", [spoil, lose, cut, exchange, file, link])
def test_what_is_damaged_or_foreign_is_made_anew_with_a_word(store, harm, caplog):
    """Nobody believes it, and the next writer begins again; what a link leads to stays."""
    write(store, FIGURES, rows(store))
    harm(Path(store, "_tables", "figures"))
    assert known(store) == [] and "figures is worked out anew" in caplog.text
    write(store, FIGURES, rows(store))
    assert len(known(store)) == 3 and "figures is thrown away" in caplog.text
    elsewhere = Path(store).parent / "elsewhere"
    assert not elsewhere.exists() or len([*elsewhere.glob("*.parquet")]) == 1


@pytest.mark.parametrize("harm", [spoil, lose, cut, exchange, file, link])
def test_forget_throws_away_what_it_cannot_read(store, harm):
    """Nothing of a session stays because its table is damaged."""
    write(store, FIGURES, rows(store))
    harm(Path(store, "_tables", "figures"))
    forget(store, "night 2")
    assert not mentions(store, "night 2")


def test_a_store_that_cannot_be_written_is_no_error(store, caplog):
    """It is said, once."""
    Path(store, "_tables").write_text("in the way")
    assert not write(store, FIGURES, rows(store))
    assert not write(store, FIGURES, rows(store))
    assert known(store) == [] and caplog.text.count("cannot be kept") == 1
    drop(store, [("friday", None)])


def test_code_sums_tell_of_changes():
    """Of other parts and other releases, another one."""
    sums = {code_sum("analytics/stats"), code_sum("analytics/store"), code_sum("edge/readings.py")}
    assert len({*sums, code_sum("edge/readings.py", libraries=("pandas",))}) == 4
    assert code_sum("analytics/stats") in sums
    with pytest.raises(FileNotFoundError):
        code_sum("analytics/nothing.py")


@pytest.mark.slow
def test_in_a_bucket_it_is_the_same(monkeypatch):
    """Written, replaced, read and forgotten on S3, to the last object."""
    boto3 = pytest.importorskip("boto3")
    with bucket(monkeypatch) as store:
        extend(store, [batch(0), batch(0, "night 2")])
        assert known(store) == []
        for share in (0.1, 0.2):
            assert write(store, FIGURES, rows(store, share=share))
        assert known(store) == [("friday", "cam", 1, 0.2), ("night 2", "cam", 1, 0.2)]
        forget(store, "night 2")
        assert known(store) == [("friday", "cam", 1, 0.2)]
        room = boto3.resource("s3").Bucket("room")
        objects = [*room.objects.filter(Prefix="store/_tables/")]
        assert objects and not any(b"night 2" in each.get()["Body"].read() for each in objects)
        derived_table.throw_away(store, "figures")
        assert not [*room.objects.filter(Prefix="store/_tables/")]
