"""What shows itself in a notebook: a page, and two sessions compared."""

from __future__ import annotations

from html import escape
from os import PathLike
from pathlib import Path

from laughtrack.analytics.comparison import compare as comparisons
from laughtrack.analytics.comparison.table import compare_table
from laughtrack.analytics.report import comparison_page, comparison_summary


class Page:
    """A page as one HTML file; in a notebook it shows itself.

    Parameters
    ----------
    html : str
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page to a file.

        Parameters
        ----------
        path : str or Path
            Ends in .html, or in .pdf: an installed Chromium, Chrome or Edge prints it then.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ValueError
            Its name ends in neither.
        OSError
            It cannot be written or printed; the message names it.
        """
        from laughtrack.cli.terminal import save_page

        save_page(Path(path), self.html)
        return Path(path)

    def _repr_html_(self) -> str:
        # In a frame: its script and style are its own.
        return (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" width="100%" height="800"'
            ' style="border: 0"></iframe>'
        )


class Comparison:
    """Two sessions compared; in a notebook it shows its sentences and its table.

    Attributes
    ----------
    table : DataFrame
        What `laughtrack compare --format csv` writes.
    sentences : list of str
        What was found, and what could not have been.
    page : Page
    """

    def __init__(self, result: comparisons.Comparison) -> None:
        self.table = compare_table(result)
        self.sentences = comparison_summary.summary(result)
        self.page = Page(comparison_page.compare_page(result))

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return said + str(self.table.to_html(index=False, na_rep="-"))
