"""Printed faces: one on a poster or a screen does not change for seconds, a living one does.

A face is compared with how it looked up to `STATIC_S` ago, at the same place of the room: a living
one sways against what is behind it, blinks, breathes. Should the camera have moved, so did all of
the room alike, and the place is followed. The tracker (`laughtrack.tracker.static_faces`) decides
what becomes of a face; what it would take from boxes alone 20 s to learn is told here within 3.

What is kept, small pictures of faces and of the room, is in memory alone and for some seconds: it
has no state to be saved, and `forget` is called as often as a restart would forget it.

Limits: faces of less than `MIN_PX`, or filmed with much grain, are left to the tracker. A film on a
screen moves as the living do. Who does not move at all for `STATIC_S` after being first seen is
taken for a picture until the first move, and gets back what was taken.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.pipeline.face_pieces import DISC, FACE_PX, aligned, difference, piece
from laughtrack.edge.pipeline.past_pictures import PastPictures
from laughtrack.edge.pipeline.room_motion import RoomMotion
from laughtrack.tracker.static_faces import MOVED_TIMES, PRINTED
from laughtrack.tracker.tracks import FollowedFace

# A face that never changed by `CHANGE` over this time, in so many comparisons at least, is no
# living one. Together with a birth that is within 3 s. One that did change before must hold still
# for longer: people who watch hold still for seconds, though not as soon as they are found.
STATIC_S, COMPARE_S, MIN_COMPARED = 2.5, 0.2, 4
HELD_STILL_S = 6.0
# Root mean square difference of two pictures of a face of mean 0 and spread 1, one on the other.
# Two pictures of a portrait on a wall differ by 0.01 to 0.06, by 0.03 in the mean; of people, a
# second or more apart, by 0.1 to 0.5 mostly, as they sit still and look at the camera.
CHANGE, MEAN_CHANGE = 0.07, 0.037
# How far a face may be off its place of the room, in face widths, and not have moved, and as many
# pixels more, which are rounded. Where nothing tells how the camera moved, the face alone does.
MAX_OFF, MAX_OFF_UNKNOWN, ROUNDED_PX = 0.012, 0.15, 0.6
# So many changes in a row, against the picture that a face seemed to be, prove that it was none:
# people pass before posters.
CHANGES_OF_PRINTED = 5
# A smaller face has too few pixels for its changes to stand out from noise.
MIN_PX = 28
# A face that was not found for longer is begun with anew.
UNSEEN_S = 1.0
# A picture the same to the last bit for longer is a camera that hangs, or a film's still.
HANGS_S = 0.5


class _Watch(NamedTuple):
    """One face: how it looked at `picture_s`, where (x y side, px), since when it is the same."""

    picture_s: float
    still_s: float
    place: tuple[float, float, float]
    picture: np.ndarray
    compared_s: float
    compared: int = 0
    total: float = 0.0  # of the differences
    changes: int = 0


class PrintedFaces:
    """Watches faces that may be pictures."""

    def __init__(self) -> None:
        self._watched: dict[int, _Watch] = {}
        self._room, self._past = RoomMotion(), PastPictures()
        self._last_s = self._changed_s = 0.0

    def observe(
        self,
        image: np.ndarray,
        faces: Sequence[FollowedFace],
        people: Sequence[np.ndarray],
        t_s: float,
    ) -> dict[int, int]:
        """Compare the faces of a frame with themselves some time ago.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3) or (H, W), uint8, BGR or grey
        faces : sequence of FollowedFace
            Those found in this frame that are still to be judged.
        people : sequence of ndarray, shape (4,)
            All faces of the frame, x1 y1 x2 y2 in pixels: what is no part of the room.
        t_s : float
            The frame's time in seconds, later than at the last call.

        Returns
        -------
        dict
            By ID, of those of whom there is news: `PRINTED`, or how often they have changed.
        """
        step_s, self._last_s = t_s - self._last_s, t_s
        known = {face.viewer_id for face in faces}
        self._watched = {
            number: watch
            for number, watch in self._watched.items()
            if number in known or t_s - watch.compared_s < UNSEEN_S
        }
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if not faces:
            self._past.note(grey, t_s)
            return {}
        hangs = self._hangs(self._room.observe(grey, people, t_s), t_s)
        news = {}
        for face in faces:
            watch = self._watched.get(face.viewer_id)
            if hangs and watch is not None:
                # Time in which nothing at all could change does not count.
                self._watched[face.viewer_id] = watch._replace(still_s=watch.still_s + step_s)
            elif not hangs and (watch is None or t_s - watch.compared_s > COMPARE_S - 1e-6):
                verdict = self._look(grey, face, watch, t_s)
                if verdict != face.verdict:
                    news[face.viewer_id] = verdict
        self._room.keep({watch.picture_s for watch in self._watched.values()})
        self._past.note(grey, t_s)
        return news

    def _hangs(self, changed: bool, t_s: float) -> bool:
        """Whether the picture is the same to the last bit for longer than films repeat one."""
        if changed:
            self._changed_s = t_s
        return t_s - self._changed_s > HANGS_S

    def _look(self, grey: np.ndarray, face: FollowedFace, watch: _Watch | None, t_s: float) -> int:
        """Compare a face with its picture, or take the first one; return the verdict."""
        new = self._met(grey, face, t_s) if watch is None else self._compare(grey, face, watch, t_s)
        self._watched.pop(face.viewer_id, None)
        if new is None:
            return face.verdict
        self._watched[face.viewer_id] = new
        return _verdict(face, new, t_s)

    def forget(self) -> None:
        """Forget all pictures."""
        self._watched = {}
        self._room, self._past = RoomMotion(), PastPictures()

    def _met(self, grey: np.ndarray, face: FollowedFace, t_s: float) -> _Watch | None:
        """Begin with a face, and with how long it had been there before it was found."""
        new = _begin(grey, face, t_s)
        if new is None or face.static or face.verdict:
            return new
        times_s, changes = [t_s], []
        for then_s, before in self._past.pieces(new.place):
            times_s.append(then_s)
            changes.append(_change_here(new, before))
        if t_s - min(times_s) < STATIC_S or max(changes) >= CHANGE:
            return new
        return new._replace(still_s=min(times_s), compared=len(changes), total=sum(changes))

    def _compare(
        self, grey: np.ndarray, face: FollowedFace, watch: _Watch, t_s: float
    ) -> _Watch | None:
        """Compare a face with its picture; begin anew where it changed."""
        change = self._change(grey, watch)
        if change < CHANGE:
            return watch._replace(
                compared_s=t_s, compared=watch.compared + 1, total=watch.total + change, changes=0
            )
        if face.static:
            return watch._replace(compared_s=t_s, changes=watch.changes + 1)
        anew = _begin(grey, face, t_s)
        return anew and anew._replace(changes=1)

    def _change(self, grey: np.ndarray, watch: _Watch) -> float:
        """How much a face has changed, at its place of the picture or of the room."""
        now = piece(grey, watch.place)
        here = _change_here(watch, now)
        if here < CHANGE:
            return here
        place = self._room.since(watch.picture_s, watch.place)
        if place is None:
            return _change_from(watch, now, MAX_OFF_UNKNOWN)
        return _change_from(watch, piece(grey, place), MAX_OFF)


def _change_here(watch: _Watch, now: np.ndarray | None) -> float:
    """How much what is at its place of the picture differs from a face."""
    here = _change_from(watch, now, MAX_OFF)
    if now is None:
        return here
    # A drawn face laid over a film stays where it is, whatever moves around it.
    return min(here, difference(watch.picture, now, DISC))


def _change_from(watch: _Watch, now: np.ndarray | None, most: float) -> float:
    """How much a piece differs; infinitely if it is out of view or more than so many widths off."""
    if now is None:
        return float("inf")
    moved, off = aligned(watch.picture, now)
    if off > (most + ROUNDED_PX / watch.place[2]) * FACE_PX:
        return float("inf")
    return difference(watch.picture, moved)


def _begin(grey: np.ndarray, face: FollowedFace, t_s: float) -> _Watch | None:
    x1, y1, x2, y2 = face.box
    place = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1
    picture = piece(grey, place) if x2 - x1 >= MIN_PX else None
    return None if picture is None else _Watch(t_s, t_s, place, picture, t_s)


def _verdict(face: FollowedFace, watch: _Watch, t_s: float) -> int:
    """What is known of a face now: `PRINTED`, or how often it has changed."""
    if face.static:
        return MOVED_TIMES if watch.changes >= CHANGES_OF_PRINTED else face.verdict
    # Begun anew just now, because it changed.
    if watch.changes and watch.picture_s == t_s:
        return face.verdict + 1
    least_s = HELD_STILL_S if face.verdict else STATIC_S
    lasted = t_s - watch.still_s >= least_s - 1e-6 and watch.compared >= MIN_COMPARED
    same = lasted and watch.total <= MEAN_CHANGE * watch.compared
    return PRINTED if same else face.verdict
