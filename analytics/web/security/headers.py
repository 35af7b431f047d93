"""What a page may load and do: nothing from elsewhere, and no script that is not a file of ours."""

from __future__ import annotations

from collections.abc import Iterable

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with that, browsers hide the origin of a form's own page, too.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def content_policy(script_hashes: Iterable[str] = (), inline_styles: bool = False) -> str:
    """Return the Content-Security-Policy of a page.

    Parameters
    ----------
    script_hashes : iterable of str
        Of each script that stands in the page itself, as `report.content_policy.hashes_of` has it.
    inline_styles : bool
        Whether the page has styles within it.
    """
    scripts = " ".join(["'self'", *script_hashes])
    styles = "'self' 'unsafe-inline'" if inline_styles else "'self'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )
