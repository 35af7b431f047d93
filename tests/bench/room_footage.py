"""How often a film is taken for the room's footage, and the footage for a film.

Each clip is replayed into a session; it is then asked of each other clip, and of copies of its own
footage, whether they show the room. `python -m tests.bench.room_footage [CLIPS]`.
"""

import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from laughtrack.analytics.report.room_footage import faces_of, shows_room
from laughtrack.analytics.store.sessions import load
from laughtrack.cli.recordings.recording import Plan, Recording
from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.simulate.simulate import simulate
from tests.tools import DATA

CLIPS = (
    "clips/sofa_long.mp4", "clips/sofa_two.mp4", "clips/sofa_wide.mp4", "clips/sitcom_group.mp4",
    "clips/one_actor.mp4", "clips/ok_sign.mp4", "clips/meeting_green.mp4", "clips/film_pan.mp4",
    "clips/masks_four.mp4", "clips/banner_talk.mp4", "clips/call_grid_a.mp4",
    "clips/emoji_row.mp4", "footage/single_face.mp4", "footage/short_hamilton_clip.mp4",
    "footage/WolfgangLanger_Pexels.mp4", "footage/woman_looking_down.mp4",
)  # fmt: skip


def copy(source, output, change=lambda picture: picture, from_s=0.0, to_s=1e9, fps=None):
    """Encode a film again, each picture changed."""
    film = cv2.VideoCapture(str(source), cv2.CAP_FFMPEG)
    rate, writer, number = film.get(cv2.CAP_PROP_FPS) or 25.0, None, 0
    while True:
        there, picture = film.read()
        if not there:
            break
        number += 1
        if not from_s <= (number - 1) / rate < to_s:
            continue
        picture = np.ascontiguousarray(change(picture))
        if writer is None:
            size = picture.shape[1], picture.shape[0]
            code = cv2.VideoWriter_fourcc(*"mp4v")
            writer = cv2.VideoWriter(str(output), code, fps or rate, size)
        writer.write(picture)
    writer.release()
    film.release()
    return output


def cropped(picture):
    """Cut 15 % off each side."""
    h, w = picture.shape[:2]
    return picture[int(0.1 * h) : int(0.9 * h), int(0.15 * w) : int(0.85 * w)]


def boxed(picture):
    """Put black bars above and below."""
    bar = np.zeros_like(picture[: picture.shape[0] // 6])
    return np.concatenate([bar, picture, bar])


def sized(x, y):
    """Return a change of the picture's size."""
    return lambda picture: cv2.resize(picture, None, fx=x, fy=y)


COPIES = {
    "as it is": {},
    "scaled to 2/3": {"change": sized(0.67, 0.67)},
    "mirrored": {"change": lambda picture: picture[:, ::-1]},
    "cropped": {"change": cropped},
    "letterbox": {"change": boxed},
    "stretched": {"change": sized(1.0, 1.33)},
    "upside down": {"change": lambda picture: picture[::-1, ::-1]},
    "trimmed": {"from_s": 2.0},
}


def find_faces(picture):
    """Look for faces as the command does."""
    return Finder().scan(picture).boxes


def sessions(folder, clips):
    """Replay the clips and three simulated rooms; yield (name, film, readings)."""
    films = {Path(clip).stem: DATA / clip for clip in clips if (DATA / clip).exists()}
    for viewers, size in ((1, (480, 270)), (3, (480, 270)), (12, (960, 540))):
        films[f"room of {viewers}"] = folder / f"room{viewers}.mp4"
        simulate(films[f"room of {viewers}"], viewers, 15, size, seed=viewers)
    for name, film in films.items():
        plan = Plan(str(film), name, 5.0, 0.0, 20.0, False, {"context": "screening"})
        Recording(plan, str(folder / "store")).run()
        yield name, film, load(str(folder / "store"), name).readings


def main(clips=CLIPS):
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        known = [each for each in sessions(folder, clips or CLIPS) if len(each[2]) > 20]
        missed, alarms, pairs, took = {}, [], 0, []
        for name, film, _ in known:
            for kind, change in COPIES.items():
                began = time.process_time()
                looks = faces_of(str(copy(film, folder / "c.mp4", **change)), find_faces)
                for of, _, readings in known:
                    told = shows_room(looks, readings)
                    if of == name:
                        took.append(time.process_time() - began)
                        missed.setdefault(kind, []).append("" if told else name)
                    else:
                        pairs += 1
                        alarms += [f"{name}, {kind}, as film of {of}"] if told else []
            print(f"{name}: done", flush=True)
        for kind, names in missed.items():
            print(f"{kind:16} missed {sum(map(bool, names))} of {len(names)}", *filter(None, names))
        print(f"false alarms: {len(alarms)} of {pairs}", *alarms, sep="\n  ")
        print(f"seconds of one core a film, middle: {np.median(took):.1f}")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
