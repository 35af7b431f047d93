"""A session's shares and scores put right for its scorer's errors."""

import re

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.bands import curve_with_bands
from laughtrack.analytics.audience.correction.corrected_scores import corrected_scores
from laughtrack.analytics.audience.correction.event_errors import event_errors, people_of
from laughtrack.analytics.audience.correction.looks import quietest
from laughtrack.analytics.audience.correction.session_correction import correction
from laughtrack.analytics.audience.scores import scores
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import readings, session, steady

MODEL = {
    "faces": 1000,
    "sensitivity": [0.95, 0.94, 0.96],
    "specificity": [0.9, 0.89, 0.91],
    "personal": {"false_smiles": 0.4},
}
EVENTS = {
    "people": 100,
    "looks_per_s": 5.0,
    "false_per_min": [1.0, 0.8, 1.2],
    "false_spread": 1.0,
    "found": [0.95, 0.9, 1.0],
    "noticed": [0.98, 0.95, 1.0],
    "first_false": [
        {"seconds": 60.0, "share": [0.2, 0.15, 0.25]},
        {"seconds": 120.0, "share": [0.3, 0.25, 0.35]},
    ],
}
ROOM = pretend.Room(viewers=40, seconds=100, jokes=((20.0, 0.6), (60.0, 0.8)), away=0.0)


