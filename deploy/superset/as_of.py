"""The one thing that Superset fills into the SQL of a dataset: the moment that a dashboard's filter names.

Superset does this with Jinja, in every text that a person may send: a language with loops, in which she can also read
the address, other datasets and her roles. Here `{{ as_of('column') }}` in the SQL of a dataset is replaced, by a
pattern, and all else stays as it was written. What is put in is made from a parsed time, never of a person's text.

The value is taken from the filters of the query itself, which are part of the cache's key, and not from the form data
that come along with it, which are not: the answers for two dates can never be one entry of the cache.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

#: What stands in the SQL of a generated dataset; the column is the one that the dashboard's filter asks by.
MACRO = re.compile(r"\{\{ as_of\('([a-z][a-z0-9_]*)'\) \}\}")
#: Without a choice: what is there now. Trino takes no moment that is not past by its own clock.
NEWEST = "date_add('second', -1, current_timestamp)"
#: As much as the clocks of Superset and Trino may differ.
_SKEW = dt.timedelta(minutes=1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_TICK = dt.timedelta(milliseconds=1)


class RefusedError(ValueError):
    """A value that is no time. Its text is the sentence that a person reads."""


def moment_of(value: Any) -> dt.datetime:
    """Return the moment, in UTC, that a text names: of a date, 2026-09-30, the end of that day; of a time, itself.

    Raises RefusedError for anything else.
    """
    try:
        found = _parsed(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise RefusedError("As of when? Choose a date such as 2026-09-30, or a time such as 2026-09-30T22:00Z.")
    return found


def _parsed(text: str) -> dt.datetime | None:
    if _DAY.fullmatch(text):
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) + dt.timedelta(days=1) - _TICK
    if _MOMENT.fullmatch(text):
        said = dt.datetime.fromisoformat(text)
        return (said if said.tzinfo else said.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    return None


def literal(moment: dt.datetime) -> str:
    """Return the SQL of a moment in UTC. What is still to come is what is there now."""
    if moment > dt.datetime.now(dt.UTC) - _SKEW:
        return NEWEST
    return f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(' ', 'milliseconds')} UTC'"


def chosen_moment(column: str, filters: Sequence[Mapping[str, Any]]) -> dt.datetime | None:
    """Return the moment that a query's filters name by a column; None where they name none.

    Raises RefusedError where they name several, or ask for anything but one moment.
    """
    asked = [item for item in filters if item.get("col") == column]
    moments: set[dt.datetime] = set()
    for item in asked:
        value, how = item.get("val"), str(item.get("op") or "").upper()
        if how not in ("IN", "=="):
            raise RefusedError("As of when? Choose one date; earlier, later or all but one are no date.")
        moments |= {moment_of(one) for one in (value if isinstance(value, (list, tuple)) else [value])}
    if len(moments) > 1 or (asked and not moments):
        raise RefusedError("As of when? Choose one date.")
    return next(iter(moments), None)


def filled(sql: str, filters: Sequence[Mapping[str, Any]], used: Sequence[list[str]] = ()) -> str:
    """Return a dataset's SQL with its moments filled in.

    `used`: lists that take the columns whose filters are answered by this, so that they are no condition on rows, too.
    Raises RefusedError.
    """

    def fill(found: re.Match[str]) -> str:
        column = found.group(1)
        moment = chosen_moment(column, filters)
        if moment is None:
            return NEWEST
        for names in used:
            if column not in names:
                names.append(column)
        return literal(moment)

    return MACRO.sub(fill, sql)


class Processors(dict[str, Any]):
    """Superset's CUSTOM_TEMPLATE_PROCESSORS: ours for each kind of database.

    Superset adds its own for kinds that are not in it, and takes plain Jinja for kinds that it has none for.
    """

    def __contains__(self, key: object) -> bool:
        """Leave no kind to Superset."""
        return True

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002 - dict's signature
        """Return ours."""
        return _processor()


@cache
def _processor() -> type:
    # Not loaded with this file: Superset reads its configuration first.
    base = import_module("superset.jinja_context").BaseTemplateProcessor
    refusal = import_module("superset.exceptions").QueryObjectValidationError

    class AsOf(base):  # type: ignore[misc,valid-type]  # known in Superset's own environment only
        """Fills in moments in the SQL of a dataset; SQL of people stays as it is."""

        def process_template(self, sql: str, **kwargs: Any) -> str:  # noqa: ARG002 - Superset's signature
            """Return the SQL as it is asked."""
            if self._table is None or str(sql).strip() != str(self._table.sql or "").strip("\t\r\n; "):
                return str(sql)
            used = [names for names in (self._removed_filters, self._applied_filters) if names is not None]
            try:
                return filled(str(sql), self._context.get("filter") or [], used)
            except RefusedError as error:
                raise refusal(str(error)) from error

    return AsOf
