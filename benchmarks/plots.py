"""The document's plots, as SVG with its text as text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.goal import titled
from benchmarks.profiling import PARTS
from benchmarks.results import Results, Row, names
from project.config import ROOT

FOLDER = ROOT / "docs" / "performance"
SHADES = {
    "application": ("#1f6fb2", "#8fbfe0", "#c9dff0"),
    "peer": ("#b2561f", "#e0b08f", "#f0d9c9"),
}
SIZES = (1_000, 10_000, 50_000)
COSTS = ("server", "database", "redis")

mpl.use("svg")
mpl.rcParams.update(
    {"svg.fonttype": "none", "svg.hashsalt": "contacts", "font.size": 9, "axes.spines.top": False,
     "axes.spines.right": False, "figure.constrained_layout.use": True}
)  # fmt: skip


def draw(results: Results) -> list[Path]:
    """All plots that this run has measures for."""
    FOLDER.mkdir(exist_ok=True)
    drawn = []
    for section, plot in PLOTS.items():
        if results.of(section):
            figure, axes = pyplot.subplots(figsize=(8, 4.2))
            plot(results, axes)
            drawn.append(FOLDER / f"{section}.svg")
            figure.savefig(drawn[-1], metadata={"Date": None})
            pyplot.close(figure)
    return drawn


def beside(results: Results, axes: Any) -> None:
    """Bars of processor time for each operation: the application's on the left, the peer's on the right."""
    operations = names(results.of("compared"))
    for side, (target, shades) in enumerate(SHADES.items()):
        for place, name in enumerate(operations):
            if row := results.find("compared", name, target):
                bar(axes, row, place + 0.4 * side - 0.2, shades)
    for target, shades in SHADES.items():
        axes.bar(0, 0, color=shades[0], label=f"{target}; paler: PostgreSQL, Valkey")
    axes.set_xticks(range(len(operations)), [titled(name) for name in operations], rotation=30, ha="right")
    axes.set_ylabel("µs of processors a request")
    axes.legend(frameon=False)


def bar(axes: Any, row: Row, place: float, shades: tuple[str, ...]) -> None:
    """One stacked bar; the line shows the least and the most of all rounds."""
    bottom = 0.0
    for cost, shade in zip(COSTS, shades, strict=True):
        axes.bar(place, row.median(cost), 0.36, bottom, color=shade)
        bottom += row.median(cost)
    total = row.spread("cpu")
    axes.vlines(place, total.least, total.most, color="black", linewidth=0.8)


def growing(results: Results, axes: Any) -> None:
    """The cost of each operation by the size of the book, of that with a usual one."""
    for name in names(results.of("growth")):
        rows = sorted((row for row in results.of("growth") if row.operation == name), key=lambda row: row.contacts)
        costs = [row.median("cpu") / rows[0].median("cpu") for row in rows]
        axes.plot([row.contacts for row in rows], costs, marker="o", markersize=3, label=titled(name))
    for limit in (1.3, 2.0):
        axes.axhline(limit, color="grey", linestyle=":", linewidth=0.8)
    axes.set(xscale="log", yscale="log")
    for axis, ticks in ((axes.xaxis, SIZES), (axes.yaxis, (0.5, 1, 1.3, 2, 5, 10))):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("contacts in the book")
    axes.set_ylabel("cost, of that with 1,000")
    axes.legend(frameon=False, loc="upper left", ncols=2)


def shares(results: Results, axes: Any) -> None:
    """Where the application's time goes, a bar for each operation."""
    rows = results.of("profile")[::-1]
    left = [0.0] * len(rows)
    for index, part in enumerate(PARTS):
        widths = [row.median(part) * 100 for row in rows]
        axes.barh([titled(row.operation) for row in rows], widths, left=left, label=part, color=f"C{index}")
        left = [one + other for one, other in zip(left, widths, strict=True)]
    axes.set_xlabel("% of the time that the application does not wait")
    axes.legend(frameon=False, bbox_to_anchor=(1, 1), loc="upper left")


PLOTS: dict[str, Callable[[Results, Any], None]] = {"compared": beside, "growth": growing, "profile": shares}
