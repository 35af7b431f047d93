"""The wire format: what goes out comes back, and what is wrong is named."""

import json

import pytest

from laughtrack.edge.readings import (
    COLUMNS,
    Batch,
    Reading,
    check_name,
    columns,
    from_json,
    to_json,
    validate,
)


def good(**changes):
    """Return a valid batch of two readings, with these fields changed."""
    readings = [
        Reading(1, 5.0, (10, 20, 40, 50), 0.91, 0.5, 0.25),
        Reading(2, 5.1, (-3, 0, 30, 33), 0.2, None, None),
    ]
    batch = Batch(
        schema=1,
        device="cam-1",
        session="Friday night",
        started_utc="2026-01-31T20:15:00Z",
        seq=1,
        start_s=5.0,
        end_s=10.0,
        frames=50,
        readings=columns(readings),
        info={"title": "Pilot, cut A"},
    )
    return batch._replace(**changes)


def table(**changes):
    """Return the columns of `good`, with these changed."""
    return {**good().readings, **changes}


def test_batch_comes_back_from_json_as_it_went():
    """A batch read from its own JSON equals the batch."""
    assert from_json(to_json(good())) == good()


def test_json_is_read_from_bytes():
    """MQTT hands over bytes."""
    assert from_json(to_json(good()).encode()) == good()


def test_json_is_one_line_without_spaces():
    """One batch is one line, keys as the fields, nothing spent on what is not there."""
    text = to_json(good(info={}))
    assert "\n" not in text
    assert ": " not in text
    assert list(json.loads(text)) == [name for name in Batch._fields if name != "corrections"]


CORRECTED = ({"viewer_id": 2, "from_s": 0.0, "to_s": 5.2, "reason": "static"},)


def test_corrections_come_back_from_json_as_they_went():
    """What was taken back travels with the batch that says so."""
    assert from_json(to_json(good(corrections=CORRECTED))) == good(corrections=CORRECTED)


@pytest.mark.parametrize(
    "corrections",
    [
        None,
        {},
        "static",
        [None],
        [{}],
        [{**CORRECTED[0], "more": 1}],
        CORRECTED * 1001,
        *(
            [{**CORRECTED[0], **wrong}]
            for wrong in (
                {"viewer_id": 0},
                {"viewer_id": True},
                {"viewer_id": 2**40},
                {"from_s": -1.0},
                {"from_s": 6.0},
                {"from_s": "0"},
                {"to_s": 10.1},
                {"to_s": 10**400},
                {"to_s": None},
                {"reason": "dog"},
                {"reason": ["static"]},
                {"reason": "static" * 99},
            )
        ),
    ],
)
def test_bad_corrections_are_named(corrections):
    """Refused like any other field, in a line that is no longer than others."""
    text = json.dumps({**good()._asdict(), "corrections": corrections})
    with pytest.raises(ValueError, match=r"^not a batch: corrections") as refused:
        from_json(text)
    assert len(str(refused.value)) < 250


def test_no_readings_are_empty_columns():
    """Nobody there is a table of no rows with every column, and a valid batch."""
    empty = columns([])
    assert empty == {name: [] for name in COLUMNS}
    assert from_json(to_json(good(readings=empty))).readings == empty


def test_numbers_are_rounded_once():
    """Times keep milliseconds, scores three decimals; a missing score stays missing."""
    reading = Reading(7, 1.23456, (1, 2, 3, 4), 0.98765, 0.12349, None)
    rounded = columns([reading])
    assert rounded["t_s"] == [1.235]
    assert (rounded["quality"], rounded["raw"], rounded["smile"]) == ([0.988], [0.123], [None])
    again = Reading(7, rounded["t_s"][0], (1, 2, 3, 4), rounded["quality"][0], 0.123, None)
    assert columns([again]) == rounded


NAN, INF = float("nan"), float("inf")

BAD_FIELDS = [
    # Another schema may have other fields: its number is the message.
    ("schema", 2),
    ("schema", True),
    ("schema", None),
    # Names become folders and topics.
    ("device", ""),
    ("device", "a/b"),
    ("device", None),
    ("session", "../up"),
    ("session", ".hidden"),
    ("session", "x" * 101),
    ("session", "line\n"),
    ("session", 7),
    ("started_utc", "yesterday"),
    ("started_utc", "2026-01-31T20:15:00"),
    ("started_utc", "2026-13-31T20:15:00Z"),
    ("started_utc", "2026-01-31T24:15:00Z"),
    ("started_utc", "\u0662026-01-31T20:15:00Z"),
    ("started_utc", None),
    ("seq", -1),
    ("seq", 1.0),
    ("seq", True),
    ("seq", 10**30),
    ("frames", -1),
    ("frames", "50"),
    ("start_s", -0.001),
    ("start_s", NAN),
    ("start_s", "5"),
    ("end_s", INF),
    ("end_s", 4.9),
    ("end_s", None),
    ("end_s", 10**400),
    ("info", []),
    ("info", None),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_bad_field_is_named_with_its_value(field, value):
    """The error of a bad field says its name and value."""
    with pytest.raises(ValueError, match=f"^not a batch: {field} is ") as error:
        validate(good(**{field: value}))
    assert repr(value) in str(error.value)


BAD_READINGS = [
    ("viewer_id", 0),
    ("viewer_id", 1.0),
    ("viewer_id", None),
    # Whole numbers fit 32 bits everywhere they are stored.
    ("viewer_id", 2**31),
    ("x1", -(10**30)),
    ("t_s", -1.0),
    # A batch's span is half-open.
    ("t_s", 4.999),
    ("t_s", 10.0),
    ("t_s", NAN),
    ("t_s", 10**400),
    ("x1", 1.5),
    ("y1", None),
    ("x2", True),
    ("y2", "3"),
    ("quality", None),
    ("quality", 1.001),
    ("raw", -0.1),
    ("raw", "high"),
    ("smile", 2),
    ("smile", NAN),
]


@pytest.mark.parametrize(("column", "value"), BAD_READINGS)
def test_bad_reading_is_named_with_its_value(column, value):
    """The error of a bad value in a column says the column and the value."""
    values = [good().readings[column][0], value]
    with pytest.raises(ValueError, match=f"^not a batch: {column} is ") as error:
        validate(good(readings=table(**{column: values})))
    assert repr(value) in str(error.value)


BAD_TABLES = [
    # One column missing.
    {name: [] for name in COLUMNS[1:]},
    # One too many.
    {**{name: [] for name in COLUMNS}, "mood": []},
    # Not of one length.
    table(smile=[0.5]),
    # A number where a column belongs.
    table(smile=0.5),
    # Not a table at all.
    [],
    None,
]


@pytest.mark.parametrize("readings", BAD_TABLES)
def test_bad_table_is_named(readings):
    """Columns that are missing, strange or of several lengths are an error about the readings."""
    with pytest.raises(ValueError, match=r"^not a batch: readings is "):
        validate(good(readings=readings))


BAD_TEXTS = [
    ("", "not JSON"),
    ("{", "not JSON"),
    (b"\xff\xfe{", "not JSON"),
    ("[]", "expected an object, got list"),
    ("null", "expected an object, got NoneType"),
    ("{}", "schema is None"),
    ('{"schema": 2}', "schema is 2"),
    ('{"schema": 1, "device": "a"}', "no field session, started_utc"),
    (to_json(good()).replace('"t_s":[5.0', '"t_s":[NaN'), "t_s is nan"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TEXTS)
def test_text_that_is_no_batch_is_refused(text, message):
    """Whatever arrives, the error is a ValueError that says what was wrong."""
    with pytest.raises(ValueError, match=message):
        from_json(text)


def test_nan_is_never_written():
    """A score that is not a number has no JSON; it must be None before."""
    with pytest.raises(ValueError):
        to_json(good(readings=table(smile=[NAN, None])))


@pytest.mark.parametrize("name", ["a", "7", "Friday night 2", "a.b_c-d", "x" * 100])
def test_good_names_pass(name):
    """Letters, digits, spaces, dots, dashes, underscores, up to 100."""
    assert check_name("session", name) == name
