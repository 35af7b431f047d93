"""A page's title and logo: the picture is in the page, and does nothing but be seen."""

import base64
import struct

import cv2
import numpy as np
import pytest

from laughtrack.analytics.report.logo import MOST_BYTES, PNG, logo_of
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.report.session_page import report
from laughtrack.cli import app

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PLAIN = f"""<?xml version="1.0" encoding="UTF-8"?>
{HEAD} viewBox="0 0 9 9"><defs><linearGradient id="a"/></defs>
<style>.b {{ fill: url(#a) }}</style><use href="#a"/><rect class="b" width="9" height="9"/></svg>"""
PIXELS = np.zeros((4, 6, 3), np.uint8)


def encoded(ending):
    """Return a small picture as a file's bytes."""
    return cv2.imencode(ending, PIXELS)[1].tobytes()


def inside(more, head=""):
    """Return an SVG with something in it."""
    return f"{head}{HEAD}>{more}</svg>".encode()


GOOD = {
    "png": encoded(".png"),
    "jpeg": encoded(".jpg"),
    "svg+xml": PLAIN.encode(),
}
BAD = {
    "nothing": (b"", "no PNG, JPEG or SVG"),
    "a text": (b"a text", "no PNG, JPEG or SVG"),
    "a GIF": (b"GIF89a\x01\x00\x01\x00", "no PNG, JPEG or SVG"),
    "a page": (b"<html><body/></html>", "no PNG, JPEG or SVG"),
    "cut off": (encoded(".png")[:40], "damaged"),
    "too large": (encoded(".png") + bytes(MOST_BYTES), "larger than 1 MB"),
    "too many pixels": (PNG + bytes(8) + struct.pack(">II", 90000, 90000), "90000 x 90000"),
    "an SVG cut off": (PLAIN.encode()[:-9], "no PNG, JPEG or SVG"),
    "a script": (inside("<script>alert(1)</script>"), "with <script>"),
    "a script of another name": (
        inside('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>'),
        "<script>",
    ),
    "a handler": (inside('<rect onload="alert(1)"/>'), r"a script \(onload\)"),
    "a document": (inside("<foreignObject/>"), "<foreignobject>"),
    "a link": (inside('<a href="https://example.org"/>'), "leads elsewhere"),
    "a script's link": (inside('<a xlink:href="javascript:alert(1)"/>'), "leads elsewhere"),
    "a picture elsewhere": (inside('<image href="//example.org/a.png"/>'), "leads elsewhere"),
    "an SVG in it": (inside('<image href="data:image/svg+xml;base64,AA=="/>'), "leads elsewhere"),
    "a later address": (inside('<a href="#b"><set attributeName="href" to="x"/></a>'), "<set>"),
    "a style": (inside("<style>@import 'x.css';</style>"), "style loads"),
    "a fill": (inside('<rect fill="url(https://example.org/#a)"/>'), "loads something"),
    "an escape": (inside(r"<style>a { fill: u\72l(x) }</style>"), "style loads"),
    "a style sheet": (inside("", '<?xml-stylesheet href="x.css"?>'), "style sheet"),
    "entities": (inside("&a;", '<!DOCTYPE svg [<!ENTITY a "b">]>'), "DOCTYPE"),
    "another encoding": (inside("", '<?xml version="1.0" encoding="latin1"?>'), "encoding"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_pictures_are_held_as_they_are(kind, tmp_path):
    """Known by their content, whatever their name."""
    path = tmp_path / "logo.bin"
    path.write_bytes(GOOD[kind])
    head, data = logo_of(path).split(",")
    assert head == f"data:image/{kind};base64" and base64.b64decode(data) == GOOD[kind]


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_plain_picture_is_refused(name, tmp_path):
    """The error names option and file, what is wrong and what helps."""
    data, said = BAD[name]
    path = tmp_path / "logo.svg"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"--logo .*logo.svg: .*{said}") as error:
        logo_of(path)
    assert "save it" in str(error.value)


@pytest.mark.parametrize("name", ["nowhere.png", ""])
def test_no_file(name, tmp_path):
    """Nor a folder."""
    with pytest.raises(ValueError, match=r"--logo .*; name a PNG, JPEG or SVG file"):
        logo_of(tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize("summary", [False, True])
def test_they_stand_at_the_top(room, tmp_path, summary):
    """The title is instead of the session's, and a text."""
    path = tmp_path / "logo.svg"
    path.write_text(PLAIN)
    look = Look(summary=summary, title="Test <7>", logo=logo_of(path))
    page = report(room(seconds=3), look=look)
    assert "<h1>Test &lt;7&gt;</h1>" in page and "<title>Test &lt;7&gt;: " in page
    assert f'<img class="logo" src="{look.logo}" alt="">' in page
    assert "The Night Bus" not in page


def test_a_wrong_logo_is_said_before_anything_is_worked_out(tmp_path, capsys):
    """By both commands, also where there is no store."""
    for words in (["report", "x"], ["compare", "x", "y"]):
        assert app.main([*words, "--logo", str(tmp_path / "no.png"), "--store", "nowhere"]) == 1
        assert "no.png: No such file" in capsys.readouterr().err
