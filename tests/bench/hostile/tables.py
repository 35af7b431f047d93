"""Files that people and other programs make: what reads them, and a plain reader beside it.

Each kind is a function of a folder; it returns an example, how it is changed, and a function that
takes bytes, reads them as the program does, and returns what is wrong with what was accepted.
"""

import csv
import io
import json
from fractions import Fraction

import numpy as np

from laughtrack.analytics.inputs.dial_recordings import read_dial
from laughtrack.analytics.inputs.scene_lists import read_scenes
from laughtrack.analytics.inputs.viewer_groups import read_groups
from laughtrack.analytics.interchange import face_imports
from laughtrack.models.data import label_table
from laughtrack.tracker.mot import export, files
from tests.analytics.faces_text import OPENFACE_1, OPENFACE_2, PYFEAT, SESSION
from tests.bench.hostile.mutations import json_of, text_of

SCENES = 'start,end,name\n0,10,The bus\n10,1:05.5,"A, b"\n70,80,-3\n'
VTT = (
    "WEBVTT\n\nNOTE x\n\n00:00.000 --> 00:10.000\nThe <b>bus</b>\n\n"
    "1\n00:00:10.000 --> 00:01:05.500\nA\n"
)
SRT = "1\n00:00:00,000 --> 00:00:10,000\nThe bus\n\n2\n00:00:10,000 --> 00:01:05,500\nA\nb\n"
EDL = """TITLE: X
FCM: NON-DROP FRAME

001  AX       V     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00
* FROM CLIP NAME: The bus
002  BX       V     D    024 00:00:20:00 00:00:30:00 01:00:10:00 01:00:20:00
* FROM CLIP NAME: A
M2   BX       012.0                00:00:20:00
"""
DIAL = "t_s,ann,bob\n0,50,1\n0.5,51,\n1:00.5,-3,4e1\n"
GROUPS = "viewer_id,age\n1,old\n2,young\n3,\n4,'=old\n"
LABELS = ",".join(label_table.COLUMNS) + "\na.jpg,lfw,Ann,1,0,happiness,0.1,0,-0.2" + "," * 99
DET = (
    "1,-1,10,20,30.5,40,0.9,-1,-1,-1\n1,-1,60,20,30,40,0.8,-1,-1,-1\n2,-1,11,20,30,40,1,-1,-1,-1\n"
)
TRUTH = "1,1,10,20,30.5,40,1,-1,-1,-1\n1,2,60,20,30,40,1,-1,-1,-1\n2,1,11,20,30,40,1,-1,-1,-1\n"
FACES = "2\n1 2 1 10 20 30 40 1 0.9 -1 60 20 30 40 0 0.2\n2 1 1 11 20 30 40 1 0.8\n"


