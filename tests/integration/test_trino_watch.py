"""A statement that nobody waits for any more ends at Trino, too."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from lakefront.errors import CheckFailedError
from lakefront.trino import Trino
from tests.support.running import ended, ids_of
from tests.support.waiting import wait_for

pytestmark = pytest.mark.stack

#: Runs for minutes on two cores.
LONG = "SELECT count(*) FROM tpch.sf100.lineitem"


class _Left(BaseException):
    """Somebody moved on."""


class _After:
    """Raises after some looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise _Left


@pytest.mark.parametrize(("looks", "params"), [(2, None), (4, None), (5, [1])])
def test_it_is_cancelled_when_the_watch_raises(trino: Trino, looks: int, params: list[int] | None) -> None:
    mark = f"test_trino_watch {time.time_ns()}"
    watch = _After(looks)
    with pytest.raises(_Left):
        replace(trino, watch=watch).query(f"{LONG} WHERE orderkey > {'?' if params else '1'} -- {mark}", params)
    (query_id,) = wait_for(lambda: ids_of(trino, mark), what="Trino knowing of the statement")
    assert ended(trino, query_id) == ("FAILED", "USER_CANCELED")


def test_it_is_looked_at_while_nothing_is_ready(trino: Trino) -> None:
    looks: list[None] = []
    engine = replace(trino, watch=lambda: looks.append(None), timeout=6.0)
    with pytest.raises(CheckFailedError, match="EXCEEDED_TIME_LIMIT"):
        engine.query(LONG)
    assert len(looks) > 2


def test_a_watch_that_is_content_changes_nothing(trino: Trino) -> None:
    looks: list[None] = []
    sql = "SELECT orderkey FROM tpch.tiny.orders ORDER BY orderkey"
    watched = replace(trino, watch=lambda: looks.append(None)).query(sql)
    assert watched.rows == trino.query(sql).rows
    assert looks
    assert ended(trino, watched.query_id) == ("FINISHED", None)
