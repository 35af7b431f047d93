"""A page runs the scripts that its templates wrote, and no other."""

import base64
import hashlib
import re

import pytest

from laughtrack.analytics.report.content_policy import PLACE, hashes_of
from laughtrack.analytics.report.session_page import report
from tests.analytics import pretend

ROOM = pretend.Room(viewers=6, seconds=20.0, jokes=((10, 0.8),))
SCRIPT = re.compile(r"<script(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    "title", ["The Night Bus", "<script>alert(1)</script>", f"{PLACE} 'sha256-{'A' * 43}='"]
)
def test_policy_names_the_pages_own_scripts(title):
    """Each by the hash of its text; whatever a title says has none, and changes none."""
    page = report(pretend.session(ROOM, rate_hz=2.0, info={"title": title}))
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    (allowed,) = re.findall("script-src ([^;]+)", policy)
    digests = (hashlib.sha256(text.encode()).digest() for text in SCRIPT.findall(page))
    expected = [f"'sha256-{base64.b64encode(each).decode()}'" for each in digests]
    assert sorted(allowed.split()) == sorted(set(expected)) == sorted(hashes_of(page))
    assert len(expected) >= 3
