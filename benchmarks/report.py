"""docs/performance.md: what a person wrote stays, what was measured is put between two marks."""

import re
from collections.abc import Iterator

from benchmarks import dav, plots, replicas, wrk
from benchmarks.goal import Goal, ratio, titled
from benchmarks.goals import goals
from benchmarks.pocketbase import report as pocketbase
from benchmarks.profiling import PARTS
from benchmarks.results import Results, Row, names
from benchmarks.tables import markdown, number, seconds, shown
from project.config import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
MEASURED = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)
PEOPLE = {"application": "the application", "itself": "the application again", "peer": "the peer", "floor": "the floor"}


def write(results: Results) -> None:
    """Put the results and their plots into the document."""
    plots.draw(results)
    measured = "\n" + "".join(sections(results))
    DOCUMENT.write_text(MEASURED.sub(lambda _: measured, DOCUMENT.read_text()))


def sections(results: Results) -> Iterator[str]:
    yield "### The run\n\n" + markdown(["", ""], list(results.machine.items())).replace("---:", "---")
    yield "### Goals\n\n" + markdown(["", "measured", "goal", ""], list(map(verdict, goals(results))))
    for section in (
        compared,
        pocketbase.sections,
        growth,
        replicas.sections,
        transfers,
        carddav,
        passwords,
        memory,
        database,
        profile,
        parts,
    ):
        yield from section(results)


def verdict(goal: Goal) -> list[str]:
    bound = "at most" if goal.is_upper else "at least"
    value = f"{goal.value:.2f} {goal.unit}".strip() + (f" ({goal.remark})" if goal.remark else "")
    reached = "reached" if goal.is_reached else f"**missed by {goal.missed_by:.0%}**"
    return [goal.claim, value, f"{bound} {goal.limit:.3g} {goal.unit}".strip(), reached]


def compared(results: Results) -> Iterator[str]:
    if rows := results.of("compared"):
        heads = ["", "", "requests/s", "p50 ms", "p99 ms", "server µs", "database µs", "Redis µs"]
        lines = [
            [titled(row.operation) if row.target == "application" else "", PEOPLE[row.target], *measures(row)]
            for row in rows
        ]
        yield "### Beside the peer\n\nMedians of all rounds, with the least and the most.\n\n"
        yield picture("compared", "Processor time of a request, by operation") + markdown(heads, lines)
        yield noise(results)


def noise(results: Results) -> str:
    """How far apart the medians of one and the same application are."""
    own = [row for row in results.of("compared") if row.target == "application"]
    pairs = [(row, again) for row in own if (again := results.find("compared", row.operation, "itself"))]
    apart = [max(abs(ratio(*pair, measure) - 1) for pair in pairs) for measure in ("server", "rate")]
    return (
        f"The application and itself differ by at most {apart[0]:.0%} in the server's processor time and "
        f"{apart[1]:.0%} in requests a second: differences that are not larger mean nothing.\n\n"
    )


def measures(row: Row) -> list[str]:
    return [shown(row.spread(name)) for name in ("rate", "p50", "p99", "server", "database", "redis")]


def growth(results: Results) -> Iterator[str]:
    if rows := results.of("growth"):
        yield "### By the size of the book\n\n" + picture("growth", "Cost of a request by the size of the book")
        yield sized(rows, "cpu", "µs of all processors a request, with")
    if rows := results.of("users"):
        pairs = [(few, results.find("users", few.operation)) for few in rows if few.target == "few"]
        lines = [
            [titled(few.operation), shown(few.spread("cpu")), shown(many.spread("cpu"))] for few, many in pairs if many
        ]
        yield "With few users in the database and with many, each with 1,000 contacts:\n\n"
        yield markdown(["µs of all processors a request, with", "10 users", "200 users"], lines)
    if rows := results.of("alone"):
        yield "Who asks while nobody else does, waits:\n\n" + sized(rows, "p95", "p95 in ms, with")


