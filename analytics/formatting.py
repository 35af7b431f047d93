"""Times, shares, numbers and p-values in words, as a report writes them."""

from __future__ import annotations

import math

from laughtrack.analytics.defaults import ALPHA

UNKNOWN = "–"


def clock(t_s: float, tenths: bool = False) -> str:
    """Write seconds as m:ss, or h:mm:ss from an hour on; with `tenths`, to 0.1 s. NaN is a dash."""
    if math.isnan(t_s):
        return UNKNOWN
    units = round(abs(t_s) * 10) if tenths else round(abs(t_s)) * 10
    minutes, rest = divmod(units, 600)
    seconds = f"{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
    hours, minutes = divmod(minutes, 60)
    sign = "−" if t_s < 0 and units else ""
    return f"{sign}{hours}:{minutes:02d}:{seconds}" if hours else f"{sign}{minutes}:{seconds}"


def duration(seconds: float) -> str:
    """Write a length of time: seconds to 0.1 s below a minute, else as `clock`. NaN is a dash."""
    return f"{seconds:.1f} s" if round(seconds, 1) < 60 else clock(seconds)


def percent(share: float) -> str:
    """Write a share in [0, 1] as whole percent. NaN is a dash."""
    return UNKNOWN if math.isnan(share) else f"{share * 100:.0f} %"


def number(value: float, digits: int = 2) -> str:
    """Write a number with a fixed number of decimals. NaN is a dash."""
    return UNKNOWN if math.isnan(value) else f"{value:.{digits}f}"


def p_value(p: float, name: str = "") -> str:
    """Write p: three decimals, "< 0.001" below, a dash for none; `name` stands before."""
    if math.isnan(p):
        return name + UNKNOWN
    mark = "= " if name else ""
    return f"{name}< 0.001" if p < 0.001 else f"{name}{mark}{p:.3f}"


def chance_verdict(p: float) -> str:
    """Say in words how likely chance alone gives as much; NaN is "not tested"."""
    if math.isnan(p):
        return "not tested"
    verdict = "possibly" if p > ALPHA else "unlikely"
    if p <= ALPHA / 10:
        verdict = "very unlikely"
    return f"{verdict} ({p_value(p, 'p ')})"


def count(many: int, one: str) -> str:
    """Write a number with its noun: 1 viewer, 2 viewers."""
    return f"{many:,} {one}" + ("" if many == 1 else "s")
