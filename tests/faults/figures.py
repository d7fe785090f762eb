"""Shows what the tests measured: `pytest -p tests.faults.figures`."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for _, figures in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
