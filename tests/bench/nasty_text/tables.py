"""Nasty tables: CSV as people, spreadsheets and programs of faces save it, and detection files."""

from fractions import Fraction

from hypothesis import strategies as st

from laughtrack.analytics.inputs.dial_recordings import read_dial
from laughtrack.analytics.inputs.scene_lists import read_scenes
from laughtrack.analytics.inputs.viewer_groups import read_groups
from laughtrack.analytics.interchange import face_imports
from laughtrack.edge import settings as device_settings
from laughtrack.models.data import label_table
from laughtrack.tracker.mot import files
from tests.bench.nasty_text.frame import Case, encoded

# No numbers: each names its line, wherever one is expected.
BROKEN = ("inf", "-inf", "1.#INF", "1e400", "1_000", "0x10", "12%", "1.234,5", "1 234,5", "x")
BROKEN += ("--1", "May-01", "01.05.2026", "1:75", "٣", "１２", "9" * 400, "=1+1", "−5")
NANS = ("nan", "-nan(ind)", "1.#QNAN", "-1.#IND", "NaN")
NAMES = ("Anfang", "früh; spät", 'a "b" c', "x, y", "1999", "=1+1", "two\nlines", " ", "", "ß|ä")


@st.composite
def tables(draw, columns, rows, broken=None):
    """Draw a spreadsheet's way of saving a table; return its bytes' strategy and a line's number.

    `rows` of text, numbers with points. `broken` is a row's number; the line is where it begins.
    """
    delimiter = draw(st.sampled_from(",;\t"))
    commas = delimiter == ";" and draw(st.booleans())
    lines = [draw(st.sampled_from(("sep=" + delimiter, '"sep=' + delimiter + '"')))]
    lines = lines if draw(st.booleans()) and delimiter != "\t" else []
    empty = delimiter * draw(st.sampled_from((0, 0, 1, 3)))
    blank = draw(st.booleans())
    header = [draw(st.sampled_from((each, each.upper(), f" {each} "))) for each in columns]
    lines.append(delimiter.join(header) + empty)
    at = None
    for number, row in enumerate(rows):
        if blank and draw(st.booleans()):
            lines.append(draw(st.sampled_from(("", delimiter * 2, "  "))))
        if number == broken:
            at = 1 + sum(each.count("\n") + 1 for each in lines)
        cells = [_cell(draw, each, delimiter, commas and number != broken) for each in row]
        lines.append(delimiter.join(cells) + empty)
    return draw(encoded(lines)), at


def _cell(draw, cell, delimiter, commas):
    if isinstance(cell, float | int):
        text = repr(cell)
        return text.replace(".", ",") if commas else text
    marks = (delimiter, '"', "\n", ",")
    if any(each in cell for each in marks) or (cell.strip() and draw(st.booleans())):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _times(draw, count):
    at, found = 0.0, []
    for _ in range(count):
        at = round(at + draw(st.sampled_from((0.5, 1, 10.25, 61.5))), 3)
        found.append(at)
    return found


@st.composite
def _scenes(draw):
    times = [0.0, *_times(draw, draw(st.integers(1, 5)))]
    names = [draw(st.sampled_from(NAMES)) for _ in times[1:]]
    rows = [[a, b, name] for a, b, name in zip(times, times[1:], names, strict=False)]
    right = [(a, b, name.strip() or f"scene {k}") for k, (a, b, name) in enumerate(rows, 1)]
    return draw(_maybe_broken((("start", "end", "name"), rows), right, (0, 1)))


@st.composite
def _maybe_broken(draw, table, right, numbers, words=BROKEN):
    """A case of a table, with a number in one of three made one that is none."""
    columns, rows = table
    if draw(st.integers(0, 2)):
        data, _ = draw(tables(columns, rows))
        return Case(data, ".csv", right)
    at, column = draw(st.integers(0, len(rows) - 1)), draw(st.sampled_from(numbers))
    rows = [list(row) for row in rows]
    rows[at][column] = draw(st.sampled_from(words))
    data, line = draw(tables(columns, rows, at))
    return Case(data, ".csv", None, (f"line {line}:",))


