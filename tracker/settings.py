"""Every constant of the tracker, in one frozen value.

Conventions
-----------
``_s`` is seconds. Lengths and standard deviations (``_std``, ``_reach``) are in box sizes: shares
of the face's width sideways and of its height upwards, so that near and far faces are alike. A
ratio is of sizes (roots of areas), at least 1. Shares are in [0, 1]. A cost is minus a natural
logarithm of a likelihood.

A number comes from the reason given beside it, or was tuned by `tests/bench/tracking_tuning.py`,
which leaves out one sequence after the other.
"""

from __future__ import annotations

from typing import NamedTuple


class TrackerSettings(NamedTuple):
    """What the tracker assumes of faces, people and detectors; see each part's own file for how."""

    # Typical confidence (`tracker.py`): what detectors mostly give a viewer, initially and learnt
    # over so long. Small detections inside a seat vacant for less than `vacant_s` are noise. The
    # first frame stands for `first_step_s`.
    typical_score: float = 0.6
    typical_score_s: float = 5.0
    vacant_s: float = 30.0
    first_step_s: float = 0.5

    # Two boxes that overlap this much, or one with this share of it in the other, show one face
    # (`boxes.py`).
    same_overlap: float = 0.5
    same_share: float = 0.7

    # Motion (`motion.py`). Seconds in which speed falls to 1/e: of a face that goes about, of one
    # that sits and is seen (it may be getting up), of one that sits and is not. Damped less, a
    # viewer who looked down coasted into the next row; damped more, a walker who turned away for
    # a second was lost.
    moving_tau_s: float = 10.0
    seen_tau_s: float = 5.0
    still_tau_s: float = 0.25
    # How exact a detected box is: its centre and its sides.
    measured_place_std: float = 0.07
    measured_size_std: float = 0.1
    # How fast a new face may be moving and growing, box sizes a second.
    first_speed_std: float = 4.0
    first_growth_std: float = 0.3
    # Growth of the variance of speed, (box sizes a second) squared a second: of the place of a
    # face that goes about and of one that sits, and of either's sides.
    moving_drift: float = 8.0
    still_drift: float = 2.0
    size_drift: float = 0.1

    # Matching (`match.py`, `lifecycle.py`). However uncertain an expectation is, no pair is farther
    # apart or more unlike in size than these.
    max_reach: float = 3.0
    max_ratio: float = 2.0
    # What is added to the uncertainty of a prediction: heads turn, and Haar's boxes with them; of
    # the logarithm of the ratio of sizes likewise.
    place_std: float = 0.15
    ratio_std: float = 0.15
    # A face that sits is expected within so much of its place, however long it has been unseen.
    seat_std: float = 0.35
    # After a step of more than `sparse_from_s`, and wholly from `sparse_s` on, speed says little of
    # where a face is, and what is known of people says more: they walk sideways, upwards only so
    # much as far; and most have stayed, so likely one that has been seen for less than `still_s`
    # and one that sits, within `stays_std`.
    sparse_from_s: float = 0.15
    sparse_s: float = 0.3
    upward_share: float = 0.4
    young_stays: float = 0.8
    still_stays: float = 0.9
    stays_std: float = 0.2
    # What it costs to leave a face and a box unmatched: more allows pairs farther apart. One less
    # for each `gone_s` that a face has not been seen, which may be gone; less for one that sits and
    # is hidden, lest it takes the box of a passer-by; and for tentative ones, lest they take a
    # viewer's box.
    unmatched_cost: float = 2.0
    gone_s: float = 2.0
    hidden_cost: float = 1.0
    tentative_cost: float = 1.0
    # A box of less than this share of the typical score may show a viewer, and nobody new.
    certain_share: float = 0.7

    # Birth (`lifecycle.py`). A detection of this confidence has full weight: Haar gives it to
    # upright, sharp faces (2.3 above its last stage's threshold). The weight goes with the square:
    # patterns that pass by chance mostly have half of the confidence, and are worth a quarter; the
    # faces that a net is sure of are worth twice as much, and no more.
    birth_score: float = 0.7
    max_weight: float = 2.0
    # So much evidence makes a viewer. In rooms hands and blur pass for a face for 0.1 to 0.4 s, and
    # mostly with less than full weight; waiting longer costs everybody as much at first sight: on
    # terminal_3 0.3 s cost 2.8 points of HOTA, and 0.2 s 0.1.
    birth_s: float = 0.2
    # However sparse looks are, so many must have found it, since one alone may be anything; and in
    # this share of the searches there: noise comes and goes.
    birth_hits: int = 2
    birth_share: float = 0.6
    # After a pause a detection is worth no more than this; the first one of a face still less,
    # since nothing is known of the look before it.
    max_evidence_s: float = 0.5
    first_evidence_s: float = 0.05
    # So much evidence lets a face have the ID of a viewer who is away: less than a birth, since a
    # face is likelier there than anywhere else.
    claim_s: float = 0.12

    # Doubtful places (`doubtful_places.py`). A place is beside a viewer within `doubt_reach`;
    # nearer than the least, it is another hit on the same face. What is `doubt_at` near is at it.
    doubt_least: float = 0.5
    doubt_reach: float = 2.0
    doubt_at: float = 0.35
    # Fewer looks that show both may be a slip; places that were not seen again for so long are
    # forgotten, and of very many the oldest.
    doubt_times: int = 2
    doubt_memory_s: float = 60.0
    doubt_places: int = 256
    # Who sits and was hidden for so long may be back, but not farther off the seat than this.
    hidden_s: float = 0.5
    hidden_off_seat: float = 0.5

    # End (`lifecycle.py`).
    # A detection after a long step stands for no more than this many seconds of sitting.
    max_detection_s: float = 0.5
    # What has no seat yet and is found in fewer searches than this is noise.
    keep_share: float = 0.35
    # A box inside a vacant seat, of less than this share of that face's width, is noise.
    small_share: float = 0.5
    # A tentative face unseen for this long was a false detection.
    tentative_s: float = 0.5
    # Who has no seat coasts for this many times as long as they were there, and so long at most.
    coast_per_life: float = 3.0
    max_coast_s: float = 5.0

    # Seats (`seats.py`). A seat is the mean over about this long.
    seat_s: float = 8.0
    # What somebody who has a seat looks like: seen for so long, straying less than this; sooner for
    # one who hardly moves at all.
    seated_s: float = 4.0
    seated_std: float = 0.45
    young_s: float = 1.5
    young_std: float = 0.15
    # Whoever strays less than this, seen for so long, does not go about.
    still_s: float = 2.0
    still_std: float = 0.35
    # A viewer farther than this from the seat has left it, and after so long for good.
    seat_left: float = 1.0
    seat_left_s: float = 5.0
    # A seat is kept for this many times as long as it was sat in.
    seat_per_stay: float = 20.0

    # Re-identification (`reidentification.py`). A face is back when it is this near and of a size
    # this like the one remembered; after so many seconds somebody else may sit there, so the size
    # must be more alike.
    back_reach: float = 1.0
    back_ratio: float = 1.6
    back_long_s: float = 10.0
    back_long_ratio: float = 1.13
    # The same across a cut, for several, and for one alone within so many seconds.
    cut_reach: float = 0.4
    cut_ratio: float = 1.25
    lone_reach: float = 0.25
    lone_ratio: float = 1.15
    lone_s: float = 1.0
    # Across a cut at least so many seats must match, and this share of the faces there.
    cut_seats: int = 2
    cut_share: float = 0.5
    # By looks (`appearance.py`): how alike a viewer and a face must be, where the shot is one seen
    # before and the viewer was there, within this reach and ratio; where the viewer was last seen;
    # in both none other may be liker by `clear_lead`; and anywhere, where the next likest must be
    # less like by as much: of strangers fewer than one pair in 1,000 is so like. From
    # `sure_likeness` on no other viewer makes it doubtful, since one person may have got two IDs.
    # Where so many are sure, the others' likeness may be less, with more lead. In a seat of a scene
    # that is there again, who is less like than `seat_likeness` is another.
    again_likeness: float = 0.4
    again_reach: float = 1.0
    again_ratio: float = 1.6
    near_likeness: float = 0.6
    seat_likeness: float = 0.5
    clear_lead: float = 0.1
    far_likeness: float = 0.76
    sure_likeness: float = 0.8
    company: int = 2
    company_likeness: float = 0.6
    company_lead: float = 0.2
    # Nobody waits long in a gangway: the place of the last detection, away from the seat, counts so
    # long.
    place_s: float = 3.0

    # Camera motion (`camera_motion.py`). A jump is looked for when fewer than this share of the
    # faces that could be paired are, or when those paired are off by more than this at the median.
    # Fewer faces than `jump_faces` tell nothing.
    jump_paired_share: float = 0.5
    jump_offset: float = 0.3
    jump_faces: int = 3
    # Viewers seen within so many seconds, at most so many of them, each off by less than
    # `vote_radius`, vote for an offset of at most `max_shift`; this share must agree, and this many
    # times as many as for no offset.
    jump_recent_s: float = 5.0
    jump_voters: int = 30
    vote_radius: float = 0.2
    max_shift: float = 8.0
    jump_agreeing: float = 0.6
    jump_lead: float = 1.5
    # A drift of the camera shows as viewers who all sit off their seats: the median by so much (for
    # one viewer; it is surer of many), and this share of them that way.
    camera_drift: float = 0.75
    min_drift: float = 0.06
    drift_same_way: float = 0.8
    drift_faces: int = 5

    # Static faces (`static_faces.py`): over how long the place now and the usual one are learnt.
    static_recent_s: float = 1.5
    static_long_s: float = 15.0
    # A face that moves less than this and is found in this share of searches is static; one that
    # moves more, or is found less often, is alive.
    static_std: float = 0.015
    static_share: float = 0.97
    live_std: float = 0.024
    live_share: float = 0.9
    # A new face is assumed alive. It takes some 20 s to show otherwise.
    initial_std: float = 0.0175
    initial_share: float = 0.9


DEFAULTS = TrackerSettings()
