"""Two audiences compared: what differs is found, what does not is not, and the numbers add up."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import TTestIndPower

from laughtrack.analytics.comparison.alignment import Alignment, by_film_time, pieces
from laughtrack.analytics.comparison.compare import Settings, compare
from laughtrack.analytics.comparison.curves import CLUSTERS, CURVE
from laughtrack.analytics.comparison.resample import resample, steps
from laughtrack.analytics.report.comparison_summary import summary
from laughtrack.analytics.stats.contrasts import CONTRASTS
from laughtrack.analytics.stats.nulls.cluster_permutation import cluster_test, permutations
from laughtrack.analytics.timelines.seating import block_size, seat_blocks
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.pretend import Room, session
from tests.analytics.timeline_rows import NAN, readings, steady
from tests.analytics.timeline_rows import session as rows_session
from tests.bench.rooms.comparison import judged, pairs

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

# One scene, from 54 to 66 s, is funnier in the second cut; all else is the same.
SCENE = tuple((t_s, None) for t_s in (55.0, 58.0, 61.0, 64.0))
ELSEWHERE = ((20.0, 0.5), (95.0, 0.3))
QUICK = Settings(draws=400)


def room(seed, strength, name="cut", viewers=30, **options):
    """Return a session whose viewers laugh so much in the scene."""
    jokes = ELSEWHERE + tuple((t_s, strength) for t_s, _ in SCENE)
    return session(Room(viewers=viewers, jokes=jokes, seed=seed, **options), rate_hz=5.0, name=name)


def two(seed, first=0.15, second=0.75, **options):
    """Return two sessions of different audiences."""
    return room(2 * seed, first, "one", **options), room(2 * seed + 1, second, "two", **options)


def found(a, b, settings=QUICK, alignment=None):
    """Compare two sessions by film time."""
    a, b = SessionTables(a), SessionTables(b)
    return compare(a, b, alignment or by_film_time(a, b), settings=settings)


def sure(result):
    """Return the clusters that chance would hardly give."""
    return result.clusters[result.clusters["p"] <= 0.05]


def test_finds_the_scene_and_no_other():
    """Of 4 pairs of audiences, the scene is found in all and a moment elsewhere in one at most."""
    hits, elsewhere = 0, 0
    for seed in range(4):
        clusters = sure(found(*two(seed)))
        inside = (clusters["a_end_s"] > 53) & (clusters["a_start_s"] < 67)
        assert (clusters["higher"][inside] == "B").all()
        hits, elsewhere = hits + bool(inside.any()), elsewhere + bool((~inside).any())
    assert hits == 4
    assert elsewhere <= 1


def test_no_difference():
    """Of 6 pairs of the same show, one at most seems to differ."""
    alarms = [len(sure(found(*two(100 + seed, 0.4, 0.4)))) > 0 for seed in range(6)]
    assert sum(alarms) <= 1


def test_neighbours_are_no_strangers():
    """Where neighbours laugh together, dealing them as strangers finds what is not there."""
    strangers = neighbours = 0
    for seed in range(4):
        pair = two(200 + seed, 0.4, 0.4, contagion=0.8)
        shares = [
            resample(SessionTables(each), *(np.arange(120.0) + k for k in (0, 1))).share
            for each in pair
        ]
        assignments = permutations(*(np.arange(30),) * 2, 400, np.random.default_rng(seed))
        strangers += cluster_test(np.vstack(shares), assignments).found["p"].min() <= 0.05
        neighbours += len(sure(found(*pair))) > 0
    assert strangers >= 2
    assert neighbours <= 1


def test_findable_holds():
    """A true difference as large as the least for its stretch is found about four times in five."""
    least = found(*two(300, 0.1, 0.1)).detectable.set_index("stretch_s")["least_difference"]
    assert (np.diff(least) < 0).all()
    assert 0.1 < least[10] < 0.5
    # The scene lasts 12 s, and its share rises and falls with each joke to half on average.
    hits = [len(sure(found(*two(310 + seed, 0.0, 0.9)))) > 0 for seed in range(8)]
    assert sum(hits) >= 6


@pytest.fixture(scope="module")
def result():
    """Compare two audiences that differ."""
    return found(*two(1))


def test_tables(result):
    """All tables have their columns, in the order of time or of p."""
    assert tuple(result.curve) == CURVE
    assert tuple(result.clusters) == CLUSTERS
    assert {*CONTRASTS, "score"} == {*result.scores}
    assert result.curve["a_s"].tolist() == list(range(120))
    assert result.clusters["p"].is_monotonic_increasing
    assert result.facts.viewers == (30, 30)


def test_signs(result):
    """A difference is A - B, in curve, clusters and scores alike."""
    curve, top = result.curve, result.clusters.iloc[0]
    np.testing.assert_allclose(curve["difference"], curve["share_a"] - curve["share_b"])
    assert top["higher"] == "B" and top["difference"] < 0 and top["mass"] < 0
    assert result.scores.set_index("score")["difference"]["share_smiling"] < 0


def test_band(result):
    """The band holds the difference, is never of no width, and mostly holds the truth."""
    curve = result.curve
    assert (curve["low"] < curve["difference"]).all()
    assert (curve["difference"] < curve["high"]).all()
    same = curve[(curve["a_s"] < 50) | (curve["a_s"] >= 70)]
    assert ((same["low"] <= 0) & (same["high"] >= 0)).mean() > 0.9


def test_whole_band(result):
    """The band of all moments holds the pointwise one, and the truth where both saw the same."""
    curve = result.curve
    assert ((curve["all_low"] <= curve["low"]) & (curve["all_high"] >= curve["high"])).all()
    same = curve[(curve["a_s"] < 50) | (curve["a_s"] >= 70)]
    assert ((same["all_low"] <= 0) & (same["all_high"] >= 0)).all()
    # Four in five smile at the jokes of one cut, one in seven at those of the other.
    assert (curve["all_high"] < 0).any()


@pytest.mark.parametrize(
    "room, why",
    [
        (Room(viewers=7, jokes=ELSEWHERE), "in audience A fewer than 8 viewers were judged"),
        (Room(viewers=30, jokes=(), at_rest=0.005), "audience B smiled too seldom"),
    ],
    ids=["few", "quiet"],
)
def test_no_whole_band_without_ground(room, why):
    """Of few viewers, and of audiences that hardly smile, there is none, and why is said."""
    result = found(*(session(room._replace(seed=k), rate_hz=5.0) for k in (2, 3)))
    assert result.curve[["all_low", "all_high"]].isna().all(axis=None)
    assert any(note.startswith("No band holds") and why in note for note in result.facts.notes)


def test_whole_band_in_rooms_where_smiles_spread():
    """It holds all of the truth in 9 of 10 pairs, with the same show and with another cut."""
    options = SimpleNamespace(pairs=5, seed=812)
    held = [judged(*pair, true, 300) for pair, true in pairs((30, 30), 0.25, True, options)]
    assert np.nanmean([[each["whole"], each["whole, cut"]] for each in held]) >= 0.9


def test_audiences_are_compared_pair_by_pair(result):
    """Two of B, who have jokes to laugh at together, are more alike than two of A."""
    row = result.scores.set_index("score").loc["pairwise_isc"]
    assert row["a"] < row["b"] and row["difference"] == pytest.approx(row["a"] - row["b"])
    assert row["low"] < row["difference"] < row["high"] < 0 and row["p"] < 0.05


def test_scores_are_of_viewers():
    """Scores are means over viewers, each over the viewer's own judged time."""
    a = rows_session(
        readings(
            *(row for v in range(1, 6) for row in steady(v, 0.0, [0.9] * 20 + [0.1] * 20)),
            *steady(6, 0.0, [0.1] * 10 + [NAN] * 30),
        ),
        [(0, 4, 40)],
    )
    b = rows_session(
        readings(*(row for v in range(1, 7) for row in steady(v, 0.0, [0.1] * 40))), [(0, 4, 40)]
    )
    scores = found(a, b).scores.set_index("score")
    np.testing.assert_allclose(scores["a"]["share_smiling"], 5 / 6 * 0.5)
    np.testing.assert_allclose(scores["a"]["reach"], 5 / 6)
    np.testing.assert_allclose(scores["a"]["mean_smile"], (5 * 0.5 + 0.1) / 6, rtol=1e-6)
    np.testing.assert_allclose(scores["a"]["smiles_per_min"], 5 / 6 * 15)
    np.testing.assert_allclose(scores["a"]["maximum_share"], 1.0)
    assert (scores["b"].drop("pairwise_isc") == [0, 0, 0.1, 0, 0, 0]).sum() >= 5
    # Four seconds are too short for a correlation.
    assert np.isnan(scores["a"]["pairwise_isc"])
    assert (scores["difference"]["share_smiling"] > 0) and scores["p"]["share_smiling"] < 0.05


