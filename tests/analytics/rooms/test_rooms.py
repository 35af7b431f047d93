"""One film in several rooms, from sessions to tables."""

import numpy as np
import pytest

from laughtrack.analytics.rooms.film_steps import by_film_time
from laughtrack.analytics.rooms.rooms import film_in_rooms, outline_of
from laughtrack.analytics.rooms.table import COLUMNS, for_people, rooms_table
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.pretend import Room, session, share
from tests.analytics.rooms.halls import JOKES, hall, together

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow
VIEWERS = (12, 30, 20, 16, 24)


@pytest.fixture(scope="module")
def halls():
    """Return the film in five halls, all but alike."""
    return [hall(k, viewers) for k, viewers in enumerate(VIEWERS, 1)]


@pytest.fixture(scope="module")
def film(halls):
    """Return what they are put together."""
    return together(halls)


def test_the_curve_holds_the_truth(film):
    """At nearly all moments by itself, and at all of them at once."""
    true = share(Room(seconds=120.0, jokes=JOKES, at_rest=0.05), np.arange(120) + 0.5)
    curve = film.curve
    assert ((curve["share_low"] <= true) & (true <= curve["share_high"])).mean() > 0.9
    assert ((curve["share_all_low"] <= true) & (true <= curve["share_all_high"])).all()


def test_each_room_counts_in_every_table(film):
    """Viewers are counted over all of them."""
    assert film.facts.rooms["room"].tolist() == [f"hall {k}" for k in range(1, 6)]
    assert film.facts.rooms["viewers"].tolist() == [*VIEWERS]
    assert (film.scores["rooms"] == 5).all() and film.by_room.shape == (5, 120)
    assert len(film.rooms) == 5 * len(film.scores)


def test_peaks_of_the_film_are_told(film):
    """Its jokes are, by what all rooms do there."""
    sure = film.peaks[film.peaks["p_value"] <= 0.05]
    for t_s, _ in JOKES[:2]:
        assert (sure["t_s"] - t_s).abs().min() < 2
    assert (sure["in_rooms"] >= 4).all()


def test_what_one_room_laughs_at_is_no_peak_of_the_film(halls):
    """However loud, and also where it makes a maximum of the curve."""
    own = hall(6, 30, jokes=(*JOKES, (40.0, 1.0)))
    peaks = together([own, *halls[:3]]).peaks
    near = peaks[(peaks["t_s"] - 40).abs() < 2]
    assert len(near) and (near["p_value"] > 0.05).all()


def test_a_room_unlike_the_others_is_told(halls):
    """And by how much; none of those alike is."""
    lively = hall(9, 30, at_rest=0.7)
    found = together([*halls, lively]).rooms
    found = found[found["score"] == "Average share"].set_index("room")
    assert found.at["hall 9", "p_holm"] < 0.05
    assert found.at["hall 9", "d_low"] > 0.3
    assert (found["p_holm"].drop("hall 9") > 0.05).all()


def test_scores_are_of_the_time_that_all_rooms_show(halls):
    """Two that began late or ended early take away from the time, and no room from the film."""
    late = hall(7, 20, info={"media_offset_s": 30.0})
    early = hall(8, 20, seconds=80.0)
    found = together([*halls[:3], late, early])
    assert (found.facts.first_s, found.facts.last_s) == (30.0, 80.0)
    assert len(found.curve) == 150 and found.curve["rooms"].iloc[[5, 50, 100]].tolist() == [4, 5, 4]
    assert np.isnan(found.curve["share"].iloc[-10:]).all()


def test_two_sessions_of_a_room_are_one_cluster(halls):
    """They add viewers and no room."""
    twice = [hall(k, 20, info={"tags": {"site": "Odeon"}}) for k in (11, 12)]
    found = together([*halls[:2], *twice])
    assert found.facts.rooms["room"].tolist() == ["hall 1", "hall 2", "Odeon"]
    assert found.facts.rooms["viewers"].tolist() == [12, 30, 40]
    assert found.facts.rooms["sessions"].iloc[2] == ["hall 11", "hall 12"]


