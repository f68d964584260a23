"""Trino's event of a finished query -> one flat row of `governance.query_audit`, as plain JSON values.

https://github.com/trinodb/trino/blob/476/core/trino-spi/src/main/java/io/trino/spi/eventlistener/QueryCompletedEvent.java
Durations come in seconds and leave in milliseconds; moments come and leave as ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.request_ids import is_well_formed

#: More of a statement, and of a message, than this is of no use to a reader.
LONGEST_QUERY: Final = 20_000
LONGEST_MESSAGE: Final = 4_000
_LONGEST_ITEM: Final = 4_000
_LONGEST_ID: Final = 200
#: Of what is read or put on; a query over more is cut, not lost.
_MOST_ITEMS: Final = 2_000
_LARGEST: Final = 2**63 - 1
#: Its properties may be passwords; Trino has no other statement that takes one.
_CREATE_CATALOG: Final = re.compile(r"\bCREATE\s+CATALOG\b.*?\bWITH\b", re.IGNORECASE | re.DOTALL)
_READINESS_SOURCE: Final = "lakefront-readiness"
#: What the stack asks to see whether a table can be read: five rows that Trino makes itself.
READ_A_TABLE: Final = "SELECT count(*) FROM tpch.tiny.region"
_READINESS_QUERY: Final = re.compile(rf"SHOW SCHEMAS FROM [a-z][a-z0-9_]*|{re.escape(READ_A_TABLE)}")
#: Who publishes rules, and the users that only rules of one version know: asked as one of them until Trino obeys.
PUBLISHING_SOURCE: Final = "lakefront-policy"
_VERSION_OF_RULES: Final = re.compile(r"rules-[0-9a-f]{12}")
_RULES: Final = ("columnMask", "rowFilter")
_DENIED: Final = "PERMISSION_DENIED"

Fields = Mapping[str, Any]


def to_row(body: bytes, received_at: dt.datetime) -> dict[str, Any]:
    """Return the row of an event. Raises BadInputError (`audit-event`) for what is no event of a finished query."""
    try:
        event: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise _bad("it is not JSON") from None
    if not isinstance(event, dict):
        raise _bad("it is no JSON object")
    try:
        return _row(cast("dict[str, Any]", event), received_at)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise _bad(f"it has another shape ({type(error).__name__}: {str(error)[:200]})") from None


def is_own_check(row: Fields, user: str) -> bool:
    """Whether the stack asked, as `user`, if Trino is ready, or if it obeys new rules; the lake is not read.

    The statement counts, not only the source, which anybody can take. What was refused is no check, but for that of
    rules: nobody is called by their version, and until Trino has read it, it refuses even this.
    """
    return _is_of_readiness(row, user) or (
        row["source"] == PUBLISHING_SOURCE
        and row["principal"] == row["user"]
        and row["query"] == "SELECT 1"
        and _VERSION_OF_RULES.fullmatch(row["user"] or "") is not None
    )


def _is_of_readiness(row: Fields, user: str) -> bool:
    return (
        row["source"] == _READINESS_SOURCE
        and row["user"] == user
        and _READINESS_QUERY.fullmatch(row["query"] or "") is not None
        and row["error_code"] != _DENIED
    )


def _row(event: Fields, received_at: dt.datetime) -> dict[str, Any]:
    metadata, context, statistics = _part(event, "metadata"), _part(event, "context"), _part(event, "statistics")
    failure = _part(event, "failureInfo")
    code = _part(failure, "errorCode")
    created = _moment(event["createTime"])
    ended = _moment(event["endTime"]) if event.get("endTime") else None
    io = _part(event, "ioMetadata")
    tables = [table for table in metadata.get("tables") or () if not _is_of_a_rule(table)]
    scanned = {f"{_input(table)}.{column['name']}" for table in io.get("inputs") or () for column in table["columns"]}
    return {
        "query_id": _needed(metadata["queryId"]),
        "created_at": created.isoformat(),
        "started_at": _moment(event["executionStartTime"]).isoformat() if event.get("executionStartTime") else None,
        "ended_at": ended.isoformat() if ended else None,
        "user": _needed(context["user"]),
        "principal": _text(context.get("principal")),
        "original_user": _text(context.get("originalUser")),
        "user_groups": _texts(sorted(context.get("groups") or ())),
        "source": _text(context.get("source")),
        "client_info": _text(context.get("clientInfo")),
        "client_tags": _texts(sorted(context.get("clientTags") or ())),
        "client_address": _text(context.get("remoteClientAddress")),
        "user_agent": _text(context.get("userAgent")),
        "catalog": _text(context.get("catalog")),
        "schema": _text(context.get("schema")),
        "resource_group": _text(".".join(context.get("resourceGroupId") or ()) or None),
        "query_type": _text(context.get("queryType")),
        "query": _statement(metadata.get("query")),
        "prepared_query": _statement(metadata.get("preparedQuery")),
        "state": _needed(metadata["queryState"]),
        "error_code": _text(code.get("name")),
        "error_type": _text(code.get("type")),
        "error_message": _text(failure.get("failureMessage"), LONGEST_MESSAGE),
        "tables_read": _texts(_name(table) for table in tables),
        "tables_written": _written(io),
        # Of a table with masks Trino lists all masked columns, asked for or not: those count that the plan reads.
        "columns_read": _texts(
            name
            for table in tables
            for column in table.get("columns") or ()
            if (name := f"{_name(table)}.{column['column']}") in scanned or not column.get("mask")
        ),
        "row_filters": _texts(f"{_name(table)}: {item}" for table in tables for item in table.get("filters") or ()),
        "column_masks": _texts(
            f"{_name(table)}.{column['column']}: {column['mask']}"
            for table in tables
            for column in table.get("columns") or ()
            if column.get("mask")
        ),
        # Not `wallTime`: that is 0 for a statement that fails before it runs.
        "total_ms": round((ended - created).total_seconds() * 1000) if ended else None,
        **{name: _milliseconds(statistics.get(key)) for name, key in _TIMES.items()},
        **{name: _count(statistics.get(key)) for name, key in _COUNTS.items()},
        "received_at": received_at.isoformat(),
        "request_id": _request_id(context.get("traceToken")),
        **_origin(context.get("clientInfo")),
    }


_TIMES: Final = {
    "queued_ms": "queuedTime",
    "analysis_ms": "analysisTime",
    "planning_ms": "planningTime",
    "execution_ms": "executionTime",
    "cpu_ms": "cpuTime",
}
_COUNTS: Final = {
    "rows_scanned": "physicalInputRows",
    "bytes_scanned": "physicalInputBytes",
    "output_rows": "outputRows",
    "output_bytes": "outputBytes",
    "written_rows": "writtenRows",
    "written_bytes": "writtenBytes",
    "peak_memory_bytes": "peakUserMemoryBytes",
}


#: What our Superset says of a query in its client info, see deploy/superset/query_origin.py.
_ORIGIN: Final = (
    *("client", "chart", "chart_uuid", "dashboard", "dashboard_uuid"),
    *("dashboard_filter", "sql_tab", "alert"),
)


def _origin(client_info: Any) -> dict[str, str | None]:
    """Return the chart, dashboard and so on that a program says it asks for; client info may be any text."""
    try:
        said: Any = json.loads(client_info) if client_info else {}
    except (TypeError, ValueError, RecursionError):
        said = {}
    told: Fields = cast("Fields", said) if isinstance(said, dict) else {}
    return {name: _text(value, _LONGEST_ID) if isinstance(value := told.get(name), str) else None for name in _ORIGIN}


def _request_id(trace_token: Any) -> str | None:
    """Return the id of the request that a program says it asks for; anybody may send any text as trace token."""
    return trace_token if isinstance(trace_token, str) and is_well_formed(trace_token) else None


def _part(of: Fields, key: str) -> Fields:
    found = of.get(key)
    return cast("Fields", found) if isinstance(found, dict) else {}


def _name(table: Fields) -> str:
    return f"{table['catalog']}.{table['schema']}.{table['table']}"


def _input(table: Fields) -> str:
    return f"{table['catalogName']}.{table['schema']}.{table['table']}"


def _is_of_a_rule(table: Fields) -> bool:
    """Whether a filter or mask reads the table, such as the key of hashes, and not the one who asks."""
    return any(item.get("@type") in _RULES for item in table.get("referenceChain") or ())


def _written(io: Fields) -> list[str]:
    output = _part(io, "output")
    return _texts([_input(output)]) if output else []


def _text(value: Any, longest: int = _LONGEST_ITEM) -> str | None:
    if value is None:
        return None
    # Half of a pair of surrogates is no text for anybody else.
    return str(value)[:longest].encode("utf-8", errors="replace").decode("utf-8")


def _texts(values: Iterable[Any]) -> list[str]:
    """Return what is said more than once only once, in the order in which Trino says it."""
    return list(dict.fromkeys(text for value in values if (text := _text(value)) is not None))[:_MOST_ITEMS]


def _needed(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_ID:
        raise ValueError("a name that is needed is missing or too long")
    return cast("str", _text(value))


def _statement(value: Any) -> str | None:
    text = _text(value, LONGEST_QUERY)
    found = _CREATE_CATALOG.search(text) if text else None
    return f"{text[: found.end()]} (left out)" if text and found else text


def _moment(value: Any) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(dt.UTC)


def _number(scale: float) -> Callable[[Any], int | None]:
    def convert(value: Any) -> int | None:
        return None if value is None else max(-_LARGEST, min(_LARGEST, round(value * scale)))

    return convert


_milliseconds: Final = _number(1000)
_count: Final = _number(1)


def _bad(why: str) -> BadInputError:
    return BadInputError("audit-event", why, fix="send the events of Trino's HTTP event listener, log-completed only")