def test_interval_of_strangers():
    """Of viewers who are strangers, the interval is near Student's of two samples."""
    from scipy.stats import ttest_ind

    a, b = two(5, viewers=100)
    result = found(a, b, Settings(draws=1000))
    shared = steps(by_film_time(SessionTables(a), SessionTables(b)))
    edges = shared["a_start_s"].to_numpy(), shared["a_end_s"].to_numpy()
    own = []
    for each in (a, b):
        resampled = resample(SessionTables(each), *edges)
        own.append(
            np.nansum(resampled.share * resampled.scored_s, axis=1) / resampled.scored_s.sum(axis=1)
        )
    expected = ttest_ind(*own, equal_var=False).confidence_interval()
    row = result.scores.iloc[0]
    width = (row["high"] - row["low"]) / (expected.high - expected.low)
    assert 0.85 < width < 1.3
    np.testing.assert_allclose(row["difference"], own[0].mean() - own[1].mean())


def test_least_effect():
    """The smallest difference that could have been found is the t test's of statsmodels."""
    from laughtrack.analytics.stats.power import detectable_effect

    error = 0.05
    least = float(detectable_effect(np.array([error]), 20, 30)[0])
    deviation = error / np.sqrt(1 / 20 + 1 / 30)
    power = TTestIndPower().power(least / deviation, 20, 0.05, ratio=1.5)
    np.testing.assert_allclose(power, 0.8, atol=1e-6)


