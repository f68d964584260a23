"""Alerts and reports: what is sent to whom, and when."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.source import Source
from lakefront.superset.bundle import Bundle
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.extras import recipients
from lakefront.superset.extras.common import VERSION, Ids, Live, ordered, twice
from lakefront.superset.extras.cron import crontab_problem
from lakefront.superset.extras.directory import Directory
from lakefront.superset.extras.models import File, Node, Text, title_problems
from lakefront.superset.values import inner, parsed

FOLDER: Final = "reports"
KEYS: Final = (
    *("version", "chart", "dashboard", "database", "name", "type", "description", "active", "owners"),
    *("crontab", "timezone", "report_format", "force_screenshot", "custom_width", "email_subject"),
    *("context_markdown", "log_retention", "grace_period", "working_timeout"),
    *("sql", "validator_type", "validator_config_json", "recipients", "extra"),
)
_LINKS: Final = ("chart", "dashboard", "database")
#: What Superset writes for a missing one. `active` has none here: a file always says whether it sends.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "timezone": "UTC",
    "report_format": "PNG",
    "force_screenshot": False,
    "log_retention": 90,
    "grace_period": 14_400,
    "working_timeout": 3_600,
}
_OF_ALERTS: Final = ("database", "sql", "validator_type")
_Count = Annotated[StrictInt, Field(ge=1)]


class Threshold(Node):
    """When the one number that an alert's SQL gives sets it off."""

    op: Literal["<", "<=", ">", ">=", "==", "!="]
    threshold: StrictInt | StrictFloat


class ReportFile(File):
    """A file of `reports/`. Seconds for `grace_period` and `working_timeout`, days for `log_retention`."""

    chart: Text | None = None
    dashboard: Text | None = None
    database: Text | None = None
    name: Text
    type: Literal["Alert", "Report"]
    description: Text | None = None
    active: StrictBool
    owners: tuple[Text, ...] = ()
    crontab: Text
    timezone: Text = "UTC"
    report_format: Literal["PNG", "PDF", "CSV", "TEXT"] = "PNG"
    force_screenshot: StrictBool = False
    custom_width: Annotated[StrictInt, Field(ge=600, le=2400)] | None = None
    email_subject: Annotated[str, Field(strict=True, max_length=255)] | None = None
    context_markdown: Text | None = None
    log_retention: _Count = 90
    grace_period: _Count = 14_400
    working_timeout: _Count = 3_600
    sql: Text | None = None
    validator_type: Literal["not null", "operator"] | None = None
    validator_config_json: Threshold | None = None
    recipients: tuple[recipients.Recipient, ...]
    extra: dict[str, Any] = Field(default_factory=dict[str, Any])


def problems(source: Source, bundle: Bundle) -> Iterator[BadInputError]:
    """Yield what is wrong with a file whose keys and types are right."""
    data: dict[str, Any] = source.data
    yield from title_problems(source, "name", 150)
    if bool(data.get("chart")) == bool(data.get("dashboard")):
        what, fix = "a chart or a dashboard is sent, one of the two", "keep `chart: NAME` or `dashboard: NAME`"
        key = "dashboard" if data.get("dashboard") else "name"
        yield BadInputError("asset-report", what, where=source.at_key((key,)), fix=fix)
    for kind in _LINKS:
        slugs = [asset.slug for asset in bundle.of(f"{kind}s")]
        if data.get(kind) and data[kind] not in slugs:
            what = f"there is no {kind}s/{data[kind]}.yaml.{did_you_mean(data[kind], slugs)}"
            fix = f"name a file of {kind}s/, without its ending"
            yield BadInputError("asset-reference", what, where=source.at_value((kind,)), fix=fix)
    wrong = crontab_problem(data["crontab"])
    if wrong:
        fix = "write for example `0 7 * * 1-5`: at 07:00 from Monday to Friday"
        yield BadInputError("asset-crontab", wrong, where=source.at_value(("crontab",)), fix=fix)
    zone = data.get("timezone") or "UTC"
    if zone not in _zones():
        what, fix = (
            f"there is no time zone '{zone}'.{did_you_mean(zone, _zones())}",
            "write UTC, Asia/Seoul or the like",
        )
        yield BadInputError("asset-timezone", what, where=source.at_value(("timezone",)), fix=fix)
    yield from _alert_problems(source, data)
    yield from recipients.problems(source)


