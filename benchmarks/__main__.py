"""Measure: everything with `python -m benchmarks`; one thing with `--only list,one --rounds 3 --small`."""

import argparse
import sys
from contextlib import ExitStack

from benchmarks import answers, measuring, people, stage, wrk
from benchmarks.measuring import Samples, Task, spread
from benchmarks.operations import OPERATIONS


def main() -> None:
    options = arguments()
    if not wrk.is_there():
        sys.exit(wrk.MISSING)
    with stage.set_up() as here, ExitStack() as running:
        app = people.application(here)
        found = people.settle(app, large=[], usual=20 if options.small else 200)
        for target in options.targets:
            running.enter_context(stage.serving(here, target))
        chosen = [OPERATIONS[name] for name in options.only]
        tasks = [Task(each, target, each.by(found[1000])) for each in chosen for target in options.targets]
        urls = {target: here.servers[target].url for target in options.targets if target != "floor"}
        for name in options.only:
            answers.check(urls, OPERATIONS[name], OPERATIONS[name].by(found[1000]))
        samples: Samples = {}
        for task, sample in measuring.rounds(here, tasks, count=options.rounds, seconds=options.seconds):
            samples.setdefault((task.operation.name, task.target), []).append(sample)
        show(samples)


def show(samples: Samples) -> None:
    write = sys.stdout.write
    write(f"{'':11} {'':12} {'req/s':>7} {'p50 ms':>7} {'p99 ms':>7} | CPU us per request: server (min..max)")
    write("    database redis   sum\n")
    for (operation, target), rounds in sorted(samples.items()):
        rate = spread([each.drive.per_second for each in rounds])
        p50, p99 = (spread([getattr(each.drive, name) for each in rounds]) for name in ("p50", "p99"))
        server, database, redis = (spread([each.cost[index] for each in rounds]) for index in range(3))
        total = spread([each.cost.total for each in rounds])
        write(
            f"{operation:11} {target:12} {rate.median:7.0f} {p50.median:7.2f} {p99.median:7.2f} | "
            f"{server.median:7.0f} ({server.least:.0f}..{server.most:.0f}) {database.median:7.0f} "
            f"{redis.median:6.0f} {total.median:7.0f}\n"
        )


def names(text: str) -> list[str]:
    return text.split(",")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=names, default=list(OPERATIONS), help="operations, separated by commas")
    parser.add_argument("--targets", type=names, default=["application", "peer"], help="servers, separated by commas")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (7)")
    parser.add_argument("--seconds", type=int, default=3, help="how long each round takes (3)")
    parser.add_argument("--small", action="store_true", help="20 users instead of 200")
    return parser.parse_args()


if __name__ == "__main__":
    main()
