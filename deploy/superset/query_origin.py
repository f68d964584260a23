"""What a query is for: Trino is told which chart, dashboard, filter, SQL Lab tab or alert asks, and tells the audit.

Each query has a connection of its own, made by Superset just before it, so what is said here is of that query. It goes
beside the statement, as Trino's client info, and not into it: the statement, and with it every cache, stays the same.
Titles are Superset's own, of now; of which chart and dashboard they are is what the browser says. The id of the request
goes the same way, as Trino's trace token; the id that Trino gives the query is written down with both.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from importlib import import_module
from typing import Any

import request_ids
import requests
from celery import current_task
from flask import Request, g, has_app_context, request
from sqlalchemy.exc import SQLAlchemyError

CLIENT_INFO = "X-Trino-Client-Info"
#: Of a line for each query.
LOGGER = "lakefront.queries"
#: All titles together have to fit into a header; a character that is not ASCII takes six there.
_LONGEST = 120
_REPORTS = "superset.reports.models.ReportSchedule"
#: Of this thread; a worker has none.
_REQUEST: ContextVar[Request | None] = ContextVar("request", default=None)
_logger = logging.getLogger(__name__)
_queries = logging.getLogger(LOGGER)


def tell_trino(uri: Any, params: dict[str, Any], _user: Any, _manager: Any, _source: Any) -> tuple[Any, dict[str, Any]]:
    """Do what Superset calls DB_CONNECTION_MUTATOR: say what the query is for, and hear which id Trino gives it."""
    if uri.get_backend_name() != "trino":
        return uri, params
    arguments = params.setdefault("connect_args", {})
    said, request_id = origin(), request_ids.current()
    # ASCII, as headers want it.
    told = {CLIENT_INFO: json.dumps(said) if said else None, request_ids.TRACE_TOKEN: request_id}
    arguments["http_headers"] = {**(arguments.get("http_headers") or {}), **{k: v for k, v in told.items() if v}}
    if has_app_context():
        heard, fields = query_ids(), {**said, **({"request_id": request_id} if request_id else {})}

        def hear(query_id: str) -> None:
            heard.append(query_id)
            _queries.info("asked Trino", extra={"fields": {"query_id": query_id, **fields}})

        arguments["http_session"] = _listening(arguments, hear)
    return uri, params


def remember_request() -> None:
    """Keep the request that a browser makes, before it is answered; for Flask's `before_request`.

    SQL Lab runs its statements within a request of its own making, which knows nothing, and a long CSV is written when
    the request is over.
    """
    _REQUEST.set(request._get_current_object())  # type: ignore[attr-defined]


def query_ids() -> list[str]:
    """Return the ids of what this request, or this task of a worker, asked Trino so far, in order."""
    return g.setdefault("lakefront_query_ids", [])


def origin() -> dict[str, str]:
    """Return what this request, or this task of a worker, is for: `client`, and titles and uuids as far as known."""
    if not has_app_context():
        return {}
    if "lakefront_origin" not in g:
        asked = _REQUEST.get()
        g.lakefront_origin = _of_request(asked) if asked is not None else _of_task()
    return g.lakefront_origin


def chart_named(number: Any) -> dict[str, str]:
    """Return title and uuid of a chart by its id in Superset; nothing when there is none."""
    return _named("chart", "slice.Slice", "slice_name", number)


def dashboard_named(number: Any) -> dict[str, str]:
    """Return title and uuid of a dashboard by its id in Superset; nothing when there is none."""
    return _named("dashboard", "dashboard.Dashboard", "dashboard_title", number)


def _of_request(request: Request) -> dict[str, str]:
    body = _object(request.get_json(silent=True)) if request.is_json else {}
    if request.path.startswith("/api/v1/sqllab/"):
        return _texts({"client": "sql lab", "sql_tab": body.get("tab")})
    form = _object(body.get("form_data")) or _parsed(request.form.get("form_data") or request.args.get("form_data"))
    # What the chart's own page of data is asked for, by its address.
    in_path = (request.view_args or {}).get("pk") if request.path.startswith("/api/v1/chart/") else None
    chart = chart_named(form.get("slice_id") or in_path)
    dashboard_id = form.get("dashboardId") or request.args.get("dashboard_id") or body.get("dashboard_id")
    dashboard = dashboard_named(dashboard_id)
    if form.get("native_filter_id"):
        return {"client": "filter", **dashboard, **_filter_named(dashboard_id, str(form["native_filter_id"]))}
    if dashboard:
        return {"client": "dashboard", **chart, **dashboard}
    if chart or request.path.startswith(("/api/v1/chart/data", "/explore", "/datasource/samples")):
        return {"client": "chart", **chart}
    return {"client": "other"}


def _of_task() -> dict[str, str]:
    task = current_task
    if not task:
        return {}
    arguments = task.request.args or list((task.request.kwargs or {}).values())
    try:
        if task.name == "sql_lab.get_sql_results" and arguments:
            return _texts({"client": "sql lab", "sql_tab": _one("sql_lab.Query", "tab_name", arguments[0])})
        if task.name == "reports.execute" and arguments:
            return _texts({"client": "alert", "alert": _one(_REPORTS, "name", arguments[0])})
    except SQLAlchemyError:
        _logger.exception("a task's query goes to Trino without saying what it is for")
    return {"client": "other"}


def _named(what: str, model: str, title: str, number: Any) -> dict[str, str]:
    try:
        key = int(number)
    except (TypeError, ValueError):
        return {}
    known: dict[tuple[str, int], dict[str, str]] = g.setdefault("lakefront_names", {})
    if (what, key) not in known:
        try:
            row = _row(model, (title, "uuid"), key)
        except SQLAlchemyError:
            # A query is worth more than its name.
            _logger.exception("the %s %s cannot be named", what, key)
            row = None
        known[what, key] = _texts({what: row[0], f"{what}_uuid": str(row[1])}) if row else {}
    return known[what, key]


def _filter_named(dashboard_id: Any, key: str) -> dict[str, str]:
    try:
        metadata = _parsed(_one("dashboard.Dashboard", "json_metadata", int(dashboard_id)))
    except (TypeError, ValueError, SQLAlchemyError):
        return {}
    filters = metadata.get("native_filter_configuration")
    for item in filters if isinstance(filters, list) else []:
        if _object(item).get("id") == key:
            return _texts({"dashboard_filter": item.get("name")})
    return {}


def _one(model: str, column: str, key: int) -> Any:
    row = _row(model, (column,), key)
    return row[0] if row else None


def _row(model: str, columns: tuple[str, ...], key: int) -> Any:
    # Superset reads its settings, and with them this file, before its models can be imported.
    module, _, name = model.rpartition(".")
    found = getattr(import_module(module if "." in module else f"superset.models.{module}"), name)
    session = import_module("superset").db.session
    # What the request is about to write must not be written because its query is named.
    with session.no_autoflush:
        return session.query(*(getattr(found, column) for column in columns)).filter(found.id == key).first()


def _listening(arguments: Mapping[str, Any], tell: Callable[[str], None]) -> requests.Session:
    http = arguments.get("http_session")
    if http is None:
        http = requests.Session()
        # The client sets this only for a session that it makes itself.
        http.verify = arguments.get("verify", True)

    def hear(response: requests.Response, *_: Any, **__: Any) -> None:
        if response.request.method == "POST" and response.ok:
            key = _object(_parsed(response.text)).get("id")
            if isinstance(key, str):
                tell(key)

    http.hooks["response"].append(hear)
    return http


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:_LONGEST] for name, value in values.items() if value}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parsed(text: Any) -> dict[str, Any]:
    try:
        return _object(json.loads(text))
    except (TypeError, ValueError, RecursionError):
        return {}
