"""What our OpenSearch is told after each start: the bundle's scripts, pipelines and index templates; old data goes.

`deploy/opensearch/` holds them as files: `scripts/NAME.painless`, `pipelines/NAME.json` and `templates/NAME.json`. A
template's `_meta` may say `period` (`day` or `month`: how its indices are cut, the date ends their name), `keep_days`
(an index goes when all of its period is older), and `open` (an index for today is made at once, so that there is a
table to ask even before the first document).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import httpx

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, Location, UnreachableError
from lakefront.stack.component import Context

_FORMATS: Final = {"day": "%Y.%m.%d", "month": "%Y.%m"}
_TIMEOUT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Template:
    """An index template, with what its `_meta` asks for. `prefix` begins the names of its indices."""

    file: Path
    prefix: str
    body: dict[str, Any]
    period: str
    keep_days: int | None
    open: bool

    def index_of(self, day: dt.date) -> str:
        """Return the name of the index that a day's documents belong to."""
        return self.prefix + day.strftime(_FORMATS[self.period])

    def is_old(self, index: str, today: dt.date) -> bool:
        """Whether all that an index may hold is older than what is kept. A name without a date is never old."""
        if self.keep_days is None or not index.startswith(self.prefix):
            return False
        try:
            start = dt.datetime.strptime(index.removeprefix(self.prefix), _FORMATS[self.period]).replace(tzinfo=dt.UTC)
        except ValueError:
            return False
        days = 1 if self.period == "day" else 31
        following = (start + dt.timedelta(days=days)).date()
        if self.period == "month":
            following = following.replace(day=1)
        return following <= today - dt.timedelta(days=self.keep_days)


@dataclass(frozen=True)
class Setup:
    """Everything below `deploy/opensearch/`: texts of scripts and bodies of pipelines by file, and templates."""

    scripts: dict[Path, str]
    pipelines: dict[Path, dict[str, Any]]
    templates: tuple[Template, ...]


def read_setup(deploy: Path) -> Setup:
    """Read and check `deploy/opensearch/`; what is not there is empty. Raises BadInputError (`opensearch-setup`)."""
    root = deploy / "opensearch"
    return Setup(
        scripts={file: _read_text(file) for file in sorted((root / "scripts").glob("*.painless"))},
        pipelines={file: _read_object(file) for file in sorted((root / "pipelines").glob("*.json"))},
        templates=tuple(_read_template(file) for file in sorted((root / "templates").glob("*.json"))),
    )


def settle(context: Context) -> None:
    """Tell our OpenSearch what the bundle says, make today's indices, delete old ones.

    Raises BadInputError (`opensearch-setup`) for a file that OpenSearch refuses, CheckFailedError
    (`opensearch-refused`) or UnreachableError (`opensearch-unreachable`).
    """
    setup = read_setup(context.settings.part("deploy"))
    today = dt.datetime.now(dt.UTC).date()
    with _client(context.url("opensearch")) as client:
        context.report("index templates and pipelines")
        for file, source in setup.scripts.items():
            body = {"script": {"lang": "painless", "source": source}}
            # In the context of a pipeline, so that it is compiled, and refused, here.
            _send(client, "PUT", f"/_scripts/{file.stem}/ingest", body, file)
        for file, body in setup.pipelines.items():
            _send(client, "PUT", f"/_ingest/pipeline/{file.stem}", body, file)
        for template in setup.templates:
            _send(client, "PUT", f"/_index_template/{template.file.stem}", template.body, template.file)
        existing = _drop_old(client, setup, today)
        for template in setup.templates:
            _add_fields(client, template, existing)
            if template.open and template.index_of(today) not in existing:
                _send(client, "PUT", f"/{template.index_of(today)}", {})


def _add_fields(client: httpx.Client, template: Template, existing: Sequence[str]) -> None:
    """Make fields that a template has got known to the indices that are there; what they know stays as it is."""
    wanted: dict[str, Any] = template.body.get("template", {}).get("mappings", {}).get("properties", {})
    for index in (name for name in existing if name.startswith(template.prefix)):
        known = _send(client, "GET", f"/{index}/_mapping")[index]["mappings"].get("properties", {})
        new = {name: field for name, field in wanted.items() if name not in known}
        if new:
            _send(client, "PUT", f"/{index}/_mapping", {"properties": new}, template.file)


def drop_old(settings: Settings) -> None:
    """Delete the indices that are older than what is kept of them. Raises as `settle`."""
    setup = read_setup(settings.part("deploy"))
    with _client(settings.service("opensearch").url) as client:
        _drop_old(client, setup, dt.datetime.now(dt.UTC).date())


def _drop_old(client: httpx.Client, setup: Setup, today: dt.date) -> list[str]:
    """Delete old indices and return the names of those that are left."""
    existing = [str(row["index"]) for row in _send(client, "GET", "/_cat/indices?format=json")]
    old = {index for template in setup.templates for index in existing if template.is_old(index, today)}
    for index in sorted(old):
        _send(client, "DELETE", f"/{index}")
    return [index for index in existing if index not in old]


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)


def _send(
    client: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None, file: Path | None = None
) -> Any:
    try:
        response = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise UnreachableError(
            "opensearch-unreachable",
            f"OpenSearch does not answer at {client.base_url} ({type(error).__name__})",
            fix="see `lakefront logs opensearch`",
        ) from None
    if file and response.status_code == HTTPStatus.BAD_REQUEST:
        raise _bad(file, f"OpenSearch refuses it: {_reason(response)}", "correct it and run `lakefront up` again")
    if response.is_error:
        raise CheckFailedError(
            "opensearch-refused",
            f"OpenSearch refuses {method} {path}: {_reason(response)}",
            fix="see `lakefront logs opensearch`",
        )
    return response.json()


def _reason(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
        cause = cast("dict[str, Any]", (error.get("root_cause") or [error])[0])
        near = " ".join(line.strip() for line in cause.get("script_stack") or ())
        text = f"{cause.get('reason')}{f', near: {near}' if near else ''}"
        return " ".join(text.split())[:300]
    except (ValueError, KeyError, AttributeError):
        return f"HTTP {response.status_code}"


def _read_template(file: Path) -> Template:
    body = _read_object(file)
    meta: dict[str, Any] = body.get("_meta", {})
    patterns: list[str] = body.get("index_patterns", [])
    period, keep = meta.get("period", "day"), meta.get("keep_days")
    if len(patterns) != 1 or not patterns[0].endswith("-*"):
        raise _bad(file, "index_patterns should be one pattern that ends with -*", 'write it as ["logs-*"]')
    if period not in _FORMATS:
        raise _bad(file, f"_meta.period is '{period}'", "use day or month")
    if keep is not None and (not isinstance(keep, int) or keep < 1):
        raise _bad(file, f"_meta.keep_days is {keep!r}", "write a number of days, or leave it out to keep all")
    return Template(file, patterns[0].removesuffix("*"), body, period, keep, open=bool(meta.get("open")))


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(file, f"the file cannot be read: {error}", "make it readable UTF-8") from None


def _read_object(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(_read_text(file))
    except json.JSONDecodeError as error:
        where = Location(file, error.lineno, error.colno)
        raise BadInputError(
            "opensearch-setup", f"this is not valid JSON: {error.msg.lower()}", where=where, fix="mend that line"
        ) from None
    if not isinstance(data, dict):
        raise _bad(file, "a JSON object is wanted here", "write it as { … }")
    return cast("dict[str, Any]", data)


def _bad(file: Path, what: str, fix: str) -> BadInputError:
    return BadInputError("opensearch-setup", what, where=Location(file), fix=fix)
