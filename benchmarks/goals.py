"""What this backend wants to reach, and whether a run did."""

from collections.abc import Iterator

from benchmarks import dav, replicas
from benchmarks.goal import Goal, ratio, titled
from benchmarks.pocketbase.goals import beside_pocketbase
from benchmarks.results import Results

COSTS = {"list": 0.25, "one": 0.35, "create": 0.5, "patch": 0.5}  # of the peer's
NOISE = 0.05  # of a cost: what differs by less is the same


def goals(results: Results) -> Iterator[Goal]:
    """Those that this run has measured."""
    yield from beside_the_peer(results)
    yield from beside_pocketbase(results)
    yield from among_themselves(results)
    yield from by_size(results)
    yield from by_itself(results)
    yield from replicas.goals(results)
    yield from of_phones(results)
    yield from of_memory(results)


def beside_the_peer(results: Results) -> Iterator[Goal]:
    for name in COSTS:
        own, peer = results.find("compared", name), results.find("compared", name, "peer")
        if own and peer:
            cost, rate = COSTS[name], 2.0 if name in ("list", "one") else 1.0
            remark = f"{ratio(own, peer, 'cpu'):.2f} with the database"
            yield Goal(
                f"{titled(name)}: processor time, of the peer's", ratio(own, peer, "server"), cost, remark=remark
            )
            yield Goal(
                f"{titled(name)}: requests a second, of the peer's", ratio(own, peer, "rate"), rate, is_upper=False
            )
    own, peer = results.find("compared", "me"), results.find("compared", "me", "peer")
    if own and peer:
        yield Goal("/me: requests a second, of the peer's", ratio(own, peer, "rate"), 0.8, is_upper=False)


def among_themselves(results: Results) -> Iterator[Goal]:
    found = {row.operation: row for row in results.of("compared") if row.target == "application"}
    if {"unchanged", "list"} <= found.keys():
        yield Goal("304: processor time, of the list's", ratio(found["unchanged"], found["list"], "server"), 1 / 3)
    if {"me", "one"} <= found.keys():
        yield Goal("/me, counted: processor time, of one contact's", ratio(found["me"], found["one"], "server"), 1.5)
    if {"changes0", "one"} <= found.keys():
        cost = ratio(found["changes0"], found["one"], "cpu")
        yield Goal("changes, nothing new: cost, of one contact's", cost, 1 + NOISE, remark="1, but for the noise")


def by_size(results: Results) -> Iterator[Goal]:
    """What a request costs to all processes together, with the largest book, of what it does with a usual one."""
    for row in results.of("growth"):
        usual = results.find("growth", row.operation)
        if row.contacts == max(each.contacts for each in results.of("growth")) and usual:
            limit = 2.0 if row.operation in ("search", "common") else 1.3
            yield Goal(
                f"{titled(row.operation)}: cost with {row.contacts:,} contacts, of 1,000",
                ratio(row, usual, "cpu"),
                limit,
            )


def by_itself(results: Results) -> Iterator[Goal]:
    for name in ("search", "common"):
        if row := results.find("alone", name, contacts=10_000):
            yield Goal(f"{titled(name)}: p95 alone, with 10,000 contacts", row.median("p95"), 30, unit="ms")
    if row := results.find("transfers", "import", contacts=10_000):
        yield Goal("import of 10,000 cards: the server's processor time", row.median("server") / 1e6, 5, unit="s")
    if row := results.find("storm", "storm", "stormed"):
        yield Goal("list: p95 in a storm of wrong passwords", row.median("p95"), 500, unit="ms")


def of_phones(results: Results) -> Iterator[Goal]:
    """What a phone waits for, alone, with the larger book; and what that is of what it is with the smaller one."""
    small, large = dav.SIZES
    for name, limit in dav.LIMITS.items():
        if row := results.find("carddav", name, contacts=large):
            yield Goal(f"{dav.TITLES[name]}, with {large:,} cards", row.median("ms"), limit, unit="ms")
    for name in dav.TITLES:
        one, other = (results.find("carddav", name, contacts=size) for size in (large, small))
        if one and other and name not in dav.LISTS:
            claim = f"{dav.TITLES[name]}: time with {large:,} cards, of {small:,}"
            yield Goal(claim, ratio(one, other, "ms"), 1.3)


def of_memory(results: Results) -> Iterator[Goal]:
    for after in ("requests", "transfers"):
        if row := results.find("memory", after):
            remark = f"fair share {row.median('share'):.0f} MB"
            yield Goal(f"peak memory of a worker, after {after}", row.median("peak"), 100, unit="MB", remark=remark)
