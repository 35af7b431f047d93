"""What every test shares: marks, and the names of what was left out."""

import os
from collections import Counter

import pytest

from tests.tools import NEEDS

# Selenium tells its makers of each run, unless it is told not to.
os.environ["SE_AVOID_STATS"] = "true"

# Tests that use one of these fixtures need the tool of that mark.
FIXTURES = {"browser": "browser", "training": "train"}


def pytest_collection_modifyitems(items):
    """Leave out the tests whose tool is not on this machine; begin with files of few tests.

    A file of few tests holds long ones, and one that begins last would keep the others waiting.
    """
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])
    for item in items:
        for fixture in FIXTURES.keys() & set(item.fixturenames):
            item.add_marker(FIXTURES[fixture])
        for mark in NEEDS.keys() & {mark.name for mark in item.iter_markers()}:
            there, reason = NEEDS[mark]
            if not there:
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter):
    """Name the tests left out, one a line, at the end of the run."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("left out on this machine")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"{report.nodeid}: {reason}")
