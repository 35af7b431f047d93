"""Whether figures subtracted from each other give a single viewer away under ``--min-viewers``.

``python -m tests.bench.differencing [--first SEED] [--audiences N]`` prints a line for each least
number from 2 to 10: how many figures were told (curves in four bins, scene lists shifted by a
second, groups at will, at that least number and at one and two more), of how many viewers, how many
of them a combination of figures gives away, and the narrowest span that is left to one second, or
the mean, of a viewer. Beside it, the same where figures of few are only left out.
"""

import argparse

from tests.analytics.subtraction import audience, narrowest, search
from tests.bench.tables import say, table

HEADS = ("least", "figures", "viewers", "given away", "narrowest span", "only left out: given away")
SMALL = {"viewers": 7, "seconds": 10}


def line(least, seeds):
    """Return the line of one least number over the audiences of some seeds."""
    figures = viewers = lost = control = 0
    spans = []
    for seed in seeds:
        told = audience(seed, viewers=8 + seed % 17)
        found, many = search(told, least)
        figures, lost = figures + many, lost + len(found.viewers)
        viewers += told.readings["viewer_id"].nunique()
        control += len(search(told, least, masked=True)[0].viewers)
        small = {**SMALL, "viewers": max(SMALL["viewers"], least + 3)}
        spans.append(narrowest(audience(seed, **small, away=0.15), least, SMALL["seconds"]))
    spans = [each for each in spans if each is not None]
    say(f"{least}: {lost} of {viewers}")
    return least, figures, viewers, lost, f"{min(spans):.3f}" if spans else "-", control


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--audiences", type=int, default=10)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.audiences)
    print(table(HEADS, [line(least, seeds) for least in range(2, 11)]))


if __name__ == "__main__":
    main()
