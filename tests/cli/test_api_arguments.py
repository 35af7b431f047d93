"""What a notebook hands over wrongly is named in one line, whatever function it is handed to."""

import inspect
import os
import pathlib

import numpy as np
import pytest

import laughtrack
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.delta_table import StoreError
from tests.analytics.store_batches import batch

FUNCTIONS = sorted({*laughtrack.__all__} - {"__version__"})
ODD = [
    *(True, 0, -1, 0.0, -0.5, float("nan"), float("inf"), 1e-12, 10**30),
    *("", " ", "nowhere", "a/b", "../x", "x'; --", "\udcff", "\x00", "a/b/c", b"friday"),
    *([], {}, object(), np.nan, np.array([1.0, 2.0]), int, pathlib.Path("nowhere")),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with a short session of two viewers."""
    folder = tmp_path_factory.mktemp("arguments") / "store"
    append(str(folder), batch(0))
    return folder


def arguments(name, store):
    """Return a function, and arguments that it takes."""
    function = getattr(laughtrack, name)
    night = laughtrack.load("friday", store)
    good = {
        "session": night,
        "a": night,
        "b": night,
        "store": store,
        "min_viewers": 1,
        "device": None,
    }
    good |= {"bin_s": 1.0, "check": True, "keep_ids": False, "uncorrected": False, "finder": "haar"}
    good |= {"lang": "de"}
    if name == "load":
        good["session"] = "friday"
    known = inspect.signature(function).parameters
    return function, {each: good[each] for each in known if each != "pictures"}


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_wrong_is_named(name, store, tmp_path, monkeypatch):
    """Every argument of every function, with values that it may not have: done, or its name."""
    monkeypatch.chdir(tmp_path)
    function, good = arguments(name, store)
    wrong = 0
    for argument in good:
        for value in [] if argument in ("check", "keep_ids", "uncorrected") else ODD:
            try:
                function(**{**good, argument: value})
            except (TypeError, ValueError, StoreError) as error:
                said = str(error)
                names = (argument, argument.replace("_", "-"), "no session", "other files")
                assert any(each in said for each in names), said
                assert "\n" not in said and type(error) is not UnicodeEncodeError, said
                wrong += 1
    assert wrong or not good
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("value", [5, None, b"x.png", np.zeros(3), np.zeros((0, 4, 3), "uint8")])
def test_what_is_no_picture_is_named(value):
    """Neither a file nor a picture in memory."""
    with pytest.raises((TypeError, ValueError), match="a picture is"):
        laughtrack.faces(value)


def test_a_name_for_a_session_says_how_to_load_it():
    """What everybody does once."""
    with pytest.raises(TypeError, match=r"session is 'night' .*laughtrack.load\('night'\)"):
        laughtrack.curve("night")


def test_paths_and_devices_are_taken_as_the_commands_take_them(store):
    """A path is a store, DEVICE/NAME a session, NumPy's numbers are numbers."""
    night = laughtrack.load("cam/friday", store)
    assert len(laughtrack.viewers(night)) == 2
    assert len(laughtrack.curve(night, bin_s=np.float32(1), min_viewers=np.int64(1))) == 5
    with pytest.raises(ValueError, match="did you mean 'friday'"):
        laughtrack.load("friiday", store)
    with pytest.raises((ValueError, StoreError), match="no such folder"):
        laughtrack.load("friday", store.parent / "nowhere")
