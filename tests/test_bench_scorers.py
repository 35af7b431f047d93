"""The bench of engines: turns are fair, and its table says what was timed."""

from tests.bench import scorers


def test_engines_take_turns():
    """Each turn of one, two calls, is followed by one of the other, with as many crops."""
    calls = []
    engines = {name: lambda count, name=name: calls.append((name, count)) or 1.0 for name in "ab"}
    took_s = scorers.in_turns(engines, (1, 8), rounds=4)
    turn = [("a", 1), ("a", 1), ("b", 1), ("b", 1)]
    assert calls[: len(calls) // 2] == turn * (4 + scorers.WARM_UP)
    assert calls[len(calls) // 2 :] == [(name, 8) for name, _ in turn] * (4 + scorers.WARM_UP)
    assert {key: len(calls) for key, calls in took_s.items()} == {
        (name, count): 4 for name in "ab" for count in (1, 8)
    }


def test_first_calls_do_not_count():
    """A slow start is left out."""
    slow_then_quick = iter([9.0] * 2 * scorers.WARM_UP + [9.0, 0.1, 9.0, 0.2, 9.0, 0.3])
    took_s = scorers.in_turns({"a": lambda count: next(slow_then_quick)}, (1,), rounds=3)
    assert took_s == {("a", 1): [0.1, 0.2, 0.3]}


def test_table_has_medians_and_ratios_to_the_first():
    """Milliseconds, and how many times those of ours."""
    took_s = {("ours", 1): [0.001, 0.002, 0.9], ("other", 1): [0.005, 0.005, 0.005]}
    head, *lines = scorers.table(took_s, (1,))
    assert head.split()[-3:] == ["1", "a", "call"]
    assert [line.split() for line in lines] == [
        ["ours", "2.00", "(", "1.00x)"],
        ["other", "5.00", "(", "2.50x)"],
    ]


def test_function_is_given_as_many_crops_as_asked():
    """And its time is of the call."""
    given = []
    assert scorers.timed(given.append, [1, 2, 3])(2) >= 0
    assert given == [[1, 2]]


def test_crops_are_different_faces():
    """No engine can win by what it remembers of the one before."""
    crops = scorers.prepared(3)
    assert crops.shape == (3, 1, 64, 64) and crops.dtype == "float32"
    assert len({crop.tobytes() for crop in crops}) == 3
