"""Tables and maps of the page, of made-up figures: scores, scenes, peaks, quiet times, seats."""

import math
import re

import pandas as pd
import pytest

from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.audience.scenes import scenes_of
from laughtrack.analytics.audience.scores import MEANING
from laughtrack.analytics.formatting import chance_verdict
from laughtrack.analytics.inputs.viewer_groups import by_seat
from laughtrack.analytics.report.figures.seat_map import seat_map
from laughtrack.analytics.report.rendering import render
from laughtrack.analytics.report.sections.moments import moments, quiet
from laughtrack.analytics.report.sections.scores import scenes, scores
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.report.test_report import Page, rows_of, words

NAN = math.nan
SCENE = {"start_s": 12.0, "end_s": 40.0, "name": "the <bus>", "watched_s": 28.0, "judged": 6}
SCENE |= {"share_smiling": 0.31, "share_low": 0.2, "share_high": 0.44, "mean_smile": 0.25}
SCENE |= {"reach": 0.8, "reach_low": 0.6, "reach_high": 0.91}
SURE = ["80 % (60–91)", "6", "0.25", "2.1 (1.2–3.5)"]
SCENE |= {"smiles_per_min": 2.13, "smiles_per_min_low": 1.2, "smiles_per_min_high": 3.46}


def shown(name, section):
    """Return the HTML that a template of the page makes of a section."""
    return render(f"session/{name}.html", section=section)


def test_scores_with_intervals():
    """A share is in percent, another score in its unit, and what has no interval has a dash."""
    found = pd.DataFrame(
        [
            ("Reach", 0.83, 0.66, 0.93, "share", ""),
            ("Smile minutes", 4.25, 3.0, 5.5, "min", ""),
            ("Synchrony", NAN, NAN, NAN, "", ""),
        ],
        columns=["score", "value", "low", "high", "unit", "meaning"],
    )
    assert rows_of(shown("scores", scores(found)), "Score") == [
        ["Reach", "83 %", "66 % to 93 %", MEANING["Reach"]],
        ["Smile minutes", "4.25 min", "3.00 min to 5.50 min", MEANING["Smile minutes"]],
        ["Synchrony", "–", "–", MEANING["Synchrony"]],
    ]
    assert shown("scores", scores(None)) == shown("scores", scores(found[:0])) == ""


@pytest.mark.slow
def test_scenes(room):
    """A scene stands on the page in film time, and the cursor jumps to it in the session's."""
    names = "start_s", "end_s", "name"
    given = pd.DataFrame([(0.0, 12.0, "the <bus>"), (12.0, 25.0, "home")], columns=names)
    page = report(room(info={"media_offset_s": 10.0}), extras=Extras(scenes=given))
    first, second = rows_of(page, "Scene")
    assert first[:3] == ["the <bus>", "0:10.0", "0:12.0"]
    # All laugh at the session's 10 s, the film's 20 s.
    assert (second[0], second[4][:7], second[5]) == ("home", "100 % (", "6")
    assert "'the <bus>' (0:00 to 0:12) is cut to 0:10 to 0:12" in words(page)
    assert 'data-t="2.000">0:12.0' in page


def test_scene_with_its_interval():
    """The interval stands beside its figure."""
    made = shown("scenes", scenes((pd.DataFrame([SCENE]), [])))
    (row,) = rows_of(made, "Scene")
    assert row == ["the <bus>", "0:12.0", "0:40.0", "31 % (20–44)", *SURE]


@pytest.mark.slow
def test_scene_of_too_few(room):
    """Where fewer were judged than asked for, a scene has no figures."""
    listed = pd.DataFrame({"start_s": [2.0], "end_s": [30.0], "name": ["a"]})
    made = scenes_of(SessionTables(room(), 7), listed)
    (row,) = rows_of(shown("scenes", scenes((made, []))), "Scene")
    assert row[3:] == ["–", "–", "6", "–", "–"]


def test_no_scenes():
    """Without a list there is no section; of a list beside the session the page says so."""
    assert shown("scenes", scenes(None)) == ""
    none = shown("scenes", scenes((pd.DataFrame([SCENE])[:0], [])))
    assert "No scene of the list lies in this session" in none


def test_tested_moments(room):
    """A tested peak says in words what chance does, and where its middle may lie."""
    found = peaks(SessionTables(room())).assign(
        p_value=[0.0004, 0.03, 0.4], t_low_s=9.0, t_high_s=11.5
    )
    made = moments(found.assign(share_low=0.8, share_high=1.0))
    rows = rows_of(shown("moments", made), "No.")
    assert [row[4] for row in rows] == [
        "very unlikely (p < 0.001)",
        "unlikely (p = 0.030)",
        "possibly (p = 0.400)",
    ]
    assert [row[5] for row in rows] == ["0:09.0–0:11.5"] * 3
    assert all(row[2].endswith(" (80–100)") for row in rows)


@pytest.mark.parametrize(
    ("p_value", "text"), [(NAN, "not tested"), (0.05, "unlikely"), (0.051, "possibly")]
)
def test_chance(p_value, text):
    """The words turn at 0.05, and nothing is made of what was not tested."""
    assert chance_verdict(p_value).startswith(text)


def test_quiet_stretches():
    """They are listed with their length; none is said, and no table is nothing."""
    found = pd.DataFrame([(60.0, 95.5, 0.01)], columns=["start_s", "end_s", "share"])
    made = shown("quiet", quiet(found, 10.0))
    assert rows_of(made, "From") == [["1:00.0", "1:10.0", "1:35.5", "36 s", "1 %"]]
    assert "No stretch was quieter" in shown("quiet", quiet(found[:0]))
    assert shown("quiet", quiet(None)) == ""


