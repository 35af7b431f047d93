"""The last section of the page: how this was measured, what was withheld, settings and model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from laughtrack.analytics.audience.correction.session_correction import Correction
from laughtrack.analytics.audience.peaks import LEAST_RISE
from laughtrack.analytics.audience.session_analysis import SessionAnalysis
from laughtrack.analytics.formatting import percent, percent_range
from laughtrack.analytics.messages import joined, message
from laughtrack.analytics.report.elements import Table, flatten
from laughtrack.analytics.report.figures.curve_bands import has_values
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.smiles import LEAST_SMILE_S, OFF, ON

# Facts shown elsewhere on the page.
ELSEWHERE = {
    *("title", "context", "source", "footage", "media_offset_s", "complete", "cut_short_s"),
    *("lost_pictures", "marks", "error_model"),
}

MEANING = (
    (
        message("Viewer"),
        message(
            "A face followed through the session under one number. The number means nothing "
            "outside this session, and it is not known who it was. Someone who was lost from "
            "view for long may have come back under another number. Who was in view for less "
            "than a second in all, or turned out to be printed or on a screen, is left out of "
            "everything."
        ),
    ),
    (
        message("Smile"),
        message(
            "How strongly a face shows a smile, from 0 to 1, steadied over a fraction of a "
            "second. It says what a face did, not what a person felt."
        ),
    ),
    (
        message("Smiling"),
        message(
            "A smile begins when the score reaches {on:g}, ends when it falls below {off:g} and "
            "lasts at least {least:g} s.",
            on=ON,
            off=OFF,
            least=LEAST_SMILE_S,
        ),
    ),
    (
        message("Judged"),
        message(
            "A face that is too small, too turned or too blurred is counted as visible and has no "
            "score. Missing is left blank; it is never counted as not smiling."
        ),
    ),
    (
        message("Means"),
        message(
            "Every mean is over viewers: first each viewer's own mean over the time that viewer "
            "could be judged, then the mean of those. A viewer in view for longer does not count "
            "for more. The curve's mean smile is of the scores before steadying, so that it does "
            "not lag."
        ),
    ),
    (
        message("Peak moment"),
        message(
            "Where the audience's mean score, smoothed over about a second, stands at least "
            "{rise:g} above the half minute on either side. It lasts while the score is more than "
            "half that high. Moments are in the order of how far they stand out.",
            rise=LEAST_RISE,
        ),
    ),
)

# By what the faces were found, as a session's settings name it.
FOUND_BY = {
    "haar": message(
        "By Haar cascades: OpenCV's for faces from the front, and from the side where a viewer is "
        "missed. Few faces that are tilted, turned far, covered or dark are found."
    ),
    "net": message("By FinderNet, a small neural net that looks at the whole picture each time."),
    "both": message(
        "By FinderNet, a small neural net, and by OpenCV's Haar cascades: whoever either finds."
    ),
}

STATES = (
    message("Missing"),
    message(
        "A viewer whose face was not found is absent; one whose face was found but could not be "
        "judged is present, not judged; while the camera was off nothing is known of anybody. "
        "Nothing of it counts as not smiling: figures are of those who could be judged, and take "
        "the missing ones to be like them. Where they are many, the bounds on the curve say what "
        "they could change."
    ),
)
BAND = (
    message("Band"),
    message(
        "Drawn around the curve of those who could be judged, so that it holds the share that a "
        "very large audience of such viewers would have shown, for each moment by itself in 95 "
        "of 100 audiences, and the paler one for all moments at once. Whole viewers are drawn "
        "anew for it, neighbours together; how alike these are is read from the session by the "
        "distance of faces, and drawn towards what is usual where it says little. Only what "
        "leaves the paler band, or has been tested, may be picked out of the whole curve. There "
        "is no band where too few were judged."
    ),
)
BY_CHANCE = (
    message("By chance?"),
    message(
        "Many sessions were made up from the laughs of this one in which nothing was funny to "
        "all: each viewer laughs as often and as long as here, but at other times, and one laugh "
        "sets off others as often as it does in the quiet parts of this session. p is how often "
        "the sharpest moment of such a session, anywhere in it, had as many viewers begin to "
        "laugh within two seconds or so. At most 0.05 is taken for more than chance."
    ),
)
SYNCHRONY = (
    message("Synchrony"),
    message(
        "How each viewer's smile over time correlates with the mean of the others', from -1 to "
        "1, 0 for no common timing (leave-one-out inter-subject correlation). Of few viewers, or "
        "of those who hardly moved, there is none."
    ),
)


MISREAD = message("Misread faces")
LESS_WELL = message("Judged less well")
# What the scorer's makers measured people by; ages and what FairFace calls race stay as they are.
GROUPS = {
    "glasses": message("people with glasses"),
    "no glasses": message("people without glasses"),
    "female": message("women"),
    "male": message("men"),
}


class Method(NamedTuple):
    """How it was measured: (name, text) of each term, what was withheld, and facts as tables."""

    meaning: list[tuple[str, str]]
    privacy: str
    tables: list[Table]


def method(session: Session, min_viewers: int, found: SessionAnalysis) -> Method:
    """Explain what was measured and how, with the settings, versions and model.

    `found` is what the page shows: only what it has is explained.
    """
    info = session.info
    meaning = [*MEANING, STATES]
    meaning += _found_by(info.get("settings"))
    meaning += [BAND] if has_values(found.curve, "share_low") else []
    meaning += [(MISREAD, _misread(found.correction))]
    meaning += _judged_less_well(found.correction)
    meaning += [BY_CHANCE] if "p_value" in found.moments else []
    meaning += [SYNCHRONY] if found.synchrony else []
    meaning += _data(f"{session.device}/{session.name}", min_viewers)
    return Method(meaning, _privacy(min_viewers), _facts(info))


def _misread(found: Correction) -> str:
    """Say how shares were put right for the scorer's errors, or why they were not."""
    if not found.possible or found.model is None:
        return message(
            "Shares are as scored, not corrected for how often a face is misread: {reason}.",
            reason=found.reason,
        )
    smiles, others = found.model.errors
    return message(
        "Now and then a face is misread: a smile is missed, or a resting face taken for one. How "
        "often was measured on labelled faces: {smiles} of smiles and {others} of other faces "
        "are read right ({smiles_range} and {others_range}, 95 %). The share of looks scored as "
        "smiles is corrected for it (Rogan and Gladen 1978); errors that last, such as those at "
        "a resting face that looks like a smile, reach the curve, momentary ones do not, and how "
        "much does so is read off this session. Intervals contain how well the errors are known, "
        "and that a few such faces more or less may be among few viewers; they are therefore "
        "wider than those of the shares as scored. Not corrected are the mean smile, the "
        "synchrony, and what is of single viewers.",
        smiles=percent(smiles.value),
        others=percent(others.value),
        smiles_range=percent_range(smiles.low, smiles.high),
        others_range=percent_range(others.low, others.high),
    )