def misread(model=None, lasts_s=1.0, seed=1, room=ROOM):
    """Return a session in which each twentieth smile and tenth other second was misread."""
    told = pretend.session(room, rate_hz=5)
    table = told.readings
    rng = np.random.default_rng(seed)
    block = (table["t_s"] // lasts_s).astype(int)
    luck = rng.random((room.viewers + 1, block.max() + 1))[table["viewer_id"], block]
    smiling = table["raw"] >= 0.5
    wrong = luck < np.where(smiling, 0.05, 0.1)
    score = np.where(smiling ^ wrong, 0.85, 0.1)
    truth = float(smiling.mean())
    made = table.assign(raw=score, smile=score)
    info = {"error_model": MODEL if model is None else model}
    return told._replace(readings=made, info={**told.info, **info}), truth


def corrections(told):
    """Return a session's correction, and its tables."""
    tables = SessionTables(told)
    return correction(tables, 1.0), tables


@pytest.mark.parametrize("lasts_s", [0.2, 1.0, 5.0])
def test_average_share(lasts_s):
    """However long errors last, the corrected share is near the truth, the share seen is not."""
    told, truth = misread(lasts_s=lasts_s)
    found, tables = corrections(told)
    assert found.average().value == pytest.approx(truth, abs=0.02)
    assert found.average().low <= truth <= found.average().high
    assert tables.viewers["smiling_share"].mean() > truth + (0.02 if lasts_s >= 1 else 0)


def test_momentary_errors_do_not_reach_the_curve():
    """Errors of one look are gone in smiles, those of seconds are not: the session tells which."""
    shares = []
    for lasts_s in (0.2, 5.0):
        table = curve_with_bands(SessionTables(misread(lasts_s=lasts_s)[0]))
        change = (table["share_smiling"] - table["corrected_share"]).mean()
        shares.append(change)
        assert (table["corrected_share"] >= table["corrected_share_low"] - 1e-9).all()
    assert abs(shares[0]) < 0.01 < 0.03 < shares[1]


def test_few_viewers_leave_more_open():
    """Of eight viewers one more or less with a smiling face at rest would change the share."""
    wide, narrow = (
        corrections(misread(model={**MODEL, "personal": {"false_smiles": part}})[0])[0].average()
        for part in (0.9, 0.0)
    )
    assert wide.high - wide.low >= narrow.high - narrow.low
    few = corrections(misread(room=ROOM._replace(viewers=8))[0])[0].average()
    assert few.high - few.low > wide.high - wide.low


NOT_POSSIBLE = [
    ({}, "does not say which weights"),
    ({"model": {"network": "SmileNet f32 000000000000"}}, "how often SmileNet f32 0000.* errs"),
    ({"error_model": {"sensitivity": [0.9]}}, "error model cannot be read"),
    ({"error_model": {**MODEL, "specificity": [0.4, 0.3, 0.5]}}, "errs too often"),
    ({"error_model": {**MODEL, "specificity": [0.5, 0.45, 0.55]}}, "errs less on these faces"),
]


@pytest.mark.parametrize("info, reason", NOT_POSSIBLE, ids=[each[1] for each in NOT_POSSIBLE])
def test_says_why_nothing_is_put_right(info, reason):
    """Without the scorer's errors, or with such as cannot be, shares are as scored."""
    told, _ = misread()
    found, tables = corrections(told._replace(info=info))
    assert not found.possible and re.search(reason, found.reason)
    assert curve_with_bands(tables)["corrected_share"].isna().all()


def test_shipped_weights_are_known_by_either_precision():
    """A session names the weights that scored it by their digest, float or eight bits."""
    told, _ = misread()
    for network in ("SmileNet f32 1fdd03884c88", "SmileNet int8 35e1facd3b8b"):
        found, _ = corrections(told._replace(info={"model": {"network": network}}))
        assert found.model is not None


def of_scores(told):
    """Return a session's scores by name, put right."""
    found, tables = corrections(told)
    grid = tables.grid()
    made = scores(tables, grid, draws(grid.share, tables.seats))
    return corrected_scores(made, found, tables).set_index("score")


@pytest.mark.slow
def test_reach_and_rate_need_people_timed_by_eye():
    """With them both are lower than as scored, within their intervals; without, it says why."""
    without = of_scores(misread()[0])
    assert without.loc[["Reach", "Rate"], "corrected"].isna().all()
    assert without.at["Rate", "not_corrected"].startswith("how often a false smile begins")
    found = of_scores(misread(model={**MODEL, "events": EVENTS})[0])
    for name in ("Reach", "Rate"):
        row = found.loc[name]
        assert row["corrected_low"] <= row["corrected"] <= row["value"], name
    assert found.at["Rate", "corrected"] < found.at["Rate", "value"] - 0.5
    assert np.isnan(found.at["Synchrony", "corrected"])
    other = of_scores(misread(model={**MODEL, "events": {**EVENTS, "looks_per_s": 20.0}})[0])
    assert "20.0 times" in other.at["Rate", "not_corrected"]


def test_errors_of_whole_smiles_are_counted():
    """Two people: one true smile found, one missed; two false ones, of the same person."""
    rest, smile = [0.1] * 20, [0.9] * 10
    first = steady(1, 0.0, [*rest, *smile, *rest, *smile, *rest, *smile, *rest])
    second = steady(2, 0.0, [*rest, *rest])
    tables = SessionTables(session(readings(*first, *second), [(0, 12, 120)]))
    true = pd.DataFrame({"viewer_id": [1, 2], "start_s": [1.9, 2.0], "end_s": [3.0, 3.0]})
    found = people_of(tables, true)
    assert found["true"].tolist() == [1, 1] and found["noticed"].tolist() == [1, 0]
    assert found["found"].tolist() == [1, 0] and found["false"].tolist() == [2, 0]
    assert found["first_false_s"].tolist() == pytest.approx([3.9, np.nan], nan_ok=True)
    assert event_errors(found) is None
    many = event_errors(pd.concat([found] * 20))
    assert many["noticed"][0] == 0.5 and many["found"][1] <= 0.5 <= many["found"][2]
    assert many["false_per_min"][0] == pytest.approx(40 / (20 * (9.9 + 3)) * 60, rel=0.01)


def test_quiet_moments_are_not_chosen_by_chance():
    """Of pure noise the quietest quarter is as loud as the rest."""
    noise = np.random.default_rng(1).binomial(20, 0.1, (12, 60)) / 20
    assert quietest(noise) == pytest.approx(0.1, abs=0.03)
    assert np.isnan(quietest(noise[:3])) and np.isnan(quietest(noise[:, :5]))


@pytest.mark.slow
def test_page_tells_the_corrected_share_first():
    """The lead has the corrected interval, the scores both, and the curve as scored is hidden."""
    told, truth = misread(lasts_s=5.0)
    page = report(told)
    lead = re.search(r'<p class="lead">(.*?)</p>', page, re.S)[1]
    said = re.search(r"between (\d+) and (\d+) % of such viewers were", lead)
    assert int(said[1]) <= 100 * truth <= int(said[2])
    assert "as scored: " in lead
    assert "Show the share as scored" in page and '<th scope="col">As scored</th>' in page
    assert "Misread faces" in page
    plain = report(told._replace(info={}))
    assert "Show the share as scored" not in plain
    assert "not corrected for how often a face is misread: the session does not say" in plain