def test_a_room_with_too_few_viewers_is_left_out_and_said(halls):
    """Not in silence."""
    found = together([*halls, hall(20, 4)])
    assert len(found.facts.rooms) == 5
    assert [each.name for each in found.facts.left_out] == ["hall 20"]
    assert "4 viewers could be judged, and 5 are needed" in found.facts.left_out[0].reason


@pytest.mark.parametrize(
    "more, says",
    [
        ([], "2 rooms: at least 3 are needed.*laughtrack compare"),
        ([(3, 4, {})], "2 rooms.*'hall 3' is left out: 4 viewers could be judged"),
        ([(3, 20, {"tags": {"site": "A"}}), (4, 20, {"tags": {"site": "A"}})], "^3 rooms|"),
        ([(3, 20, {"media_offset_s": 900.0})], "2 rooms.*shows less than half"),
    ],
)
def test_fewer_than_three_rooms_are_refused_with_the_reason(halls, more, says):
    """Of two nothing can be said of rooms."""
    added = [hall(number, viewers, info=info) for number, viewers, info in more]
    if says.startswith("^3"):
        assert len(together([*halls[:2], *added]).facts.rooms) == 3
        return
    with pytest.raises(ValueError, match=says):
        together([*halls[:2], *added])


def test_sessions_are_loaded_one_after_the_other_and_dropped(halls, film):
    """What is known of a session without its readings is enough to lay them on each other."""
    outlines = [outline_of(each) for each in halls]
    assert all(each.readings.empty for each in outlines)
    asked = []

    def load(k):
        asked.append(k)
        return halls[k]

    again = film_in_rooms(outlines, by_film_time(outlines), load)
    assert asked == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(again.curve.to_numpy(float), film.curve.to_numpy(float))


def test_the_table_holds_all_of_it(film):
    """Scores, rooms, peaks and curve; people get what they can read."""
    table = rooms_table(film)
    assert tuple(table) == COLUMNS
    kinds = table["what"].value_counts().to_dict()
    many = len(film.scores)
    expected = {"score": many, "room": 5 * many, "peak": len(film.peaks), "curve": 120}
    assert kinds == expected
    scores, rooms, peaks = for_people(table)
    assert (len(scores), len(rooms)) == (many, 5) and len(peaks) >= 2


MODEL = {
    "faces": 1300,
    "sensitivity": [0.93, 0.91, 0.95],
    "specificity": [0.93, 0.91, 0.95],
    "personal": {"false_smiles": 0.1},
}


def misread(number, viewers=30):
    """Return a hall whose scorer takes 7 of 100 looks for the opposite, for a look at a time."""
    made = session(Room(viewers, 120.0, JOKES, 0.2, 0.2, seed=number), 5.0, name=f"hall {number}")
    rng = np.random.default_rng(number)
    wrong = rng.random(len(made.readings)) < 0.07
    table = made.readings
    raw = np.where(wrong, 1 - table["raw"], table["raw"])
    info = {**made.info, "media_offset_s": 0.0, "error_model": MODEL}
    return SessionTables(made._replace(readings=table.assign(raw=raw), info=info))


def test_shares_are_put_right_for_the_scorers_errors_once_for_all_rooms():
    """One scorer errs alike in all rooms, so that more of them do not tell its errors better."""
    four, many = (together([misread(k) for k in range(1, n)]) for n in (5, 13))
    true = share(Room(seconds=120.0, jokes=JOKES, at_rest=0.2), np.arange(120) + 0.5).mean()
    for found in (four, many):
        row = found.scores.set_index("score").loc["Average share"]
        assert found.correction.possible
        assert row["corrected_low"] < true < row["corrected_high"]
    wide = [
        (row["corrected_high"] - row["corrected_low"])
        for row in (f.scores.set_index("score").loc["Average share"] for f in (four, many))
    ]
    assert wide[1] > 0.02  # that of the errors alone


def test_rooms_without_an_error_model_say_which(film):
    """The first that cannot be put right, and why."""
    assert not film.correction.possible
    assert "hall 1: the session does not say which weights" in film.correction.reason
