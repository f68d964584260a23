"""CSS templates: styles that people may choose for a dashboard of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lakefront.errors import BadInputError
from lakefront.semantic.source import Source
from lakefront.superset.client import SupersetClient
from lakefront.superset.extras.common import VERSION, Live, ordered, twice
from lakefront.superset.extras.models import File, Text, title_problems

FOLDER: Final = "css"
KEYS: Final = ("version", "template_name", "css")
#: Templates of such a name are notes that this tool keeps on the server, not styles.
NOTES: Final = "lakefront:"


class CssFile(File):
    """A file of `css/`. No uuid: Superset's REST API does not tell those of templates."""

    template_name: Text
    css: Text


def problems(source: Source) -> Iterator[BadInputError]:
    """Yield what is wrong with a file whose keys and types are right."""
    yield from title_problems(source, "template_name", 250)
    if source.data["template_name"].startswith(NOTES):
        yield BadInputError(
            "asset-title",
            f"names that begin with '{NOTES}' are kept for notes of this tool",
            where=source.at_value(("template_name",)),
            fix="choose another name",
        )


def identity(data: Mapping[str, Any]) -> str:
    """Return by what a template is recognised."""
    return str(data["template_name"])


def canonical(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template as git has it."""
    return ordered(data, KEYS, {})


def live(client: SupersetClient) -> Iterator[Live]:
    """Yield the templates of a Superset, but for the notes of this tool."""
    columns = ("id", "template_name", "css")
    for row in sorted(client.rows("/css_template/", order="template_name", columns=columns), key=_number):
        title = str(row["template_name"] or "")
        if not title.startswith(NOTES):
            yield Live(title, title, canonical({"version": VERSION, **row}))


def put(client: SupersetClient, data: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
    """Create or overwrite a template. `before`: as it was applied last, perhaps under another name.

    Raises CheckFailedError (`superset-name-twice`).
    """
    found = _found(client, data)
    renamed = before is not None and before["template_name"] != data["template_name"]
    old = _found(client, before) if before is not None and renamed else None
    body = {"template_name": data["template_name"], "css": data["css"]}
    if found and old:
        client.remove("/css_template/", [int(old["id"])])
    row = found or old
    if row is None:
        client.post("/css_template/", body)
    elif any(row[key] != body[key] for key in body):
        client.put(f"/css_template/{row['id']}", body)


def delete(client: SupersetClient, data: Mapping[str, Any]) -> None:
    """Delete a template if it is there. Raises CheckFailedError (`superset-name-twice`)."""
    found = _found(client, data)
    if found:
        client.remove("/css_template/", [int(found["id"])])


def _found(client: SupersetClient, data: Mapping[str, Any]) -> dict[str, Any] | None:
    name = str(data["template_name"])
    listed = client.rows(
        "/css_template/",
        order="template_name",
        columns=("id", "template_name", "css"),
        where=("template_name", name),
    )
    # A database may compare without regard to case.
    found = [row for row in listed if row["template_name"] == name]
    if len(found) > 1:
        raise twice(FOLDER, name)
    return found[0] if found else None


def _number(row: Mapping[str, Any]) -> int:
    return int(row["id"])
