"""Which colour a label got on a dashboard is kept for nobody.

When somebody who may edit a dashboard leaves its page, Superset writes into the dashboard which labels of her charts
had which colour. Labels are values of the data: whoever may open the dashboard would read there what row filters and
masks keep from her. The page of everybody else, guests too, tries the same and is refused, which nothing in it expects.

Colours that people choose for a label (`label_colors`) are kept, in git.
"""

import json
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import event

#: What Superset finds by itself -> how it says that it has found nothing yet.
_FOUND: dict[str, Any] = {"map_label_colors": {}, "shared_label_colors": []}


def _without_labels(_mapper: Any, _connection: Any, dashboard: Any) -> None:
    metadata = json.loads(dashboard.json_metadata or "{}")
    if any(metadata.get(key) for key in _FOUND):
        dashboard.json_metadata = json.dumps(metadata | _FOUND)


def _answer_pages() -> Response | None:
    """Answer a page that is left; it waits for nothing but that it is no refusal."""
    if request.method == "PUT" and request.endpoint == "DashboardRestApi.put_colors":
        return Response("{}", mimetype="application/json")
    return None


def keep_none(app: Flask) -> None:
    """Keep values of the data out of what Superset stores of a dashboard."""
    from superset.models.dashboard import Dashboard  # noqa: PLC0415 - needs the application

    for moment in ("before_insert", "before_update"):
        event.listen(Dashboard, moment, _without_labels)
    # Before Superset asks for the token of a session, which guests have none of.
    app.before_request_funcs.setdefault(None, []).insert(0, _answer_pages)
