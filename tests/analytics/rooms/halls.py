"""Pretend halls that show one film, as sessions."""

import numpy as np

from laughtrack.analytics.rooms.film_steps import by_film_time
from laughtrack.analytics.rooms.rooms import film_in_rooms
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.pretend import Room, session

JOKES = ((20.0, 0.5), (60.0, 0.8), (95.0, 0.4))


def hall(number, viewers=20, seconds=120.0, jokes=JOKES, info=None, **room):
    """Return the tables of the film in a hall."""
    made = Room(viewers, seconds, jokes, 0.2, seed=number, **{"at_rest": 0.05, **room})
    known = {"title": "The Night Bus", "media_offset_s": 0.0, **(info or {})}
    return SessionTables(session(made, 5.0, known, f"hall {number}"))


def together(halls, **settings):
    """Put halls together by the film's time."""
    return film_in_rooms(halls, by_film_time(halls), halls.__getitem__, **settings)


def curves(truth, rooms, viewers, differ, rng):
    """Return (K, T) shares of so many independent viewers in rooms whose logits differ."""
    logit = np.log(truth / (1 - truth)) + differ * rng.standard_normal((rooms, 1))
    return rng.binomial(viewers, 1 / (1 + np.exp(-logit))) / viewers