def _alert_problems(source: Source, data: Mapping[str, Any]) -> Iterator[BadInputError]:
    alert = data["type"] == "Alert"
    for key in _OF_ALERTS:
        if alert and not data.get(key):
            what = f"an alert needs '{key}'"
            yield BadInputError("asset-report", what, where=source.at_value(("type",)), fix=f"add `{key}: …`")
        elif not alert and data.get(key):
            what = f"'{key}' is of alerts, and this is a report"
            yield BadInputError("asset-report", what, where=source.at_key((key,)), fix=f"remove `{key}`")
    compares = alert and data.get("validator_type") == "operator"
    if compares and not data.get("validator_config_json"):
        what, fix = (
            "nothing says what the number is compared with",
            "add `validator_config_json:` with op and threshold",
        )
        yield BadInputError("asset-report", what, where=source.at_value(("validator_type",)), fix=fix)
    if not compares and data.get("validator_config_json"):
        what, fix = "'validator_config_json' is of alerts with `validator_type: operator`", "remove it"
        yield BadInputError("asset-report", what, where=source.at_key(("validator_config_json",)), fix=fix)


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def identity(data: Mapping[str, Any]) -> str:
    """Return by what an alert or a report is recognised: Superset lets one of each have the same name."""
    return f"{data['type']}: {data['name']}"


def canonical(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an alert or a report as git has it."""
    tidy = dict(data) | {
        "owners": sorted(set(data.get("owners") or ())),
        "recipients": recipients.canonical(data.get("recipients")),
    }
    if data.get("validator_type") != "operator":
        tidy.pop("validator_config_json", None)
    return ordered(tidy, KEYS, _DEFAULTS)


def live(client: SupersetClient, ids: Ids, directory: Directory, wanted: Mapping[str, Any]) -> Iterator[Live]:
    """Yield the alerts and reports of a Superset, but for what people ordered for themselves from a page.

    `wanted`: identity -> canonical data of git, whose owners may name the account that imports.
    """
    columns = ("id", "name", "type", "creation_method")
    listed = sorted(client.rows("/report/", order="name", columns=columns), key=lambda row: int(row["id"]))
    rows = [row for row in listed if row["creation_method"] == "alerts_reports"]
    with several() as at_once:
        answers = list(at_once.map(client.one, [f"/report/{row['id']}" for row in rows]))
    for row, answer in zip(rows, answers, strict=True):
        data = _from_rest(answer, ids, directory, wanted.get(identity(row), {}))
        yield Live(identity(data), str(row["name"]), data)


def put(
    client: SupersetClient,
    data: Mapping[str, Any],
    ids: Ids,
    directory: Directory,
    before: Mapping[str, Any] | None,
) -> None:
    """Create or overwrite an alert or a report. `before`: as it was applied last, perhaps under another name.

    Raises CheckFailedError (`superset-asset`) for a chart, dashboard or database that is not there.
    """
    found = _found(client, data)
    renamed = before is not None and identity(before) != identity(data)
    old = _found(client, before) if before is not None and renamed else None
    if found is not None and old is not None:
        client.remove("/report/", [old])
    number = old if found is None else found
    if number is None:
        body = _to_rest(data, ids, directory, {})
        client.post("/report/", {key: value for key, value in body.items() if value is not None})
        return
    row = client.one(f"/report/{number}")
    if _from_rest(row, ids, directory, data) != _with_accounts(data, directory):
        client.put(f"/report/{number}", _to_rest(data, ids, directory, row))


def delete(client: SupersetClient, data: Mapping[str, Any]) -> None:
    """Delete an alert or a report if it is there."""
    found = _found(client, data)
    if found is not None:
        client.remove("/report/", [found])


def _found(client: SupersetClient, data: Mapping[str, Any]) -> int | None:
    listed = client.rows("/report/", order="name", columns=("id", "name", "type"), where=("name", str(data["name"])))
    found = [int(row["id"]) for row in listed if identity(row) == identity(data)]
    if len(found) > 1:
        raise twice(FOLDER, str(data["name"]))
    return found[0] if found else None


def _with_accounts(data: Mapping[str, Any], directory: Directory) -> dict[str, Any]:
    """Return the data without owners who have no account."""
    owners = [name for name in data.get("owners") or () if name in directory.accounts]
    return canonical({**data, "owners": owners})


def _from_rest(row: Mapping[str, Any], ids: Ids, directory: Directory, wanted: Mapping[str, Any]) -> dict[str, Any]:
    links = {kind: ids.slug(kind, int(row[kind]["id"])) for kind in _LINKS if row.get(kind)}
    return canonical(
        {
            **row,
            **{kind: links.get(kind) for kind in _LINKS},
            "version": VERSION,
            "owners": directory.owners(row, wanted.get("owners") or ()),
            "recipients": [recipients.from_rest(item) for item in inner(row, "recipients")],
            "validator_config_json": parsed(row.get("validator_config_json")),
            "extra": parsed(row.get("extra")),
        }
    )


def _to_rest(data: Mapping[str, Any], ids: Ids, directory: Directory, row: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: data.get(key, _DEFAULTS.get(key)) for key in KEYS if key not in ("version", *_LINKS)}
    return {
        **plain,
        **{kind: ids.id(kind, str(data[kind])) if data.get(kind) else None for kind in _LINKS},
        "owners": directory.owner_ids(row, data.get("owners") or ()),
        "recipients": [recipients.to_rest(item) for item in data.get("recipients") or ()],
        "validator_config_json": data.get("validator_config_json") or {},
        "extra": data.get("extra") or {},
        "creation_method": "alerts_reports",
    }