def test_the_same_again():
    """The same seed gives the same numbers, another one nearly the same."""
    pair = two(1)
    first, again = found(*pair), found(*pair)
    for one, other in zip(first[:5], again[:5], strict=True):
        pd.testing.assert_frame_equal(one, other)
    other = found(*pair, QUICK._replace(seed=2)).clusters.sort_values("a_start_s")
    masses = first.clusters.sort_values("a_start_s")["mass"]
    np.testing.assert_array_equal(masses, other["mass"])


def test_swapped():
    """With A and B changed over, every difference changes sign."""
    a, b = two(1)
    first, second = found(a, b), found(b, a)
    np.testing.assert_allclose(first.scores["difference"], -second.scores["difference"])
    np.testing.assert_allclose(
        first.clusters["mass"].sort_values(), -second.clusters["mass"].sort_values()[::-1]
    )


def test_cut_out_scene():
    """With the funnier scene left out by an edit list nothing differs across the cut."""
    a, b = two(1)
    kept = Alignment(pieces([[0, 50, 0, 50], [70, 120, 70, 120]]), "edit list")
    result = found(a, b, alignment=kept)
    assert sure(result).empty
    assert len(result.curve) == 100
    assert result.curve["opens"].sum() == 2
    spans = result.clusters
    assert not ((spans["a_start_s"] < 50) & (spans["a_end_s"] > 70)).any()


def test_moved_and_stretched():
    """Steps follow a piece that is moved and slower in B."""
    a, b = two(1)
    moved = Alignment(pieces([[20, 30, 80, 100]]), "marks")
    table = steps(moved)
    assert table["b_start_s"].tolist() == list(range(80, 100, 2))
    assert found(a, b, alignment=moved).curve["b_s"].tolist() == list(range(80, 100, 2))


@pytest.mark.parametrize(
    "rows, count, opens",
    [
        # A piece shorter than half a step is left out.
        ([[0, 0.4, 0, 0.4]], 0, 0),
        # What is left over goes with the last step.
        ([[0, 3.4, 0, 3.4]], 3, 1),
        # Pieces that go on in both sessions are not cut.
        ([[0, 3, 1, 4], [3, 5, 4, 8]], 5, 1),
        # Those that go on in one only are.
        ([[0, 3, 1, 4], [3, 5, 9, 11]], 5, 2),
        # No pieces, no steps.
        ([], 0, 0),
    ],
)
def test_steps(rows, count, opens):
    """Pieces become whole steps."""
    table = steps(Alignment(pieces(rows), "edit list"))
    assert (len(table), table["opens"].sum()) == (count, opens)


def test_scenes():
    """Scenes of the film are compared one by one; those outside are left out."""
    info = {"media_offset_s": 100.0}
    a, b = (SessionTables(each._replace(info=info)) for each in two(1))
    listed = pd.DataFrame(
        [(100.0, 150.0, "before"), (154.0, 166.0, "the bus"), (900.0, 950.0, "never shown")],
        columns=["start_s", "end_s", "name"],
    )
    table = compare(a, b, by_film_time(a, b), listed, QUICK).scenes.set_index("name")
    assert table.index.tolist() == ["before", "the bus"]
    assert table["start_s"].tolist() == [0.0, 54.0]
    assert table["p_holm"]["the bus"] < 0.05 < table["p_holm"]["before"]
    assert table["high"]["the bus"] < 0


