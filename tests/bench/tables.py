"""Tables as Markdown, talk on standard error, and which way a measure is better."""

import sys

BETTER = {
    **dict.fromkeys(("hota", "assa", "deta", "idf1", "mota"), max),
    **dict.fromkeys(("switches", "fragments", "result_ids"), min),
}


def say(text):
    """Tell how far it is, on standard error."""
    print(text, file=sys.stderr, flush=True)


def table(heads, lines):
    """Return a Markdown table; a cell may hold anything that has a text."""
    rows = [[str(cell) for cell in line] for line in (heads, *lines)]
    rule = ["---"] * len(heads)
    return "\n".join("| " + " | ".join(row) + " |" for row in (rows[0], rule, *rows[1:])) + "\n"