@st.composite
def _dials(draw):
    times = _times(draw, draw(st.integers(1, 6)))
    values = st.sampled_from((0.5, -3, 51.25, 1e-3, 100.0))
    rows = [[t_s, draw(values), draw(values)] for t_s in times]
    right = [tuple(map(float, row)) for row in rows]
    return draw(_maybe_broken((("time", "Ann", "bob ü"), rows), right, (0, 1, 2)))


@st.composite
def _groups(draw):
    viewers = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True))
    groups = [draw(st.sampled_from(("old", "young", "früh"))) for _ in viewers]
    rows = [[viewer, name] for viewer, name in zip(viewers, groups, strict=True)]
    right = sorted(zip(viewers, groups, strict=True))
    words = (*BROKEN, "1.5", "-1")
    return draw(_maybe_broken((("viewer_id", "age"), rows), right, (0,), words))


@st.composite
def _labels(draw):
    count = draw(st.integers(1, 5))
    yaws = [draw(st.sampled_from((0.5, -0.25, 1.5))) for _ in range(count)]
    rows = [[f"ü {k}.jpg", "own", f"p{k}", k % 2, yaw, 0, 0.125] for k, yaw in enumerate(yaws)]
    right = [(f"ü {k}.jpg", str(k % 2), yaw) for k, yaw in enumerate(yaws)]
    columns = (*label_table.REQUIRED, *label_table.POSE)
    return draw(_maybe_broken((columns, rows), right, (4, 6)))


@st.composite
def _openface(draw):
    times = _times(draw, draw(st.integers(1, 6)))
    score = draw(st.sampled_from((0.0, 2.5, 5.0)))
    rows = [[k, t_s, 0.98, 1, score] for k, t_s in enumerate(times, 1)]
    right = [(t_s, score / 5) for t_s in times]
    columns = ("frame", "timestamp", "confidence", "success", "AU12_r")
    return draw(_maybe_broken((columns, rows), right, (1, 4)))


@st.composite
def _with_nans(draw):
    """OpenFace's own file, with no score where it says so."""
    words = [draw(st.sampled_from((*NANS, "", "2.5"))) for _ in range(draw(st.integers(1, 6)))]
    lines = ["frame, timestamp, confidence, success, AU12_r"]
    lines += [f"{k + 1}, {k}.5, 0.98, 1, {word}" for k, word in enumerate(words)]
    right = [(k + 0.5, 0.5 if word == "2.5" else None) for k, word in enumerate(words)]
    return Case(draw(encoded(lines)), ".csv", right)


@st.composite
def _pyfeat(draw):
    times = draw(st.integers(1, 6))
    rows = [[k, 10, 20, 30.5, 40, 0.9, 0.5] for k in range(times)]
    columns = ("frame", "FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore")
    right = [(k / 25, 0.5) for k in range(times)]
    return draw(_maybe_broken(((*columns, "AU12"), rows), right, (0, 6)))


@st.composite
def _imotions(draw):
    above = draw(st.sampled_from(([], ["Study name : x", "", "version 6"], ["#METADATA", "#DATA"])))
    smile = draw(st.sampled_from(("Smile", "Joy Evidence")))
    words = [draw(st.sampled_from((0, 50.5, *NANS, ""))) for _ in range(draw(st.integers(2, 6)))]
    lines = [*above, f"StudyName\tTimestamp\tEventSource\t{smile}"]
    lines += [f"x\t{40 * k}\tAFFDEX\t{word}" for k, word in enumerate(words)]
    score = {"Smile": {0: 0.0, 50.5: 0.505}, "Joy Evidence": {0: 0.5, 50.5: 1.0}}[smile]
    right = [(0.04 * k, score[word]) for k, word in enumerate(words) if not isinstance(word, str)]
    right = [(round(t_s, 3), value) for t_s, value in right]
    if draw(st.integers(0, 2)):
        return Case(draw(encoded(lines)), ".txt", right)
    at, word = draw(st.integers(len(above) + 1, len(lines) - 1)), draw(st.sampled_from(BROKEN))
    lines[at] = "\t".join([*lines[at].split("\t")[:3], word])
    return Case(draw(encoded(lines)), ".txt", None, (f"line {at + 1}:",))


