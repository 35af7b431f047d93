"""The page of figures, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from laughtrack.edge.smile.crops import WIDEN
from laughtrack.models.evaluation import summary
from laughtrack.models.evaluation.fairness import MAX_BELOW
from laughtrack.models.evaluation.tables import MIN_FACES


def page(figures: Mapping[str, Any], plot: str | None = None) -> str:
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


def body(figures: Mapping[str, Any], heading: str, plot: str | None = None) -> str:
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
    # Before there was a choice of either, none was noted.
    known = {"precision": "f32", "finder": "haar", **measured}
    finder = summary.FINDERS[known["finder"]]
    how = summary.HOW_FOUND[measured["ready_crops"]].format(widen=WIDEN, finder=finder)
    parts = [summary.MEASURED.format(how=how, **known)]
    for title, text in (
        ("Sets", _sets(figures)),
        ("Calibration", _calibration(figures["calibration"], plot)),
        ("Face width", _bins(figures["sizes"], "width", summary.ABOUT_SIZE)),
        ("Head turn", _bins(figures["turns"], "turn", summary.ABOUT_TURN)),
        ("Groups of people", _groups(figures)),
        ("Labels", _bins(figures["labels"], "label", summary.ABOUT_LABEL)),
        ("Degree of smile", _degrees(figures["degrees"])),
        ("Video", _video(figures["video"])),
    ):
        if text:
            parts.append(f"{heading} {title}\n\n{text}")
    return "\n".join(parts)


def summary_lines(figures: Mapping[str, Any]) -> list[str]:
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
    if figures.get("fairness"):
        lines.append(worse_groups(figures["worse_groups"]))
    if figures["video"]:
        lines.append(f"Video: {_all_clips(figures['video'])}")
    measured = figures["measured"]
    return [*lines, f"{measured['pictures']:,} pictures in {measured['seconds']:,} s"]


def _sets(figures: Mapping[str, Any]) -> str:
    kinds = [_rows(figures["sets"], ["set"], keys) for keys in (summary.SET, summary.ROW)]
    return "\n".join([summary.ABOUT_SETS, *kinds, _worst(figures["worst"]) + "\n"])


def _groups(figures: Mapping[str, Any]) -> str:
    kinds = figures.get("fairness", {})
    if not kinds:
        return ""
    rows = {(name, group): row for name, rows in kinds.items() for group, row in rows.items()}
    shown = _rows(rows, ["set", "group"], summary.GROUP)
    return f"{summary.ABOUT_GROUPS}\n{shown}\n{worse_groups(figures['worse_groups'])}\n"


def worse_groups(worse: Sequence[Mapping[str, Any]]) -> str:
    """Name the groups of people that are scored worse than all, or say that there is none."""
    limit = f"more than {100 * MAX_BELOW:g} points below their set's in balanced accuracy"
    if not worse:
        return f"No group of people is {limit}."
    named = (
        f"{each['group']} ({_title(each['set'])}, {100 * each['below']:.1f})" for each in worse
    )
    return f"Groups of people {limit}: {', '.join(named)}."


def _worst(worst: Mapping[str, Any] | None) -> str:
    if worst is None:
        return f"No bin of size or turn has {MIN_FACES} faces, some of them judged."
    return (
        f"Lowest accuracy of the judged among {worst['bins']} bins of size and turn with "
        f"{MIN_FACES} faces or more: {_cell(worst, 'right_judged')} % ({_title(worst['set'])}, "
        f"{worst['bin']}, {worst['judged']:,} judged)."
    )


def _bins(kinds: Mapping[str, Any], what: str, about: str) -> str:
    rows = {(set_name, name): row for set_name, rows in kinds.items() for name, row in rows.items()}
    return about + "\n" + _rows(rows, ["set", what], summary.ROW) if rows else ""


def _rows(rows: Mapping[Any, Any], names: Sequence[str], keys: Mapping[str, str]) -> str:
    """Write a table of figures: a line for each row, named by its set and its bin."""
    lines = []
    for name, row in rows.items():
        set_name, *rest = [name] if isinstance(name, str) else name
        lines.append([_title(set_name), *rest, *(_cell(row, key) for key in keys)])
    return table([*names, *keys.values()], lines)


def _cell(row: Mapping[str, Any], key: str) -> str:
    if key == "errors" and "false" in row:
        return f"{row['false']:,} : {row['missed']:,}"
    if key not in row:  # of figures written by an earlier version
        return "-"
    return figure(row[key], percent=key in summary.SHARES)


def _title(name: str) -> str:
    return summary.TITLES.get(name, name)


def _calibration(calibration: Mapping[str, Any], plot: str | None) -> str:
    about = "Mean score, and share of smiles, of the faces in each tenth of the scores.\n"
    means = ("faces", "score", "smiles")
    heads = ["scores", *(f"{_title(name)}: {mean}" for name in calibration for mean in means)]
    lines = []
    for tenth, set_name in enumerate(zip(*calibration.values(), strict=True)):
        cells = [f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}"]
        for faces, *means in set_name:
            cells += [f"{faces:,}", *(number(mean, 3) for mean in means)]
        lines.append(cells)
    shown = f"\n![Share of smiles by score]({plot})\n" if plot else ""
    return about + shown + "\n" + table(heads, lines)


def _degrees(degrees: Mapping[str, Any]) -> str:
    if not degrees:
        return ""
    text = summary.ABOUT_DEGREE + "\n" + _rows(degrees, ["set"], summary.DEGREES)
    for name, set_name in degrees.items():
        faces = ", ".join(f"{count:,} {kind}" for kind, count in set_name["faces"].items())
        order = "" if set_name["in_order"] else "not "
        text += f"\n{_title(name)}: {faces}; the mean scores are {order}in that order.\n"
    return text


def _video(video: Mapping[str, Any] | None) -> str:
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
    all_clips = f"All clips together: {_all_clips(video)}. Intervals from drawing clips.\n"
    return "\n".join([summary.ABOUT_VIDEO, table(heads, lines), all_clips])


def _all_clips(video: Mapping[str, Any]) -> str:
    near = [onset["near"] for clip in video["clips"].values() for onset in clip["onsets"]]
    return (
        f"area under ROC {_cell(video, 'auc')}, {_cell(video, 'right')} % of the frames right, "
        f"{sum(near)} of {len(near)} onsets near"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
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


def figure(value: Any, percent: bool = False) -> str:
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


def number(value: float | None, digits: int, none: str = "-") -> str:
    """Write a number with so many digits, or what to say for None."""
    return none if value is None else f"{value:.{digits}f}"


def _number(value: float | None, percent: bool) -> str:
    return number(100 * value, 1) if percent and value is not None else number(value, 3)
