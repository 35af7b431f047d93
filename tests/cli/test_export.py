"""Sessions go out as other programs' files by the command."""

import opentimelineio as otio
import pandas as pd
import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from tests.analytics.faces_text import OPENFACE_1

PEAKS = {"otio": "otio_json", "edl": "cmx_3600", "fcp7xml": "fcp_xml"}


@pytest.mark.slow
@pytest.mark.parametrize("form", PEAKS)
def test_peaks_are_opened_by_opentimelineio(run, form, night, tmp_path, capsys):
    """The laugh at 20 s of the session is at 30 s of the film."""
    path = tmp_path / "peaks"
    run("export", "night", "--as", form, "-o", path, "--fps", "25")
    said = capsys.readouterr()
    assert said.out.strip() == str(path) and said.err == "1 peak\n"
    timeline = otio.adapters.read_from_string(
        path.read_text(), PEAKS[form], **({"rate": 25} if form == "edl" else {})
    )
    marks = [*timeline.tracks.markers, *(m for c in timeline.find_clips() for m in c.markers)]
    (span,) = [mark.marked_range for mark in marks]
    middle_s = (span.start_time + span.end_time_inclusive()).to_seconds() / 2
    assert middle_s == pytest.approx(30.0, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "form, options, begins",
    [
        ("vtt", [], b"WEBVTT\n\n00:00:2"),
        ("premiere", ["--fps", "25", "--start-timecode", "01:00:00:00"], b"\xff\xfeM"),
        ("resolve", ["--fps", "29.97", "--start-timecode", "01:00:00;00"], b"TITLE: The Night"),
        ("mot", ["--fps", "30"], b"1,1,60.00,10.00,50.00,50.00,1,-1,-1,-1\n1,2,"),
    ],
)
def test_other_forms_are_written(run, form, options, begins, night, tmp_path):
    """Each begins as its readers expect."""
    path = tmp_path / "out"
    run("export", "night", "--as", form, "-o", path, *options)
    assert path.read_bytes().startswith(begins)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, says",
    [
        (["--as", "edl"], "give --fps, the film's"),
        (["--as", "mot"], "give --fps, the footage's"),
        (["--as", "vtt", "--fps", "25"], "seconds, not frames"),
        (["--as", "vtt", "--start-timecode", "01:00:00:00"], "no time codes"),
        (["--as", "openface", "--min-viewers", "5"], "single viewers"),
        (["--as", "otio", "--fps", "25", "--start-timecode", "1"], "HH:MM:SS:FF"),
        (["--as", "openface", "--top", "3"], "--top: --as openface writes the viewers"),
        (["--as", "vtt", "--top", "0"], "--top"),
        *((["--as", "vtt", "--max-p", p], "--max-p") for p in ("0", "1.5", "nan", "-1", "x")),
        (["--as", "edl", "--fps", "29.97", "--start-timecode", "00:00:00;00"], "not drop-frame"),
    ],
)
def test_export_misused_is_2(words, says, night, tmp_path, capsys):
    """What was typed wrong is named; nothing is written."""
    path = tmp_path / "out"
    assert app.main(["export", "night", *words, "-o", str(path)]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert not path.exists()


@pytest.mark.slow
def test_some_of_the_peaks(run, night, tmp_path, capsys):
    """The one peak is hardly chance; what is left out is counted, and fcpxml says what it was."""
    path = tmp_path / "peaks.fcpxml"
    run("export", "night", "--as", "fcpxml", "--fps", 25, "--top", 1, "-o", path)
    assert "fcp7xml" in (said := capsys.readouterr().err) and said.endswith("\n1 peak\n")
    assert path.read_text().count("<marker ") == 1
    run("export", "night", "--as", "vtt", "--max-p", 0.0001, "-o", tmp_path / "peaks.vtt")
    assert capsys.readouterr().err == "0 peaks; 1 left out by --top or --max-p\n"


@pytest.mark.slow
def test_peaks_of_few_are_withheld(run, night, tmp_path, capsys):
    """Five could be judged; six are asked."""
    path = tmp_path / "peaks.vtt"
    run("export", "night", "--as", "vtt", "-o", path, "--min-viewers", 6)
    assert path.read_text() == "WEBVTT\n" and "0 peaks" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("form, read", [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
@pytest.mark.parametrize("command", ["curve", "peaks"])
def test_audience_tables_are_read_back(run, command, form, read, night, tmp_path):
    """To six decimals."""
    from laughtrack.analytics.audience.bands import curve_with_bands
    from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
    from laughtrack.analytics.timelines.session_tables import SessionTables

    path = tmp_path / f"table.{form}"
    run(command, "night", "-o", path)
    found = {"curve": curve_with_bands, "peaks": peaks_with_certainty}[command](
        SessionTables(load(night, "night"))
    )
    pd.testing.assert_frame_equal(read(path), found, rtol=0, atol=5e-7)
    assert len(found)


@pytest.mark.slow
def test_curve_of_few_is_withheld(run, night, tmp_path):
    """Numbers of viewers are said, figures are not."""
    path = tmp_path / "curve.csv"
    run("curve", "night", "--min-viewers", 6, "-o", path)
    table = pd.read_csv(path)
    assert table.loc[:, "share_smiling":].drop(columns="watched").isna().all(axis=None)
    assert (table["judged"] == 5).all()


@pytest.mark.slow
def test_nobody_is_a_result(run, store, tmp_path, capfd):
    """A session without viewers has a curve, no peaks, and files without any."""
    path = tmp_path / "empty.csv"
    path.write_text(OPENFACE_1.replace(", 1, 0.29", ", 0, 0.29"))
    run("import", path, "--as", "openface", "--session", "empty")
    run("peaks", "empty")
    assert "nothing: no rows" in capfd.readouterr().out
    for form in ("openface", "affectiva", "vtt"):
        run("export", "empty", "--as", form, "-o", tmp_path / form)
    assert (tmp_path / "vtt").read_text() == "WEBVTT\n"