def _plain_rows(data):
    """Read CSV in the plainest way, or return None for what is not the plainest CSV."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    head = text.split("\n", 1)[0]
    if any(mark in text for mark in "\"\r\x00'") or max(map(head.count, ";\t")) >= head.count(","):
        return None
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    rows = [row for row in rows if any(row)]
    return [dict(zip(rows[0], row, strict=False)) for row in rows[1:]] if rows else None


def _seconds(text):
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return total


def _file(folder, name, read, wrong):
    """Return what judges the bytes of a file: written, read, and compared."""
    path = folder / name

    def judge(data):
        path.write_bytes(data)
        try:
            found = read(path)
        except (ValueError, OSError) as error:
            # A clear error names the file.
            if str(path) not in str(error):
                raise AssertionError(f"an error that names no file: {error!r}") from error
            raise
        return wrong(found, data)

    return judge


def _wrong_scenes(found, data):
    starts, ends = found["start_s"].to_numpy(), found["end_s"].to_numpy()
    # The last of a list of markers goes on.
    if not (np.isfinite([*starts, *ends[:-1]]).all() and (starts < ends).all()):
        return "a scene of no length"
    if (starts[1:] < ends[:-1] - 0.01).any() or not len(found):
        return "scenes that overlap, or none"
    return None


def _wrong_scene_table(found, data):
    rows = _plain_rows(data)
    names = {name.lower() for row in rows or () for name in row}
    if not rows or not {"start", "end"} <= names or len(names) != len(rows[0]):
        return _wrong_scenes(found, data)
    rows = [{name.lower(): cell for name, cell in row.items()} for row in rows]
    wanted = sorted((_seconds(row["start"]), _seconds(row["end"])) for row in rows)
    same = np.allclose(wanted, found[["start_s", "end_s"]].to_numpy(), rtol=1e-12)
    return _wrong_scenes(found, data) or (None if same else "other times")


def _wrong_dial(found, data):
    if not (np.diff(found["t_s"]) > 0).all():
        return "times that go back"
    rows = _plain_rows(data)
    if rows and "t_s" in rows[0]:
        wanted = [[_seconds(row["t_s"]) for row in rows]]
        names = [name for name in rows[0] if name != "t_s"]
        wanted += [[float(row[name] or "nan") for row in rows] for name in names]
        if names != [*found.columns[1:]] or not np.array_equal(
            np.array(wanted).T, found.to_numpy(dtype=float), equal_nan=True
        ):
            return "other values"
    return None


def _wrong_groups(found, data):
    rows = _plain_rows(data)
    if rows and "viewer_id" in rows[0]:
        (name,) = [each for each in rows[0] if each != "viewer_id"]
        wanted = {int(row["viewer_id"]): row[name] for row in rows if row[name]}
        if wanted != dict(zip(found["viewer_id"], found["group"], strict=True)):
            return "other groups"
    return None if set(found["viewer_id"]) <= {1, 2, 3, 4} else "a viewer who is not there"


def _wrong_labels(folder):
    def wrong(found, data):
        # Written and read once more, it is the same.
        label_table.write(folder / "again.csv", found)
        again = label_table.read(folder / "again.csv")
        # As text: an angle that is not known is no number, and equals nothing.
        return None if repr(again) == repr(found) else "not the same again"

    return wrong


def _wrong_faces(found, data):
    table, t_s = found.table, found.frames_t_s
    numbers = table.drop(columns="raw").to_numpy(dtype=float)
    if not (np.isfinite(numbers).all() and (np.diff(t_s) > 0).all() and (t_s >= 0).all()):
        return "numbers that are none, or times that go back"
    unit = table[["quality", "raw"]].fillna(0).to_numpy()
    if ((unit < 0) | (unit > 1)).any() or (table["viewer_id"] < 1).any():
        return "values out of their range"
    if table.duplicated(["viewer_id", "t_s"]).any() or not set(table["t_s"]) <= set(t_s):
        return "a face twice at one time, or at none"
    return None


def _wrong_openface(found, data):
    rows = _plain_rows(data)
    names = ("timestamp", "confidence", "success", "AU12_r")
    if rows and all(row.get(name) for row in rows for name in names):
        here = [row for row in rows if float(row["success"]) > 0]
        wanted = sorted(
            (round(float(row["timestamp"]), 3), min(float(row["AU12_r"]) / 5, 1)) for row in here
        )
        rows = sorted(zip(found.table["t_s"], found.table["raw"], strict=True))
        if len(wanted) != len(rows) or not np.allclose(wanted, rows, atol=1e-3):
            return "other scores"
    return _wrong_faces(found, data)


def _wrong_mot(found, data):
    # Marks of the encoding are no text; U+2028 ends lines where nothing else does.
    text = data.decode().replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = (text if "\n" in text else text.replace("\u2028", "\n")).split("\n")
    rows = [line.split(",") for line in lines if line.strip()]
    boxes = sum(len(each.boxes) for each in found.values())
    kept = [row for row in rows if float(row[6]) != 0]
    names = hasattr(next(iter(found.values()), None), "ids")
    if boxes != (len(kept) if names else len(rows)):
        return "other boxes"
    if names:
        again = export.mot_text(found)
        wanted = sorted((int(float(r[0])), int(float(r[1]))) for r in kept)
        if wanted != sorted(tuple(map(int, line.split(",")[:2])) for line in again.splitlines()):
            return "other IDs"
    return None


def _wrong_sequence(found, data):
    detections, truth = found
    if set(detections) != set(truth) or not detections:
        return "frames without a truth" if detections else None
    if any(not 0 <= frame <= files.MAX_FRAME for frame in detections):
        return "a frame that is none"
    return None


def _sequence(path):
    if not files.is_face_sequence(path):
        raise ValueError(f"{path}: MOTChallenge")
    return files.read_faces(path)


def _openface(path):
    return face_imports.read(path, "openface")


def _otio_example():
    import opentimelineio as otio

    def span(start, count):
        time = otio.opentime.RationalTime
        return otio.opentime.TimeRange(time(start, 24), time(count, 24))

    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for name, start in (("The bus", 0), ("A", 240)):
        track.append(otio.schema.Clip(name, source_range=span(start, 240)))
    timeline = otio.schema.Timeline("X")
    timeline.tracks.append(track)
    return json.loads(otio.adapters.write_to_string(timeline, "otio_json"))


def kinds(folder):
    """Return, by name, how an input of each kind is made and what judges it."""
    viewers, rate = [1, 2, 3, 4], Fraction(25)
    labels = LABELS.split("\n")
    table = labels[0] + "\n" + ",".join(labels[1].split(",")[: labels[0].count(",") + 1]) + "\n"

    def pyfeat(path):
        return face_imports.read(path, "pyfeat", rate)

    def affectiva(path):
        return face_imports.read(path, "affectiva")

    def groups(path):
        return read_groups(path, viewers)

    def scenes(ending, example, wrong=_wrong_scenes):
        return text_of(example), _file(folder, f"scenes.{ending}", read_scenes, wrong)

    return {
        "scenes csv": scenes("csv", SCENES, _wrong_scene_table),
        "scenes vtt": scenes("vtt", VTT),
        "scenes srt": scenes("srt", SRT),
        "scenes edl": scenes("edl", EDL),
        "scenes otio": (
            json_of(_otio_example()),
            _file(folder, "scenes.otio", read_scenes, _wrong_scenes),
        ),
        "dial": (text_of(DIAL), _file(folder, "dial.csv", read_dial, _wrong_dial)),
        "groups": (text_of(GROUPS), _file(folder, "groups.csv", groups, _wrong_groups)),
        "labels": (
            text_of(table),
            _file(folder, "faces.csv", label_table.read, _wrong_labels(folder)),
        ),
        "openface": (
            text_of(OPENFACE_2) | text_of(OPENFACE_1),
            _file(folder, "openface.csv", _openface, _wrong_openface),
        ),
        "pyfeat": (text_of(PYFEAT), _file(folder, "pyfeat.csv", pyfeat, _wrong_faces)),
        "affectiva": (
            json_of(json.loads(SESSION)),
            _file(folder, "affectiva.json", affectiva, _wrong_faces),
        ),
        "mot boxes": (text_of(DET), _file(folder, "det.txt", files.read_detections, _wrong_mot)),
        "mot truth": (text_of(TRUTH), _file(folder, "gt.txt", files.read_identities, _wrong_mot)),
        "mot faces": (text_of(FACES), _file(folder, "seq.txt", _sequence, _wrong_sequence)),
    }
