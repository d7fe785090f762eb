"""Prints what became of each language's client, as `make contract` shows it."""

from collections.abc import Iterator

import pytest

from tests.clients.workshop import LANGUAGES, steps

FILE = "tests/clients/test_clients.py::test_"


def outcomes(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str, str]]:
    """The test's name, what is shown for it, and why it was skipped."""
    for outcome, shown in (("passed", "yes"), ("failed", "NO"), ("error", "NO"), ("skipped", "-")):
        for report in reporter.stats.get(outcome, []):
            reason = report.longrepr[2].removeprefix("Skipped: ") if outcome == "skipped" else ""
            yield report.nodeid.removeprefix(FILE), shown, reason


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = {name: (shown, reason) for name, shown, reason in outcomes(terminalreporter)}
    terminalreporter.section("clients")
    terminalreporter.write_line(f"{'':33}{'generated':11}{'compiled':11}run")
    for language in LANGUAGES:
        told = [found.get(f"{step}[{language.name}]", ("-", "not run")) for step in steps()]
        why = next((reason for _, reason in told if reason), "")
        terminalreporter.write_line(f"{language.name:33}{told[0][0]:11}{told[1][0]:11}{told[2][0]:5}{why}".rstrip())
