"""One peak has one share and one number of viewers, wherever it is told."""

import json
import re

import opentimelineio as otio
import pandas as pd
import pytest

import laughtrack
from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.formatting import count, percent
from laughtrack.analytics.interchange.markers import markers
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend

pytestmark = pytest.mark.slow


def _cells(page, caption):
    """Return the rows of a page's table as texts."""
    table = re.search(f"<caption><span>{caption}.*?</table>", page, re.S)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
    texts = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in row] for row in texts]


@pytest.mark.parametrize("more", [[], ["--min-viewers", "4"]])
def test_every_place_tells_the_same(run, night, more, tmp_path, capfd):
    """`peaks`, each export, the page's table, its readout, the norms, the notebook."""
    run("peaks", "night", *more, "-o", tmp_path / "peaks.csv")
    peaks = pd.read_csv(tmp_path / "peaks.csv")
    assert len(peaks)
    told = [
        (percent(each.share_smiling), count(int(each.viewers), "viewer"))
        for each in peaks.itertuples()
    ]
    run("report", "night", *more, "-o", tmp_path / "night.html")
    page = (tmp_path / "night.html").read_text()
    head, *rows = _cells(page, "The moments that stood out")
    for row, (share, many) in zip(rows, told, strict=True):
        cells = dict(zip(head, row, strict=True))
        assert cells["Smiling"].split(" (")[0] == share
        assert many.startswith(cells["Viewers judged"] + " ")
    data = json.loads(re.search(r'id="session-data">(.*?)</script>', page, re.S)[1])
    for number, (text, (share, many)) in enumerate(zip(data["peak_texts"], told, strict=True), 1):
        assert text == f"{{time}}: peak {number}, {share} smiling of {many} judged"
    for form, fps in (("vtt", []), ("otio", ["--fps", "25"]), ("fcpxml", ["--fps", "25"])):
        run("export", "night", "--as", form, *fps, *more, "-o", tmp_path / f"x.{form}")
        text = (tmp_path / f"x.{form}").read_text()
        for share, many in told:
            assert form == "otio" or f"{share} smiling, of {many}" in text
    timeline = otio.adapters.read_from_file(str(tmp_path / "x.otio"))
    marks = [each.metadata["laughtrack"] for each in timeline.tracks.markers]
    exact = {each["number"]: each["share_smiling"] for each in marks}
    assert [exact[k + 1] for k in range(len(peaks))] == peaks["share_smiling"].tolist()
    least = int(more[1]) if more else 1
    found = laughtrack.peaks(laughtrack.load("night", night, min_viewers=least))
    assert found["share_smiling"].tolist() == peaks["share_smiling"].tolist()


def test_a_corrected_share_is_told_by_page_and_markers():
    """`peaks` has both; what is told in words is the corrected one."""
    model = {"sensitivity": [0.9, 0.88, 0.92], "specificity": [0.97, 0.96, 0.98]}
    told = pretend.session(pretend.Room(viewers=20), rate_hz=5, info={"error_model": model})
    found = peaks_with_certainty(SessionTables(told))
    assert (found["corrected_share"] != found["share_smiling"]).all()
    texts = markers(SessionTables(told)).table.sort_values("number")["text"]
    rows = _cells(report(told), "The moments that stood out")
    for share, text, row in zip(found["corrected_share"], texts, rows[1:], strict=True):
        assert text.startswith(f"{percent(share)} smiling, of")
        assert row[rows[0].index("Smiling")].startswith(percent(share))