def _judged_less_well(found: Correction) -> list[tuple[str, str]]:
    """Say of which people the scorer errs more, if it is known of any."""
    if found.model is None or not found.model.weak_groups:
        return []
    groups = [
        message("{group} ({below:.1f} points)", group=GROUPS.get(group, group), below=100 * below)
        for group, below in found.model.weak_groups
    ]
    text = message(
        "On labelled faces smiles were told less well of some people than of all, by more than 3 "
        "points of balanced accuracy: {groups}. An audience with many of them is measured less "
        "exactly.",
        groups=joined(groups),
    )
    return [(LESS_WELL, text)]


def _data(name: str, min_viewers: int) -> list[tuple[str, str]]:
    """Say where the figures are as tables, and what to do with the session next."""
    singles = message(
        "Every reading of each viewer: laughtrack timelines {name}. A line a viewer: laughtrack "
        "viewers {name}. Files for other programs: laughtrack export {name}.",
        name=name,
    )
    tables = message(
        "The session is stored as {name}. This page's figures as tables: laughtrack curve {name}, "
        "laughtrack peaks {name}.",
        name=name,
    )
    after = message(
        "Whether another cut plays better: show it to another audience, and compare the two with "
        "laughtrack compare {name} OTHER. Where this one stands among others of the store: "
        "laughtrack norms {name}.",
        name=name,
    )
    found = [tables] if min_viewers > 1 else [tables, singles]
    return [(message("Data"), joined(found, " ")), (message("What next"), after)]


def _found_by(settings: object) -> list[tuple[str, str]]:
    """Say by what the faces were found, where it is told: imported sessions tell nothing of it."""
    finder = settings.get("finder") if isinstance(settings, dict) else None
    if not isinstance(finder, str) or finder not in FOUND_BY:
        return []
    return [(message("Faces"), FOUND_BY[finder])]


def _privacy(min_viewers: int) -> str:
    least = message(
        "No figure was withheld for coming from few viewers: the least number was set to 1."
    )
    if min_viewers > 1:
        least = message(
            "Audience figures from fewer than {least} viewers are withheld, and all that is of "
            "single viewers. Figures are of fixed groups of at least so many, who are shown as a "
            "whole or not at all, a second a step; how many of a group smiled is rounded down to "
            "whole viewers, at most all but one. Subtracting figures from each other leads to no "
            "single viewer.",
            least=min_viewers,
        )
    pictures = message(
        "The page has no picture of the room or of a face; a still is of the film. The viewers' "
        "numbers lead to nobody outside this session."
    )
    return joined([least, pictures], " ")


def _facts(info: Mapping[str, Any]) -> list[Table]:
    """Return the session's settings, versions and model card as tables."""
    facts = {name: value for name, value in info.items() if name not in ELSEWHERE}
    named = {name: value for name, value in facts.items() if isinstance(value, dict)}
    loose = {name: value for name, value in facts.items() if not isinstance(value, dict)}
    if loose:
        named["settings"] = {**loose, **named.get("settings", {})}
    captions = {
        "settings": message("Settings"),
        "versions": message("Versions"),
        "model": message("Model card"),
    }
    head = message("Name"), message("Value")
    return [
        Table(captions.get(name, name), head, flatten(named[name]), "facts")
        for name in sorted(named, key=lambda name: [*captions, name].index(name))
        if named[name]
    ]
