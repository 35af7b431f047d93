"""The page of figures, as Markdown."""

from __future__ import annotations

from laughtrack.edge.smile.crops import WIDEN
from laughtrack.models.evaluation import summary
from laughtrack.models.evaluation.tables import MIN_FACES


def page(figures, plot=None):
    """Write the page.

    Parameters
    ----------
    figures : dict, what `models.evaluation.evaluate.evaluate` returns
    plot : str, optional
        Name of the reliability plot beside the page.

    Returns
    -------
    str, Markdown
    """
    text = "# How well SmileNet judges smiles\n\n" + body(figures, "##", plot)
    if figures["unreadable"]:
        text += "\n## Could not be read\n\n" + "".join(f"- {s}\n" for s in figures["unreadable"])
    return text


def body(figures, heading, plot=None):
    """Write the page without its title, as the model card has it, too.

    Parameters
    ----------
    figures : dict
    heading : str
        "##", or deeper.
    plot : str, optional

    Returns
    -------
    str, Markdown
    """
    measured = figures["measured"]
    how = summary.HOW_FOUND[measured["ready_crops"]].format(widen=WIDEN)
    parts = [summary.MEASURED.format(how=how, **measured)]
    for title, text in (
        ("Sets", _sets(figures)),
        ("Calibration", _calibration(figures["calibration"], plot)),
        ("Face width", _bins(figures["sizes"], "width", summary.ABOUT_SIZE)),
        ("Head turn", _bins(figures["turns"], "turn", summary.ABOUT_TURN)),
        ("Labels", _bins(figures["labels"], "label", summary.ABOUT_LABEL)),
        ("Degree of smile", _degrees(figures["degrees"])),
        ("Video", _video(figures["video"])),
    ):
        if text:
            parts.append(f"{heading} {title}\n\n{text}")
    return "\n".join(parts)


def summary_lines(figures):
    """Write the few lines that say most.

    Parameters
    ----------
    figures : dict

    Returns
    -------
    list of str
    """
    lines = []
    for name, row in figures["sets"].items():
        shares = [text.format(_cell(row, key)) for key, text in summary.SUMMARY.items()]
        lines.append(f"{_title(name)}: {row['faces']:,} faces; {'; '.join(shares)}")
    lines.append(_worst(figures["worst"]))
    if figures["video"]:
        lines.append(f"Video: {_all_clips(figures['video'])}")
    measured = figures["measured"]
    return [*lines, f"{measured['pictures']:,} pictures in {measured['seconds']:,} s"]


def _sets(figures):
    kinds = [_rows(figures["sets"], ["set"], keys) for keys in (summary.SET, summary.ROW)]
    return "\n".join([summary.ABOUT_SETS, *kinds, _worst(figures["worst"]) + "\n"])


def _worst(worst):
    if worst is None:
        return f"No bin of size or turn has {MIN_FACES} faces, some of them judged."
    return (
        f"Lowest accuracy of the judged among {worst['bins']} bins of size and turn with "
        f"{MIN_FACES} faces or more: {_cell(worst, 'right_judged')} % ({_title(worst['set'])}, "
        f"{worst['bin']}, {worst['judged']:,} judged)."
    )


def _bins(kinds, what, about):
    rows = {(of, name): row for of, rows in kinds.items() for name, row in rows.items()}
    return about + "\n" + _rows(rows, ["set", what], summary.ROW) if rows else ""


def _rows(rows, names, keys):
    """Write a table of figures: a line for each row, named by its set and its bin."""
    lines = []
    for name, row in rows.items():
        of, *rest = [name] if isinstance(name, str) else name
        lines.append([_title(of), *rest, *(_cell(row, key) for key in keys)])
    return table([*names, *keys.values()], lines)


def _cell(row, key):
    return figure(row[key], percent=key in summary.SHARES)


def _title(name):
    return summary.TITLES.get(name, name)


def _calibration(calibration, plot):
    about = "Mean score, and share of smiles, of the faces in each tenth of the scores.\n"
    means = ("faces", "score", "smiles")
    heads = ["scores", *(f"{_title(name)}: {mean}" for name in calibration for mean in means)]
    lines = []
    for tenth, of in enumerate(zip(*calibration.values(), strict=True)):
        cells = [f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}"]
        for faces, *means in of:
            cells += [f"{faces:,}", *(number(mean, 3) for mean in means)]
        lines.append(cells)
    shown = f"\n![Share of smiles by score]({plot})\n" if plot else ""
    return about + shown + "\n" + table(heads, lines)


def _degrees(degrees):
    if not degrees:
        return ""
    text = summary.ABOUT_DEGREE + "\n" + _rows(degrees, ["set"], summary.DEGREES)
    for name, of in degrees.items():
        faces = ", ".join(f"{count:,} {kind}" for kind, count in of["faces"].items())
        order = "" if of["in_order"] else "not "
        text += f"\n{_title(name)}: {faces}; the mean scores are {order}in that order.\n"
    return text


def _video(video):
    if not video or not video["clips"]:
        return ""
    heads = [
        "clip",
        "frames",
        "found",
        "area under ROC",
        "right, %",
        "gap, s",
        "onset, s",
        "off, s",
    ]
    lines = []
    for name, clip in video["clips"].items():
        right = None if clip["right"] is None else 100 * clip["right"]
        gaps = ["{:.2f} to {:.2f}".format(*onset["gap_s"]) for onset in clip["onsets"]]
        cells = [name, f"{clip['frames']:,}", f"{clip['found']:,}"]
        cells += [number(clip["auc"], 3), number(right, 1), "; ".join(gaps) or "-"]
        for key in ("rise_s", "off_s"):
            cells.append("; ".join(number(o[key], 2, "never") for o in clip["onsets"]) or "-")
        lines.append(cells)
    together = f"All clips together: {_all_clips(video)}. Intervals from drawing clips.\n"
    return "\n".join([summary.ABOUT_VIDEO, table(heads, lines), together])


def _all_clips(video):
    near = [onset["near"] for clip in video["clips"].values() for onset in clip["onsets"]]
    return (
        f"area under ROC {_cell(video, 'auc')}, {_cell(video, 'right')} % of the frames right, "
        f"{sum(near)} of {len(near)} onsets near"
    )


def table(heads, rows):
    """Write a table.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of sequence of str

    Returns
    -------
    str, a line each, with a line's end
    """
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def figure(value, percent=False):
    """Write a count, or a figure with its interval.

    Parameters
    ----------
    value : int, or list of figure, low, high, each a float or None
    percent : bool
        Write a share as a percentage, without the sign.

    Returns
    -------
    str, "-" where there is none
    """
    if isinstance(value, int):
        return f"{value:,}"
    shown, low, high = (_number(each, percent) for each in value)
    return shown if "-" in (low, high) else f"{shown} ({low} to {high})"


def number(value, digits, none="-"):
    """Write a number with so many digits, or what to say for None."""
    return none if value is None else f"{value:.{digits}f}"


def _number(value, percent):
    return number(100 * value, 1) if percent and value is not None else number(value, 3)
