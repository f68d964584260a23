"""What a person is told who may not see something: what is missing and whom to ask, in a sentence.

Superset's own words name permissions of Superset, and Trino's are a Java exception; neither says what to do.
"""

import html
import json
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask import Response, request
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.security import SupersetSecurityManager


def database_errors(owner: str) -> dict[re.Pattern[str], tuple[str, SupersetErrorType, dict[str, Any]]]:
    """Return Superset's CUSTOM_DATABASE_ERRORS of a database that is Trino's: pattern -> sentence."""
    ask = f"Ask {owner}".replace("%", "%%")
    sentences = {
        r"Access Denied: Cannot select from columns \[(?P<columns>[^\]]*)\] in table or view (?P<table>[^\s\"]+)": (
            f"Your roles do not show the columns %(columns)s of %(table)s, which this asks for. {ask} for a role that "
            "does."
        ),
        r"Access Denied: Cannot select from (?:table|view) (?P<table>[^\s\"]+)": (
            f"Your roles do not open the table %(table)s, which this asks for. {ask} for a role that does."
        ),
        r"Access Denied: (?:Cannot execute query|User \S+ cannot impersonate user)": (
            f"No role is known of you, so the lake shows you nothing. {ask} for a role."
        ),
        r"Access Denied: (?P<what>[^\"]+)": f"Your roles do not allow this: %(what)s. {ask} if you need it.",
    }
    return {
        re.compile(pattern): (
            sentence,
            SupersetErrorType.GENERIC_DB_ENGINE_ERROR,
            # What Superset adds by itself are guesses at other causes.
            {"show_issue_info": False},
        )
        for pattern, sentence in sentences.items()
    }


def told_by_trino() -> None:
    """Let SQL Lab tell what Trino says of a statement that fails.

    Superset runs the statement in a second thread, which on a failure asks the database's record whether people sign
    in to it by OAuth, while the first thread commits: now and then that fails by itself, and its error ("'NoneType'
    object has no attribute 'twophase'") is what people read. Nobody signs in to Trino that way here.
    """
    spec = import_module("superset.db_engine_specs.trino").TrinoEngineSpec

    def execute(cls: Any, cursor: Any, query: str, database: Any, **_: Any) -> None:  # noqa: ARG001 - Superset's signature
        try:
            cursor.execute(query)
        except Exception as error:
            raise cls.get_dbapi_mapped_exception(error) from error

    spec.execute = classmethod(execute)


def plain_answers(owner: str) -> Callable[[Response], Response]:
    """Return what puts these sentences into answers of the API that hold Trino's exception as it is.

    Superset asks CUSTOM_DATABASE_ERRORS in SQL Lab only: a chart's answer carries the exception's own text.
    """
    errors = database_errors(owner)

    def said(text: Any) -> Any:
        for pattern, (sentence, _, _) in errors.items():
            found = pattern.search(text) if isinstance(text, str) else None
            if found:
                return sentence % found.groupdict()
        return text

    def replace(response: Response) -> Response:
        if response.status_code < 400 or not response.is_json:
            return response
        body = response.get_json(silent=True)
        if isinstance(body, dict) and "Access Denied: " in response.get_data(as_text=True):
            fields = {key: said(body[key]) for key in ("message", "error") if key in body}
            response.set_data(json.dumps({**body, **fields}))
        return response

    return replace


def security_manager(owner: str) -> type[SupersetSecurityManager]:
    """Return Superset's security manager with refusals that name the owner of the policies."""

    def refusal(what: str) -> str:
        return f"You may not see {what}: none of your roles opens the data behind it. Ask {owner} for a role that does."

    class SecurityManager(SupersetSecurityManager):
        """Refuses as Superset does, in other words."""

        @staticmethod
        def get_datasource_access_error_msg(datasource: Any) -> str:
            """Return the sentence for a dataset."""
            return refusal(f"the dataset '{datasource.data['name']}'")

        def get_table_access_error_msg(self, tables: set[Any]) -> str:
            """Return the sentence for tables that are asked by SQL."""
            return refusal(f"the table {', '.join(sorted(str(table) for table in tables))}")

        def get_dashboard_access_error_object(self, dashboard: Any) -> SupersetError:
            """Return the sentence for a dashboard."""
            return _error(SupersetErrorType.DASHBOARD_SECURITY_ACCESS_ERROR, f"the dashboard '{dashboard}'")

        def get_chart_access_error_object(self, dashboard: Any) -> SupersetError:
            """Return the sentence for a chart; Superset's name of the argument is another's."""
            return _error(SupersetErrorType.CHART_SECURITY_ACCESS_ERROR, f"the chart '{dashboard}'")

    def _error(kind: SupersetErrorType, what: str) -> SupersetError:
        return SupersetError(error_type=kind, message=refusal(what), level=ErrorLevel.WARNING)

    return SecurityManager


def dashboard_page(owner: str, ink: str, surface: str, link: str) -> Callable[[Response], Response]:
    """Return what puts a page with a sentence in place of Superset's "page not found" for a dashboard.

    Superset does not say whether there is such a dashboard, and neither does this. `ink`, `surface`, `link`: colours.
    """
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lakefront</title><style>
body {{ color: {ink}; background: {surface}; font: 16px/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 34rem;
padding: 0 1rem }} a {{ color: {link} }}
</style></head><body><main><h1>You may not see this dashboard</h1>
<p>None of your roles opens the data behind it, or there is no dashboard of this name.
Ask {html.escape(owner)} for a role that opens it.</p>
<p><a href="/dashboard/list/">Dashboards that you may see</a></p></main></body></html>
"""

    def replace(response: Response) -> Response:
        asked = request.path.startswith("/superset/dashboard/") and request.accept_mimetypes.accept_html
        return Response(page, 404, mimetype="text/html") if asked and response.status_code == 404 else response

    return replace
