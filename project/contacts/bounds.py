"""What fits into one answer, by the sizes of contacts in KiB."""

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select

from project.web.budgets import ANSWER_KIB

SMALL_PAGE = 100  # contacts that fit into an answer, whatever is in them


def fit(sizes: Iterable[int]) -> int:
    """Return how many things of these sizes go into one answer: at least one."""
    return max(sum(size <= ANSWER_KIB for size in accumulate(sizes)), 1)


def bounded(page: Subquery, kib: int, *order: ColumnElement[Any]) -> Select[Any]:
    """Cut a page where it exceeds so many KiB; the first row beyond is kept, to tell that there are more.

    A row without a size, which stands for an empty page, stays.
    """
    running = select(page, func.sum(page.c.size).over(order_by=order).label("running")).subquery()
    columns = [running.c[column.key] for column in page.c]
    return select(*columns).where(func.coalesce(running.c.running - running.c.size, 0) <= kib)
