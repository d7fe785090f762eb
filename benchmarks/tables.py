"""Results as tables: for a terminal, and in Markdown."""

from collections.abc import Sequence

from benchmarks.results import Results, Row, Spread

COSTS = ("server", "database", "redis")


def plain(results: Results) -> str:
    """Everything measured until now, a row in a line."""
    sections = dict.fromkeys(row.section for row in results.rows)
    return "".join(f"{line(row)}\n" for section in sections for row in results.of(section))


def line(row: Row) -> str:
    told = " ".join(f"{name} {whole(row.spread(name))}" for name in row.samples[0])
    return f"{row.section:10} {row.operation:11} {row.target:12} {row.contacts:6} {told}"


def whole(spread: Spread) -> str:
    """A median, with the least and the most where they differ."""
    return f"{number(spread.median)}({number(spread.least)}..{number(spread.most)})"


def shown(spread: Spread) -> str:
    if spread.least == spread.most:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.least)}–{number(spread.most)})"


def seconds(spread: Spread) -> str:
    return shown(Spread(*(value / 1e6 for value in spread)))


def number(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns, but for the first one, are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines) + "\n"
