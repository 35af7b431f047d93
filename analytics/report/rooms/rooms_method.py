"""How the page of a film in several rooms came about, in words."""

from __future__ import annotations

from laughtrack.analytics.messages import message
from laughtrack.analytics.rooms.rooms import FilmInRooms


def method(result: FilmInRooms) -> list[tuple[str, str]]:
    """Return (name, text) pairs that explain how the rooms were put together."""
    return [
        (
            message("Rooms"),
            message(
                "Viewers of one room hear each other and are alike, so that rooms are what counts, "
                "not viewers: all intervals and bands are for the mean over rooms such as these. "
                "Sessions of one site are one room."
            ),
        ),
        (
            message("Curve"),
            message(
                "Rooms are weighed by their viewers, worth as many strangers as neighbours make "
                "them, and by how much rooms differ over the whole film. Of few rooms that is not "
                "well known: Student's t says how well, moment by moment. The band of all moments "
                "is {widened:.1f} times as wide as the other here.",
                widened=result.facts.widened,
            ),
        ),
        (
            message("Scores"),
            message(
                "Random-effects means with the interval of Hartung and Knapp (2001), which rests "
                "on how rooms scatter; what a next room shows has its viewers' chance in it. I² is "
                "the part of the scatter that chance does not make (Higgins and Thompson 2002); p "
                "is of Cochran's Q."
            ),
        ),
        (
            message("Peaks"),
            message(
                "A moment counts if it stands out even without the room that is highest there, by "
                "more than in 95 of 100 films in which each room's own curve was moved to another "
                "time."
            ),
        ),
        (
            message("Which room differs"),
            message(
                "Each room beside the mean of all others, with how much rooms differ in the "
                "interval (Viechtbauer and Cheung 2010); p is corrected by Holm for the number of "
                "rooms. Of three rooms nothing is said."
            ),
        ),
        (
            message("Missing"),
            message(
                "What a room does not show is missing there and not in the others. Sessions with "
                "fewer than {least} judged viewers do not count.",
                least=result.facts.min_viewers,
            ),
        ),
    ]
