"""What the first page tells of the lake: media by kind, and tables by their rows; kept for a moment."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from sqlglot.expressions import Literal, select, table_, union

from lakefront.errors import BadInputError
from lakefront.media.assets import TABLE
from lakefront.media.rows import no_table
from reads import engine, of_media


@dataclass(frozen=True)
class KindTotal:
    """How many assets of a kind there are, and the bytes of their originals."""

    kind: str
    assets: int
    size: int


@of_media
@st.cache_data(ttl=60, max_entries=200, show_spinner=False)
def media_totals(viewer: str) -> list[KindTotal]:
    """Return the totals of each kind."""
    trino = engine(viewer)
    table = trino.schemas.table(TABLE)
    sql = f"SELECT kind, count(*), coalesce(sum(file_size), 0) FROM {table} GROUP BY kind ORDER BY 2 DESC"  # noqa: S608 - a name of our own
    try:
        return [KindTotal(*row) for row in trino.query(sql).rows]
    except BadInputError as error:
        if no_table(error):
            return []
        raise


@dataclass(frozen=True)
class TableTotal:
    """Rows of a table, as many as the viewer sees."""

    name: str
    rows: int


@of_media
@st.cache_data(ttl=120, max_entries=200, show_spinner=False)
def table_totals(viewer: str) -> list[TableTotal]:
    """Return the lake's tables that the viewer may see, largest first. Rows that are kept from her are not counted."""
    trino = engine(viewer)
    found = trino.query(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('information_schema', 'system') ORDER BY 1, 2"
    ).rows
    if not found:
        return []
    each = [
        select(Literal.string(f"{schema}.{name}").as_("name"), "count(*) AS records").from_(
            table_(name, db=schema, quoted=True)
        )
        for schema, name in found
    ]
    sql = union(*each, distinct=False).sql("trino") if len(each) > 1 else each[0].sql("trino")
    totals = [TableTotal(*row) for row in trino.query(sql).rows]
    return sorted(totals, key=lambda total: (-total.rows, total.name))