@st.composite
def _mot(draw, ids):
    gap = draw(st.sampled_from((", ", ",", " , ")))
    frames = draw(st.lists(st.integers(0, 9_000_000), min_size=1, max_size=6, unique=True))
    rows = [[frame, ids, 10.5, 20, 30, 40, 0.9, -1, -1, -1] for frame in frames]
    texts = [gap.join(map(str, row)) for row in rows]
    if draw(st.integers(0, 2)):
        for blank in draw(st.lists(st.integers(0, len(texts)), max_size=2)):
            texts.insert(blank, draw(st.sampled_from(("", " "))))
        return Case(draw(encoded(texts)), ".txt", [(frame, 10.5) for frame in sorted(frames)])
    at, column = draw(st.integers(0, len(rows) - 1)), draw(st.sampled_from((0, 1, 2, 5)))
    words = BROKEN if ids > 0 or column == 0 else ("1_0", "0x10", "50%", "١", "x", "1e400")
    rows[at][column] = draw(st.sampled_from(words))
    lines = [",".join(map(str, row)) for row in rows]
    if "," in str(rows[at][column]):
        lines[at] = ",".join(lines[at].split(",")[:4])
    return Case(draw(encoded(lines)), ".txt", None, (f"line {at + 1}:",))


@st.composite
def _settings(draw):
    title = draw(st.sampled_from(("The Night Bus", "Märchen", "a = b", "100 %")))
    rate = draw(st.sampled_from(("10", "7.5")))
    lines = ["# by hand", "", "[laughtrack]", f"title = {title}", f"rate_hz={rate}"]
    right = (title, float(rate))
    if draw(st.integers(0, 2)):
        return Case(draw(encoded(lines)), ".ini", right)
    lines[4] = "rate_hz = " + draw(st.sampled_from(("x", "nan", "inf", "", "12%", "1,5", "-1")))
    return Case(draw(encoded(lines)), ".ini", None, ("rate_hz",))


def _faces(form, rate=None):
    def read(path):
        table = face_imports.read(path, form, rate).table
        raws = [None if raw != raw else round(raw, 6) for raw in table["raw"]]
        return list(zip(table["t_s"], raws, strict=True))

    return read


def _rows(table):
    return [tuple(row) for row in table.itertuples(index=False)]


def _boxes(read):
    def boxes(path):
        return [(frame, float(each.boxes[0, 0])) for frame, each in sorted(read(path).items())]

    return boxes


def _pictures(path):
    return [(each.path.name, each.smile, each.pose[0]) for each in label_table.read(path)]


def _loaded(path):
    found = device_settings.load(str(path), None, {})
    return found.title, found.rate_hz


FORMATS = {
    "scenes csv": lambda folder: (_scenes(), lambda path: _rows(read_scenes(path))),
    "dials": lambda folder: (_dials(), lambda path: _rows(read_dial(path))),
    "groups": lambda folder: (_groups(), lambda path: _rows(read_groups(path, range(1, 10)))),
    "labels": lambda folder: (_labels(), _pictures),
    "openface": lambda folder: (_openface(), _faces("openface")),
    "openface nan": lambda folder: (_with_nans(), _faces("openface")),
    "pyfeat": lambda folder: (_pyfeat(), _faces("pyfeat", Fraction(25))),
    "imotions": lambda folder: (_imotions(), _faces("imotions")),
    "mot boxes": lambda folder: (_mot(-1), _boxes(files.read_detections)),
    "mot truth": lambda folder: (_mot(1), _boxes(files.read_identities)),
    "settings": lambda folder: (_settings(), _loaded),
}
