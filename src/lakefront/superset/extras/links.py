"""Owners, tags, roles, themes and embedding of datasets, charts and dashboards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.source import Source
from lakefront.superset.bundle import AssetFile
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.extras import embedding
from lakefront.superset.extras.common import Ids
from lakefront.superset.extras.directory import Directory
from lakefront.superset.values import inner

#: Which keys the assets of a folder may have.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "databases": (),
    "datasets": ("owners",),
    "charts": ("owners", "tags"),
    "dashboards": ("owners", "tags", "theme", "roles", "embedded"),
}
_LISTS: Final = ("owners", "tags", "roles", "embedded")
#: Kind -> by what its list is ordered, and which columns tell what it is linked with.
_LISTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "dataset": ("table_name", ()),
    "chart": ("slice_name", ("tags.id", "tags.name", "tags.type")),
    "dashboard": ("dashboard_title", ("tags.id", "tags.name", "tags.type", "roles.id", "roles.name")),
}
#: Superset's own tags, which it keeps by itself.
_AUTOMATIC: Final = ("type:", "owner:", "favorited_by:")
#: Numbers of Superset's kinds of tagged things, and of the kind of tags that people give.
_TAGGED: Final = {"chart": 2, "dashboard": 3}
_CUSTOM: Final = 1


def from_file(asset: AssetFile, themes: frozenset[str]) -> tuple[dict[str, Any], list[BadInputError]]:
    """Return the links that an asset's file sets, in canonical form, and what is wrong with them."""
    wrong: list[BadInputError] = []
    links: dict[str, Any] = {}
    for key in KEYS["dashboards"]:
        value = asset.data.get(key)
        if value in (None, []):
            continue
        problems = list(_problems(asset, key, value, themes))
        wrong += problems
        if not problems:
            links[key] = sorted(set(value)) if key in _LISTS else value
    return links, wrong


def _problems(asset: AssetFile, key: str, value: Any, themes: frozenset[str]) -> Iterator[BadInputError]:
    source = asset.source
    if key not in KEYS[asset.folder]:
        what = f"'{key}' is not of {asset.folder}"
        yield BadInputError("asset-link", what, where=source.at_key((key,)), fix=f"remove `{key}`")
    elif key == "theme":
        if str(value) not in themes:
            what = f"there is no themes/{value}.yaml.{did_you_mean(str(value), themes)}"
            fix = "name a file of themes/, without its ending"
            yield BadInputError("asset-reference", what, where=source.at_value((key,)), fix=fix)
    elif key == embedding.KEY:
        yield from embedding.problems(source)
    elif not isinstance(value, list):
        what, fix = f"'{key}' is a list of names", "write each name in a line of its own: `  - name`"
        yield BadInputError("asset-link", what, where=source.at_value((key,)), fix=fix)
    else:
        for number in range(len(source.data[key])):
            yield from _name_problems(source, key, number)


def _name_problems(source: Source, key: str, number: int) -> Iterator[BadInputError]:
    name: Any = source.data[key][number]
    where = source.at_value((key, number))
    if not isinstance(name, str) or not name or name != name.strip() or len(name) > 250:
        what, fix = f"{name!r} is not a name", "write a text without spaces around it; a number needs quotes"
        yield BadInputError("asset-link", what, where=where, fix=fix)
    elif key == "tags" and name.startswith(_AUTOMATIC):
        what = f"Superset gives tags like '{name}' by itself"
        yield BadInputError("asset-link", what, where=where, fix="remove it, or choose a name without that beginning")
    elif key == "tags" and "/" in name:
        what = f"Superset cannot take away the tag '{name}' again, because of its '/'"
        yield BadInputError("asset-link", what, where=where, fix="choose a name without '/'")


def rows_of(client: SupersetClient) -> dict[str, dict[str, Any]]:
    """Return uuid -> what Superset tells of who and what a live dataset, chart or dashboard is linked with."""
    with several() as at_once:
        lists = at_once.map(partial(_rows_of_kind, client), _LISTED)
        return {str(row["uuid"]): row for rows in lists for row in rows}


def _rows_of_kind(client: SupersetClient, kind: str) -> list[dict[str, Any]]:
    order, columns = _LISTED[kind]
    rows = client.rows(f"/{kind}/", order=order, columns=("id", "uuid", "owners.id", *columns))
    return [{**row, "kind": kind} for row in rows]


def with_themes(
    rows: Mapping[str, Mapping[str, Any]],
    client: SupersetClient,
    directory: Directory,
    themes_of: Mapping[str, str] | None,
) -> dict[str, Mapping[str, Any]]:
    """Return the rows with the themes of dashboards, which no list has.

    `themes_of`: uuid of a dashboard -> uuid of its theme, where an export told it; None asks for each dashboard.
    """
    return {
        uuid: {**row, "theme": _theme(client, row, directory, themes_of)} if row["kind"] == "dashboard" else row
        for uuid, row in rows.items()
    }


