"""One peak has one share and one number of viewers, wherever it is told."""

import json
import re

import opentimelineio as otio
import pandas as pd
import pytest

import laughtrack
from laughtrack.analytics.formatting import count, percent

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
        assert text == f"peak {number}, {share} smiling of {many} judged"
    for form, fps in (("vtt", []), ("otio", ["--fps", "25"]), ("fcpxml", ["--fps", "25"])):
        run("export", "night", "--as", form, *fps, *more, "-o", tmp_path / f"x.{form}")
        text = (tmp_path / f"x.{form}").read_text()
        for share, many in told:
            assert form == "otio" or f"{share} smiling, of {many}" in text
    timeline = otio.adapters.read_from_file(str(tmp_path / "x.otio"))
    marks = [each.metadata["laughtrack"] for each in timeline.tracks.markers]
    exact = {each["number"]: each["share_smiling"] for each in marks}
    assert [exact[k + 1] for k in range(len(peaks))] == peaks["share_smiling"].tolist()
    run("norms", "night", *more, "-o", tmp_path / "norms.csv")
    norms = pd.read_csv(tmp_path / "norms.csv").set_index("score")
    assert norms.loc["top_share", "value"] == peaks["share_smiling"][0]
    least = int(more[1]) if more else 1
    found = laughtrack.peaks(laughtrack.load("night", night, min_viewers=least))
    assert found["share_smiling"].tolist() == peaks["share_smiling"].tolist()
