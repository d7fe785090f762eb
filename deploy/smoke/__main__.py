"""The story, told in order; the first thing that does not hold ends it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence

import carddav
import cluster
import faults
import use
from stack import Broken, Stack

Story = Sequence[Callable[[Stack], "str | None"]]

STORY: Story = [
    use.everything_starts,
    use.an_app_can_do_all_it_wants,
    carddav.a_phone_syncs_by_carddav,
    use.pictures_are_shared_by_all_replicas,
    use.the_proxy_speaks_as_the_application_does,
    use.nobody_says_who_he_is_but_the_proxy,
    use.tokens_are_not_logged,
    use.replicas_share_the_limit,
    use.metrics_count_all_workers,
    faults.a_replica_is_killed_and_no_request_fails,
    faults.a_replica_is_stopped_and_finishes_what_it_has,
    faults.an_upgrade_leaves_no_gap,
    faults.the_database_dies_and_loses_nothing_it_acknowledged,
    faults.a_backup_can_be_restored,
    faults.all_of_it_stops_in_order,
    faults.the_data_outlives_the_containers,
    faults.without_replicas_the_proxy_says_so,
]
ON_A_CLUSTER: Story = [
    use.everything_starts,
    cluster.tables_lie_on_all_nodes,
    use.an_app_can_do_all_it_wants,
    use.pictures_are_shared_by_all_replicas,
    cluster.both_workers_die_and_come_back,
    faults.an_upgrade_leaves_no_gap,
    cluster.tables_lie_on_all_nodes,
    faults.a_backup_can_be_restored,
    faults.all_of_it_stops_in_order,
    faults.the_data_outlives_the_containers,
]


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def tell(stack: Stack, story: Story) -> None:
    for step in story:
        name = step.__name__.replace("_", " ")
        say(f"... {name}")
        began = time.monotonic()
        figures = step(stack)
        seconds = f"{time.monotonic() - began:.0f} s"
        say(f"\rok  {name} ({f'{figures}, ' if figures else ''}{seconds})\n")


def holds(stack: Stack, story: Story) -> bool:
    """Whether all of a story does; then nothing is left of its stack."""
    try:
        tell(stack, story)
    except Broken as reason:
        say(f"\nNOT {reason}\n\n{stack.compose('logs', '--tail', '30')}")
        return False
    finally:
        stack.compose("down", "--volumes", "--remove-orphans")
    return True


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(folder)
        if not holds(stack, STORY):
            return 1
        if not stack.has_image(engine := cluster.engine()):
            sys.stderr.write(f"SKIPPED: nothing was tried on a cluster, for there is no image {engine} here.\n")
        elif not holds(Stack(folder, cluster.OPTIONS, cluster.SETTINGS), ON_A_CLUSTER):
            return 1
    say("All of it holds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
