"""Statements as Trino knows them: which there are, which still run, how they ended."""

from __future__ import annotations

from lakefront.trino import Trino
from tests.support.waiting import wait_for


def ids_of(trino: Trino, text: str, *, states: tuple[str, ...] = ()) -> list[str]:
    """Return the ids of statements of others than this one that have a text in them, oldest first."""
    where = f" AND state IN ({', '.join('?' * len(states))})" if states else ""
    sql = f"SELECT query_id FROM system.runtime.queries WHERE strpos(query, ?) > 0 AND strpos(query, 'runtime.queries') = 0{where} ORDER BY created"
    return [str(row[0]) for row in trino.query(sql, [text, *states]).rows]


def ended(trino: Trino, query_id: str, *, within: float = 10) -> tuple[str, str | None]:
    """Wait until a statement has ended, and return how: its state, and the name of its error."""
    sql = "SELECT state, error_code FROM system.runtime.queries WHERE query_id = ? AND state IN ('FINISHED', 'FAILED')"
    state, error = wait_for(lambda: trino.query(sql, [query_id]).rows, within=within, what=f"{query_id} ending")[0]
    return str(state), error