@pytest.mark.parametrize("viewers", [0, 1, 4])
def test_too_few_viewers(viewers):
    """No viewers, one, or fewer than the least: refused, with how many there are."""
    a = room(1, 0.5, "full", viewers=6)
    few = (
        room(2, 0.5, "empty", viewers=viewers) if viewers else rows_session(readings(), [(0, 9, 9)])
    )
    with pytest.raises(ValueError, match=rf"has {viewers} viewers .* at least 5 .*--min-viewers"):
        found(a, few)


def test_three_seconds():
    """Sessions of 3 s can be compared, and say that nothing could have been found."""
    a, b = two(1, seconds=3.0, viewers=6)
    result = found(a, b)
    assert len(result.curve) == 3
    assert sure(result).empty
    assert result.detectable["stretch_s"].tolist() == [1, 2]


def test_camera_off():
    """Where the camera was off for the middle third, nothing is compared and nothing is zero."""
    a, b = two(1)
    seen = b.readings[(b.readings["t_s"] < 40) | (b.readings["t_s"] >= 80)]
    result = found(a, b._replace(readings=seen.reset_index(drop=True)))
    dark = result.curve[(result.curve["a_s"] >= 40) & (result.curve["a_s"] < 80)]
    assert (dark["judged_b"] == 0).all()
    assert dark[["share_b", "difference", "low", "high"]].isna().all().all()
    assert not ((result.clusters["a_start_s"] >= 40) & (result.clusters["a_end_s"] <= 80)).any()
    assert "For 40 s fewer than 5 viewers" in result.facts.notes[-1]


def test_never_enough_at_once():
    """Where viewers are never enough at a time there is no curve, and it is said."""
    tables = [readings(*(r for v in range(1, 7) for r in steady(v, 2.0 * v, [0.9] * 10)))] * 2
    a, b = (rows_session(each, [(0, 14, 140)]) for each in tables)
    result = found(a, b)
    assert result.curve["difference"].isna().all()
    assert result.clusters.empty and result.detectable["least_difference"].isna().all()
    assert result.scores.set_index("score")["p"].isna().tolist() == [False] * 4 + [True] * 3


def test_viewers_who_laugh_as_one_are_not_tested():
    """Ten of them are a handful of strangers: no stretch has a p, and it is said why."""
    result = found(*two(1, viewers=10, contagion=0.9))
    assert len(result.clusters) and result.clusters["p"].isna().all()
    assert "10 viewers say no more than" in " ".join(result.facts.notes)
    assert "Too few viewers were independent" in summary(result)[1]
    assert found(*two(1, viewers=6)).clusters["p"].notna().all()


def test_other_finders_are_named():
    """Other people could be judged; a session that names none differs from none."""
    a, b = two(1, viewers=6)
    for finder, other, told in (("Haar", "FinderNet", 1), ("Haar", "Haar", 0), ("Haar", "", 0)):
        a.info["model"], b.info["model"] = {"finder": finder}, {"finder": other}
        notes = [n for n in found(a, b).facts.notes if "found by Haar, of the second by" in n]
        assert len(notes) == told, other


def test_few_blocks():
    """Blocks too few to be permuted in enough ways are named."""
    result = found(*two(1), QUICK._replace(block=15))
    assert result.facts.blocks == (2, 2)
    assert "too few ways" in result.facts.notes[-1]


@pytest.mark.parametrize(
    "viewers, size, blocks",
    [(30, 5, 6), (7, 1, 7), (100, 10, 10), (3, 1, 3), (30, 1, 30), (30, 10, 3), (3, 10, 1)],
)
def test_blocks(viewers, size, blocks):
    """Blocks are of neighbours, as even as can be."""
    seats = SessionTables(room(1, 0.5, viewers=viewers)).seats
    block = seat_blocks(seats, size)
    sizes = np.bincount(block)
    assert len(sizes) == blocks and sizes.max() - sizes.min() <= 1
    row = seats["row"].to_numpy()
    assert all(np.ptp(row[block == k]) <= 1 for k in range(blocks))


@pytest.mark.parametrize("viewers, size", [(3, 1), (11, 1), (12, 2), (30, 5), (100, 10)])
def test_block_size(viewers, size):
    """The smaller audience has six blocks where it can; a block is of ten at most."""
    assert block_size(viewers) == size


@pytest.mark.parametrize("wrong", [{"min_viewers": 1}, {"draws": 10}, {"block": 0}, {"step_s": 0}])
def test_settings(wrong):
    """Settings that make no sense are refused by name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        found(*two(1, viewers=6), QUICK._replace(**wrong))
