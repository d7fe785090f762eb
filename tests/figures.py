"""Shows what the tests measured: `pytest -p tests.figures`."""

import pytest

MOST = 20  # of the costs, the highest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    costs: list[tuple[float, str]] = []
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            test = report.nodeid.rpartition("::")[2]
            if name == "cost":
                milliseconds, what = figures
                costs.append((milliseconds, f"{test}: {what}"))
            else:
                terminalreporter.write_line(f"{test}: {figures}")
    for _, line in sorted(costs, reverse=True)[:MOST]:
        terminalreporter.write_line(line)
