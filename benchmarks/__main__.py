"""Measure. Everything, with the document: `python -m benchmarks`. One thing: `--parts compared --only list --small`."""

import argparse
import sys

from benchmarks import report, results, stage, tables, wrk
from benchmarks.course import PARTS
from benchmarks.operations import OPERATIONS
from benchmarks.results import TARGETS
from benchmarks.run import Run

ENOUGH = 7  # rounds; with fewer it is a try, which is shown and not kept


def main() -> None:
    options = arguments()
    if options.write:
        report.write(results.read())
        return
    if not wrk.is_there():
        sys.exit(wrk.MISSING)
    with stage.set_up() as here:
        run = Run(here, options)
        for name in options.parts:
            PARTS[name](run)
            sys.stdout.write(tables.plain(run.results))
    if options.rounds >= ENOUGH and options.parts == list(PARTS):
        run.results.write()
        report.write(run.results)
    elif options.keep:
        kept = results.read().with_sections(run.results)
        kept.write()
        report.write(kept)


def names(text: str) -> list[str]:
    return text.split(",")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--parts", type=names, default=list(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--only", type=names, default=list(OPERATIONS), help=f"of {','.join(OPERATIONS)}")
    parser.add_argument("--targets", type=names, default=TARGETS, help=f"of {','.join(TARGETS)}")
    parser.add_argument("--rounds", type=int, default=ENOUGH, help="how often each is measured (7)")
    parser.add_argument("--seconds", type=int, default=2, help="how long each round takes (2)")
    parser.add_argument("--small", action="store_true", help="20 users, none with a large book; for --parts compared")
    parser.add_argument("--keep", action="store_true", help="put what was measured in the place of what was kept of it")
    parser.add_argument("--write", action="store_true", help="only write the document again, from the results kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
