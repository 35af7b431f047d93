"""`laughtrack curve` and `laughtrack peaks`: the audience's tables by themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import write_table


def curve(
    session: options.Session,
    bin_s: Annotated[
        float, typer.Option("--bin", min=0.1, max=3600, help="Seconds of a row.")
    ] = 1.0,
    min_viewers: options.MinViewers = 1,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
):
    """Show the audience's curve: viewers in view and judged, share smiling, mean degree, bands.

    95 % bands, of each row by itself and of all at once; the share were all missing viewers not
    smiling (worst), or smiling (best).
    """
    from laughtrack.analytics.audience.bands import curve
    from laughtrack.analytics.audience.suppression import of_curve
    from laughtrack.analytics.store.batches import load

    write_table(of_curve(curve(load(store, session), bin_s), min_viewers), format.value, output)


def peaks(
    session: options.Session,
    min_viewers: options.MinViewers = 1,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
):
    """Show the moments at which the audience smiled more than around them, the largest first.

    With each: how often chance alone gives one as large, and 95 % intervals of its time and share.
    """
    from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
    from laughtrack.analytics.store.batches import load

    write_table(peaks_with_certainty(load(store, session), min_viewers), format.value, output)