def test_seats_are_drawn_and_listed(room):
    """Every viewer has a circle on both maps and a row in the table."""
    made = pretend.session(pretend.Room(viewers=12, seconds=40))
    seats, people = SessionTables(made).seats, SessionTables(made).viewers
    alike = pd.DataFrame({"viewer_id": people["viewer_id"], "isc": [NAN, *[0.25] * 11]})
    page = shown("seats", seat_map(seats, people, alike))
    assert page.count("<circle ") == 24
    assert page.count("url(#stripes)") == 1
    rows = rows_of(page, "Viewer")
    assert [row[:3] for row in rows[9:11]] == [["10", "1", "10"], ["11", "2", "1"]]
    assert rows[0][6] == "–"
    assert rows[1][6] == "0.25"


def test_who_never_smiled_has_a_broken_outline():
    """Reach is seen on the map without colours."""
    made = pretend.session(pretend.Room(viewers=12, seconds=40, jokes=((20.0, 0.5),), at_rest=0.0))
    people = SessionTables(made).viewers
    never = int((people["smiles_per_min"] == 0).sum())
    assert 0 < never < 12
    page = shown("seats", seat_map(SessionTables(made).seats, people))
    assert page.count("stroke-dasharray") == never
    assert [row[5] for row in rows_of(page, "Viewer")].count("no") == never


def test_one_place_has_no_map(room):
    """Faces at one place are no map; nor is one viewer."""
    made = room()
    page = shown("seats", seat_map(SessionTables(made).seats, SessionTables(made).viewers))
    assert "no map" in page
    assert "<circle" not in page.partition("<body")[2]
    assert len(rows_of(page, "Viewer")) == 6
    one = pretend.session(pretend.Room(viewers=1, seconds=20))
    assert "no map" in shown(
        "seats", seat_map(SessionTables(one).seats, SessionTables(one).viewers)
    )


def test_maps_fit():
    """No circle reaches over the map's edge, and none hides another."""
    made = pretend.session(pretend.Room(viewers=35, seconds=20))
    page = shown("seats", seat_map(SessionTables(made).seats, SessionTables(made).viewers))
    wide, high = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', page).groups())
    circles = [
        tuple(map(float, found))
        for found in re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', page)
    ]
    assert len(circles) == 35
    for k, (x, y, r) in enumerate(circles):
        assert r <= x <= wide - r
        assert r <= y <= high - r
        assert all(math.hypot(x - u, y - v) >= 1.8 * r for u, v, _ in circles[:k])


@pytest.mark.slow
def test_withheld_page_shows_no_seat(room):
    """Too few viewers: neither map nor scores nor sentences about them."""
    made = pretend.session(pretend.Room(viewers=3, seconds=40))
    page = report(made, min_viewers=4)
    assert "<circle" not in page.partition("<body")[2]
    assert "Where they sat" not in words(page)
    assert "smiling" not in re.search(r'id="headline".*?</section>', page, re.S)[0]
    assert '"heat":null' in page
    assert "viewers-by-time" not in Page(page).ids


@pytest.mark.slow
def test_page_shows_groups_norms_and_synchrony():
    """What was asked for is on the page: rows compared, other sessions, who smiled together."""
    told = pretend.session(pretend.Room(viewers=24), rate_hz=2)
    others = pd.DataFrame(
        {
            "score": ["reach"],
            "value": [0.5],
            "others": [7],
            "percentile": [60.0],
            "percentile_low": [26.4],
            "percentile_high": [86.1],
            "lowest": [0.1],
            "median": [0.4],
            "highest": [0.9],
            "stratum": ["genre=comedy"],
        }
    )
    made = report(
        told, extras=Extras(groups=by_seat(SessionTables(told).seats, "row"), norms=others)
    )
    assert "group 'row 3' is left out: 4 judged, fewer than 5" in words(made).lower()
    assert "<h2>Groups of viewers</h2>" in made and "<h2>Among the other sessions</h2>" in made
    assert "<h2>Smiling together</h2>" in made and "60 (26 to 86)" in made
    assert "Only others that are alike in genre=comedy." in made
    with pytest.raises(ValueError, match="have 11 judged viewers or more"):
        report(
            told, min_viewers=11, extras=Extras(groups=by_seat(SessionTables(told).seats, "row"))
        )


@pytest.mark.slow
def test_page_says_who_smiled_after_a_mark():
    """A mark just before a joke: how many began to smile, and how soon; withheld for too few."""
    info = {"marks": [{"t_s": 58.0, "text": "the best one"}]}
    told = pretend.session(pretend.Room(viewers=24), rate_hz=5, info=info)
    assert "<h2>After the marks</h2>" in report(told)
    assert "<h2>After the marks</h2>" not in report(told, min_viewers=24 + 1)


@pytest.mark.slow
def test_highest_share_is_none_of_too_few():
    """Three who all smile before the others come give no maximum where five are the least."""
    told = pretend.session(pretend.Room(viewers=10, jokes=(), at_rest=0.0, away=0.0), rate_hz=2)
    rows = told.readings
    early = rows["t_s"] < 30
    rows.loc[early, ["raw", "smile"]] = 0.9
    told = told._replace(readings=rows[~early | (rows["viewer_id"] <= 3)].reset_index(drop=True))

    def highest(**options):
        rows = rows_of(report(told, **options), "Score")
        return next(row[1] for row in rows if row[0] == "Maximum share")

    assert highest() == "100 %" and highest(min_viewers=5) == "0 %"
