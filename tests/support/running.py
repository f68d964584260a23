"""Statements as Trino knows them: which there are, which still run, how they ended."""

from __future__ import annotations

from lakefront.trino import Trino
from tests.support.waiting import wait_for


def ids_of(trino: Trino, text: str, **equal: str) -> list[str]:
    """Return the ids of statements with a text in them, oldest first. `equal`: what else is so (source, state)."""
    where = "".join(f" AND {column} = ?" for column in equal)
    found = trino.query(
        "SELECT query_id FROM system.runtime.queries"
        # This statement is one, too.
        f" WHERE strpos(query, ?) > 0 AND strpos(query, 'runtime.queries') = 0{where} ORDER BY created",
        [text, *equal.values()],
    )
    return [str(row[0]) for row in found.rows]


def ended(trino: Trino, query_id: str, *, within: float = 10) -> tuple[str, str | None]:
    """Wait until a statement has ended, and return how: its state, and the name of its error."""
    sql = "SELECT state, error_code FROM system.runtime.queries WHERE query_id = ? AND state IN ('FINISHED', 'FAILED')"
    state, error = wait_for(lambda: trino.query(sql, [query_id]).rows, within=within, what=f"{query_id} ending")[0]
    return str(state), error