def from_rows(
    rows: Mapping[str, Mapping[str, Any]], ids: Ids, directory: Directory, wanted: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return uuid -> links, of those that have any.

    `wanted`: links of git, whose owners may name the account that imports.
    """
    found = {uuid: _of_row(row, ids, directory, wanted.get(uuid, {})) for uuid, row in rows.items()}
    return {uuid: links for uuid, links in found.items() if links}


def tags_of(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return name -> id of all tags that people gave to something."""
    return {name: number for row in rows.values() for name, number in _tags(row).items()}


def _theme(
    client: SupersetClient, row: Mapping[str, Any], directory: Directory, themes_of: Mapping[str, str] | None
) -> dict[str, Any] | None:
    if themes_of is None:
        return client.one(f"/dashboard/{row['id']}").get("theme")
    number = directory.themes.get(themes_of.get(str(row["uuid"]), ""))
    return None if number is None else {"id": number}


def _of_row(row: Mapping[str, Any], ids: Ids, directory: Directory, wanted: Mapping[str, Any]) -> dict[str, Any]:
    links: dict[str, Any] = {
        "owners": directory.owners(row, wanted.get("owners") or ()),
        "tags": sorted(_tags(row)),
        "theme": directory.theme_slug(int(row["theme"]["id"]), ids) if row.get("theme") else None,
        "roles": sorted(str(role["name"]) for role in inner(row, "roles")),
        "embedded": embedding.in_file(row.get("embedded"), directory.explorer),
    }
    return {key: value for key, value in links.items() if value}


def _tags(row: Mapping[str, Any]) -> dict[str, int]:
    """Return name -> id of the tags that people gave."""
    return {str(tag["name"]): int(tag["id"]) for tag in inner(row, "tags") if tag["type"] == _CUSTOM}


def put_links(
    client: SupersetClient,
    uuid: str,
    kind: str,
    links: Mapping[str, Any],
    ids: Ids,
    *,
    directory: Directory | None = None,
    row: Mapping[str, Any] | None = None,
    tags: dict[str, int] | None = None,
) -> tuple[str, ...]:
    """Make the links of one live asset exactly these; what `links` does not name is taken away.

    `directory`: read after the last theme and account was made; None reads it now. `row`: of `rows_of`, read after the
    last import; None asks Superset. `tags`: name -> id of tags that are there; those that are made here are put in.
    Returns warnings of owners who have no account here. Tags that nothing has any more stay in Superset's list of
    tags: they may be a person's.

    Raises CheckFailedError (`superset-asset`, `superset-role`, `superset-theme`), and as SupersetClient.
    """
    known = directory or Directory.read(client)
    number = ids.id(kind, uuid)
    path = f"/{kind}/{number}"
    # What a dataset must be told again is in no list.
    live = client.one(path) if row is None or kind == "dataset" else row
    there = {**(tags or {}), **_tags(live)}
    wanted_tags = set(links.get("tags") or ())
    if wanted_tags - there.keys():
        # Adds only, and makes tags that are not there yet.
        client.post(f"/tag/{_TAGGED[kind]}/{number}/", {"properties": {"tags": sorted(wanted_tags)}})
        live = client.one(path)
        there |= _tags(live)
    if tags is not None:
        tags.update(there)
    wanted = _body(kind, live, links, ids, known)
    if kind in _TAGGED:
        wanted["tags"] = sorted(there[name] for name in wanted_tags)
    if wanted != _live_body(kind, live):
        if kind == "dataset":
            # Superset takes a missing one for "no".
            wanted["always_filter_main_dttm"] = live["always_filter_main_dttm"]
        client.put(path, wanted)
    if kind == "dashboard":
        there_now = row["embedded"] if row and "embedded" in row else embedding.allowed(client, number)
        embedding.put(client, number, embedding.here(links.get("embedded") or (), known.explorer), there_now)
    return known.missing(f"{kind} '{ids.slug(kind, number)}'", links.get("owners") or ())


def _body(kind: str, row: Mapping[str, Any], links: Mapping[str, Any], ids: Ids, known: Directory) -> dict[str, Any]:
    body: dict[str, Any] = {"owners": known.owner_ids(row, links.get("owners") or ())}
    if kind == "dashboard":
        body["roles"] = known.role_ids(links.get("roles") or ())
        body["theme_id"] = known.theme_id(links["theme"], ids) if links.get("theme") else None
    return body


def _live_body(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"owners": sorted(int(owner["id"]) for owner in inner(row, "owners"))}
    if kind in _TAGGED:
        body["tags"] = sorted(_tags(row).values())
    if kind == "dashboard":
        body["roles"] = sorted(int(role["id"]) for role in inner(row, "roles"))
        body["theme_id"] = int(row["theme"]["id"]) if row.get("theme") else None
    return body