def sized(rows: list[Row], measure: str, head: str) -> str:
    """A table with a column for each size."""
    sizes = sorted({row.contacts for row in rows})
    found = {(row.operation, row.contacts): shown(row.spread(measure)) for row in rows}
    lines = [[titled(name), *(found[name, size] for size in sizes)] for name in names(rows)]
    return markdown([head, *(f"{size:,} contacts" for size in sizes)], lines)


def transfers(results: Results) -> Iterator[str]:
    if rows := results.of("transfers"):
        heads = ["10,000 contacts, vCard 4.0", "seconds", "server s", "database s"]
        yield "### Whole books\n\n" + markdown(heads, [[row.operation, *durations(row)] for row in rows])


def carddav(results: Results) -> Iterator[str]:
    if results.of("carddav"):
        targets = [(target, size) for target in dav.NAMES for size in dav.SIZES]
        heads = ["ms, alone, with so many cards", *(f"{dav.NAMES[target]}, {size:,}" for target, size in targets)]
        lines = [
            [title, *(milliseconds(results, name, target, size) for target, size in targets)]
            for name, title in dav.TITLES.items()
        ]
        yield "### Phones that sync by CardDAV\n\n" + markdown(heads, lines)


def milliseconds(results: Results, name: str, target: str, size: int) -> str:
    row = results.find("carddav", name, target, size)
    return number(row.median("ms")) if row else "–"


def durations(row: Row) -> list[str]:
    return [shown(row.spread("seconds")), *(seconds(row.spread(name)) for name in ("server", "database"))]


def passwords(results: Results) -> Iterator[str]:
    if rows := [*results.of("login"), *results.of("storm")]:
        heads = ["", "a second", "p50 ms", "p95 ms", "p99 ms", "answers to wrong passwords"]
        times = ("rate", "p50", "p95", "p99")
        lines = [
            [PASSWORDS[row.operation], *(shown(row.spread(name)) for name in times), statuses(row)] for row in rows
        ]
        yield "### Passwords\n\n" + markdown(heads, lines)


def memory(results: Results) -> Iterator[str]:
    if rows := results.of("memory"):
        heads = ["MB of a worker", "most at any time", "fair share, at the end"]
        lines = [
            [f"{PEOPLE[row.target]}, after {row.operation}", *(shown(row.spread(name)) for name in ("peak", "share"))]
            for row in rows
        ]
        yield "### Memory\n\n" + markdown(heads, lines)


def database(results: Results) -> Iterator[str]:
    if rows := results.of("bare"):
        heads = [f"the same SQL by pgbench, from {wrk.CONNECTIONS} clients", "a second", "average ms", "database µs"]
        shares = ("rate", "average", "database")
        lines = [[titled(row.operation), *(shown(row.spread(name)) for name in shares)] for row in rows]
        yield "### The database alone\n\n" + markdown(heads, lines)


PASSWORDS = {
    "login": "signing in, one at a time",
    "alone": "list, 2 at once",
    "storm": "the same, while 50 wrong passwords come each second",
}


def statuses(row: Row) -> str:
    found = [f"{number(count)} × {name[7:]}" for name, count in row.samples[0].items() if name.startswith("status_")]
    return ", ".join(found)


def parts(results: Results) -> Iterator[str]:
    if rows := results.of("parts"):
        lines = [[row.operation, f"{row.median('server'):.1f}"] for row in rows]
        yield "One contact on SQLite, part by part; each without what it calls, and the part in its own row:\n\n"
        yield markdown(["", "µs"], lines)


def profile(results: Results) -> Iterator[str]:
    if rows := results.of("profile"):
        lines = [[titled(row.operation), *(f"{row.median(part):.0%}" for part in PARTS)] for row in rows]
        yield "### Where the application's time goes\n\n" + picture("profile", "Parts of the application's time")
        yield markdown(["of the time that it does not wait", *PARTS], lines)


def picture(name: str, title: str) -> str:
    return f"![{title}](performance/{name}.svg)\n\n"
