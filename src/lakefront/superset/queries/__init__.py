"""A chart's or a native filter's query without a browser, and all of them run as each person."""

from lakefront.superset.queries.context import filter_query, query_of
from lakefront.superset.queries.form import NotDerivedError

__all__ = ["NotDerivedError", "filter_query", "query_of"]
