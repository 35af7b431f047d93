"""When the score rises, against smiles timed by eye."""

import pytest

from laughtrack.models.evaluation.clips.onsets import Interval, onsets, read_intervals

HEAD = "clip,fps,person,first_frame,last_frame,label,note\n"
NEUTRAL = Interval("a.mp4", 10.0, "ann", 0, 19, "neutral")
SMILE = Interval("a.mp4", 10.0, "ann", 30, 59, "smile")


def scored(*ups, last=60):
    """Return steadied scores of frames 0 to last: up in the spans given."""
    return {f: 0.9 if any(a <= f < b for a, b in ups) else 0.1 for f in range(last)}


@pytest.mark.parametrize(
    "ups, rise_s, off_s, near",
    [
        # In the gap.
        ([(25, 60)], 2.5, 0.0, True),
        # At the smile's first frame, and just after it.
        ([(30, 60)], 3.0, 0.0, True),
        ([(33, 60)], 3.3, 0.3, True),
        # Late.
        ([(40, 60)], 4.0, 1.0, False),
        # Early: up at the end of the neutral interval, and staying.
        ([(10, 60)], 1.0, 0.9, False),
        # Up and down while neutral is no onset, nor is a flicker in the gap.
        ([(2, 12), (25, 60)], 2.5, 0.0, True),
        ([(22, 24), (32, 60)], 3.2, 0.2, True),
        # Down for a moment within the smile.
        ([(25, 40), (41, 60)], 2.5, 0.0, True),
        # Never.
        ([], None, None, False),
        ([(2, 12)], None, None, False),
        # Too late to stay for long, but to the end.
        ([(57, 60)], 5.7, 2.7, False),
    ],
)
def test_onset_is_where_the_score_stays_up(ups, rise_s, off_s, near):
    """A row a case: frames that score high, and what comes of it."""
    (found,) = onsets(scored(*ups), [NEUTRAL, SMILE])
    assert found == {
        "person": "ann",
        "gap_s": [1.9, 3.0],
        "rise_s": rise_s,
        "off_s": off_s,
        "near": near,
    }


def test_frames_without_a_face_are_passed_over():
    """The stay is measured in time, not in frames seen."""
    steady = {f: score for f, score in scored((25, 60)).items() if f % 2}
    assert onsets(steady, [NEUTRAL, SMILE])[0]["rise_s"] == 2.5
    assert onsets({}, [NEUTRAL, SMILE])[0]["rise_s"] is None


@pytest.mark.parametrize(
    "intervals, count",
    [
        ([], 0),
        ([SMILE], 0),
        # From smile to neutral is no onset; order in the file doesn't matter.
        ([SMILE, NEUTRAL._replace(first=70, last=90)], 0),
        ([SMILE, NEUTRAL], 1),
        # Another person's smile.
        ([NEUTRAL, SMILE._replace(person="bob")], 0),
        (
            [
                NEUTRAL,
                SMILE,
                NEUTRAL._replace(first=70, last=80),
                SMILE._replace(first=90, last=99),
            ],
            2,
        ),
    ],
)
def test_an_onset_is_from_neutral_to_smile_of_one_person(intervals, count):
    """A row a case."""
    assert len(onsets(scored((25, 60)), intervals)) == count


def test_intervals_are_read(tmp_path):
    """Absent people are left out."""
    path = tmp_path / "smile_intervals.csv"
    path.write_text(HEAD + "a.mp4,10,ann,0,19,neutral,\na.mp4,10,,20,29,absent,sky\n")
    assert read_intervals(path) == [NEUTRAL]


@pytest.mark.parametrize(
    "text, says",
    [
        ("clip,fps\n", "no column 'person', only clip, fps"),
        (HEAD + "a.mp4,fast,ann,0,19,smile,\n", "line 2: .*fast"),
        (HEAD + "a.mp4,10,ann,9,1,smile,\n", "line 2: .*frames 9 to 1"),
        (HEAD + "a.mp4,0,ann,0,1,smile,\n", "line 2: 0 fps"),
    ],
)
def test_wrong_intervals_are_named(tmp_path, text, says):
    """File, line and value."""
    path = tmp_path / "smile_intervals.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"smile_intervals.csv.*{says}"):
        read_intervals(path)
