"""What every test shares: the last lines of a run name each test that was left out, and why."""


def pytest_terminal_summary(terminalreporter):
    """Name the tests left out, one a line, at the end of the run."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("left out on this machine")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"{report.nodeid}: {reason}")
