"""Times, shares, numbers and p-values in words, as a report writes them."""

from __future__ import annotations

import math

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.messages import Message, message

UNKNOWN = "–"


def clock(t_s: float, tenths: bool = False) -> str:
    """Write seconds as m:ss, or h:mm:ss from an hour on; with `tenths`, to 0.1 s. NaN is a dash."""
    if math.isnan(t_s):
        return UNKNOWN
    units = round(abs(t_s) * 10) if tenths else round(abs(t_s)) * 10
    minutes, rest = divmod(units, 600)
    hours, minutes = divmod(minutes, 60)
    sign = "−" if t_s < 0 and units else ""
    whole = f"{sign}{hours}:{minutes:02d}" if hours else f"{sign}{minutes}"
    if not tenths:
        return f"{whole}:{rest // 10:02d}"
    return message("{minutes}:{seconds:04.1f}", minutes=whole, seconds=rest / 10)


def duration(seconds: float) -> str:
    """Write a length of time: seconds to 0.1 s below a minute, else as `clock`. NaN is a dash."""
    if round(seconds, 1) < 60:
        return message("{seconds:.1f} s", seconds=seconds)
    return clock(seconds)


def percent(share: float) -> str:
    """Write a share in [0, 1] as whole percent. NaN is a dash."""
    return UNKNOWN if math.isnan(share) else message("{percent:.0f} %", percent=share * 100)


def percent_range(low: float, high: float) -> str:
    """Write from which share to which, in [0, 1], as whole percent."""
    return message("{low:.0f} to {high:.0f} %", low=100 * low, high=100 * high)


def number(value: float, digits: int = 2) -> str:
    """Write a number with a fixed number of decimals. NaN is a dash."""
    return UNKNOWN if math.isnan(value) else Message(f"{{value:.{digits}f}}", {"value": value})


def p_value(p: float, name: str = "") -> str:
    """Write p: three decimals, "< 0.001" below, a dash for none; `name` stands before."""
    if math.isnan(p):
        return name + UNKNOWN
    if p < 0.001:
        return message("{name}< {p:.3f}", name=name, p=0.001)
    return message("{name}= {p:.3f}", name=name, p=p) if name else number(p, 3)


def chance_verdict(p: float) -> str:
    """Say in words how likely chance alone gives as much; NaN is "not tested"."""
    if math.isnan(p):
        return message("not tested")
    said = p_value(p, "p ")
    if p > ALPHA:
        return message("possibly ({p})", p=said)
    if p > ALPHA / 10:
        return message("unlikely ({p})", p=said)
    return message("very unlikely ({p})", p=said)


def count(many: int, one: str) -> str:
    """Write a number with its noun: 1 viewer, 2 viewers. Not for pages: it is English alone."""
    return f"{many:,} {one}" + ("" if many == 1 else "s")
