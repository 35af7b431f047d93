"""The parts of the page that compare: groups, stretches, what followed marks, other sessions."""

from __future__ import annotations

import math

from laughtrack.analytics.audience.latencies import WITHIN_S
from laughtrack.analytics.audience.norms import LEAST_OTHERS
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import UNKNOWN, clock, count, number, p_value, percent
from laughtrack.analytics.report.html import jump, paragraph, table, whole

MOST_STRETCHES = 10
SCORES = {
    "share_smiling": "time spent smiling",
    "reach": "smiled at least once",
    "mean_smile": "mean degree, 0 to 1",
    "smiles_per_min": "smiles a minute, mean over viewers",
    "top_share": "smiling at the largest peak",
    "judged_share": "time in view that could be judged",
}
_SHARES = ("share_smiling", "reach", "top_share", "judged_share")


def groups(compared):
    """Show groups of viewers and their differences; nothing where there are none.

    `compared` is what `groups.compare` returns, or None.
    """
    if compared is None:
        return ""
    found, pairs, remarks = compared
    means = [
        (each.group, each.viewers, percent(each.share_smiling), percent(each.reach),
         number(each.mean_smile))
        for each in found.itertuples()
    ]  # fmt: skip
    differences = [
        (
            SCORES[each.score],
            f"{each.group}, {each.other}",
            whole(_range(each.difference, each.low, each.high, each.score)),
            whole(p_value(each.p_holm)),
        )
        for each in pairs.itertuples()
    ]
    sure = int((pairs["p_holm"] <= ALPHA).sum()) or "none"
    said = (
        f"{count(len(pairs), 'comparison')} of {count(len(found), 'group')}; in {sure} of them the "
        "groups differ by more than chance would give. That p allows for their number (Holm). "
        "Neighbours laugh together: a row or side that laughed more did so in this screening, and "
        "it is not said that the seats are why."
    )
    head = ["Group", "Viewers", "Time smiling", "Smiled at all", "Mean degree"]
    against = ["Score", "Groups", "Difference, 95 % interval", "p"]
    return (
        '<section id="groups">\n<h2>Groups of viewers</h2>\n'
        + "".join(paragraph(f"{text[:1].upper()}{text[1:]}.", "notice") for text in remarks)
        + paragraph(said)
        + table("Each group by itself", head, means)
        + table("The groups beside each other", against, differences, "named")
        + "\n</section>\n"
    )


def together(found):
    """Show how alike the viewers were, and in which stretches most; `found` is a `Synchrony`."""
    if found is None or math.isnan(found.whole["isc"][0]):
        return ""
    row = found.whole.iloc[0]
    sure = not math.isnan(row["low"])
    between = f" (95 % interval {row['low']:.2f} to {row['high']:.2f})" if sure else ""
    verdict = "more" if row["p"] <= ALPHA else "no more"
    out = int(row["left_out"])
    said = (
        f"Each viewer's smiles go with the mean of the others' with a correlation of "
        f"{row['isc']:.2f}{between}, mean over {count(int(row['viewers']), 'viewer')}; that is "
        f"{verdict} than viewers with no common timing would show ({p_value(row['p'], 'p ')})."
        + (f" {count(out, 'viewer')} never moved or was judged too briefly." if out else "")
    )
    best = found.windows[found.windows["p"] <= ALPHA].nlargest(MOST_STRETCHES, "isc")
    rows = [
        (
            jump(each.start_s),
            clock(each.end_s),
            whole(_range(each.isc, each.low, each.high)),
            each.viewers,
            whole(p_value(each.p)),
        )
        for each in best.itertuples()
    ]
    head = ["Stretch from", "To", "Correlation, 95 % interval", "Viewers", "p"]
    caption = "Where the viewers were most alike; p allows for the number of stretches"
    listed = table(caption, head, rows) if rows else ""
    return (
        '<section id="together">\n<h2>Smiling together</h2>\n'
        f"{paragraph(said)}{listed}\n</section>\n"
    )


def after_marks(found):
    """Show how soon viewers smiled after each mark; `found` is from `events.after_marks`."""
    if found.empty:
        return ""
    rows = [
        (
            each.text,
            jump(each.t_s),
            f"{each.smiled} of {each.free}",
            UNKNOWN if math.isnan(each.median_latency_s) else f"{each.median_latency_s:.1f} s",
            each.already_smiling,
        )
        for each in found.itertuples()
    ]
    head = ["Mark", "Time", "Began to smile", "Median after", "Already smiling"]
    said = (
        f"Of the viewers who could be judged and were not smiling yet, those whose smile began "
        f"within {WITHIN_S:g} s of the mark, and how soon."
    )
    return (
        '<section id="after">\n<h2>After the marks</h2>\n'
        f"{paragraph(said)}{table('Smiles after each mark', head, rows)}\n</section>\n"
    )


def norms(found):
    """Show where the session stands among the others; `found` is from `norms.norms`, or None."""
    if found is None or not found["others"].max():
        return ""
    rows = [
        (
            SCORES[each.score],
            _figure(each.value, each.score),
            UNKNOWN if math.isnan(each.percentile) else f"{each.percentile:.0f} %",
            whole(f"{_figure(each.lowest, each.score)} to {_figure(each.highest, each.score)}"),
            each.others,
        )
        for each in found.itertuples()
    ]
    head = ["Score", "This session", "Above so many of the others", "Others, lowest to highest"]
    few = found["others"].max() < LEAST_OTHERS
    said = f"With fewer than {LEAST_OTHERS} others no percentile is given." if few else ""
    return (
        '<section id="norms">\n<h2>Among the other sessions</h2>\n'
        + (paragraph(said, "small") if said else "")
        + table("This session among the others of its store", [*head, "Others"], rows, "named")
        + "\n</section>\n"
    )


def _figure(value, score):
    return percent(value) if score in _SHARES else number(value)


def _range(value, low, high, score=None):
    """Write a figure with its interval; a difference of shares in points of percent."""
    if score in ("share_smiling", "reach"):
        value, low, high, digits = value * 100, low * 100, high * 100, 0
        unit = " point" if abs(round(value)) == 1 else " points"
    else:
        digits, unit = 2, ""
    rest = "" if math.isnan(low) else f" ({low:.{digits}f} to {high:.{digits}f})"
    return f"{value:.{digits}f}{unit}{rest}".replace("-", "−")
