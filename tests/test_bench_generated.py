"""The one driver of made-up inputs counts each, and keeps the first inputs of each fault."""

import pytest
from hypothesis import strategies as st

from tests.bench.generated import EXAMPLES, Tally, drive


@pytest.mark.slow
def test_each_input_is_counted_and_the_first_faults_are_kept(tmp_path):
    """The same seed gives the same inputs; of each fault some are told, with the file."""
    runs = []
    for _ in range(2):
        seen, tally = [], Tally(("inputs", "right", "wrong", "worse"), tmp_path)

        def judge(number, seen=seen, tally=tally):
            seen.append(number)
            if number < 500:
                tally.counts["right"] += 1
            else:
                tally.fault("wrong", b"%d" % number, f"{number} is large", ".txt")
            if number == seen[0]:
                tally.fault("worse", number, "the first")

        drive(st.integers(0, 1000), judge, tally, 60, 3)
        runs.append((seen, tally.counts, tally.found))
    assert runs[0] == runs[1]
    seen, counts, found = runs[0]
    assert counts["inputs"] == len(seen) == counts["right"] + counts["wrong"]
    assert counts["wrong"] > EXAMPLES and sum(each.startswith("wrong: ") for each in found) == 3
    assert {path.read_text() for path in tmp_path.iterdir()} <= {str(each) for each in seen}
    assert found[-1].endswith(")") and len([*tmp_path.iterdir()]) == len(found)
