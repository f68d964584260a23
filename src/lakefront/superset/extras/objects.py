"""Extras on a server: read all, create or overwrite one, delete one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakefront.superset.client import SupersetClient, several
from lakefront.superset.extras import css, links, reports, themes
from lakefront.superset.extras.common import NOTHING, Extras, Ids, named
from lakefront.superset.extras.directory import Directory
from lakefront.superset.extras.embedding import with_embedding
from lakefront.superset.extras.files import identity_of


def identity(name: str, data: Mapping[str, Any]) -> str:
    """Return by what the server's object of a file is recognised: what `known` of `read_live` holds."""
    return identity_of(_folder(name), data)


def read_live(
    client: SupersetClient,
    ids: Ids,
    known: Mapping[str, str],
    *,
    wanted: Extras = NOTHING,
    directory: Directory | None = None,
    themes_of: Mapping[str, str] | None = None,
    rows: Mapping[str, Mapping[str, Any]] | None = None,
    objects: Mapping[str, Mapping[str, Any]] | None = None,
) -> Extras:
    """Read a server's extras in canonical form; those that no file is known of are named by a slug of their name.

    `known`: file name -> `identity`, of git and of what was applied last. `wanted`: what git says; the account that
    imports is told as an owner only where this names it, because the import makes it one of everything.
    `themes_of`: uuid of a dashboard -> uuid of its theme ("" for none), if an export told it already. `rows` and
    `objects`: those of before, where nothing of them can be another now.

    Raises CheckFailedError (`superset-name-twice`), and as SupersetClient.
    """
    here = directory or Directory.read(client)
    with several() as at_once:
        reading = at_once.submit(_objects, client, ids, known, wanted, here) if objects is None else None
        complete = links.with_themes(links.rows_of(client) if rows is None else rows, client, here, themes_of)
        complete = with_embedding(complete, client)
    found = reading.result() if reading else objects or {}
    called = Ids(ids.of, {**theme_names(found), **ids.names})
    return Extras(found, links.from_rows(complete, called, here, wanted.links), complete)


def _objects(
    client: SupersetClient, ids: Ids, known: Mapping[str, str], wanted: Extras, here: Directory
) -> dict[str, Mapping[str, Any]]:
    of_git = {identity(name, data): data for name, data in wanted.objects.items() if _folder(name) == reports.FOLDER}
    with several() as at_once:
        templates = at_once.submit(lambda: list(css.live(client)))
        sent = list(reports.live(client, ids, here, of_git))
    found = {
        **named(themes.FOLDER, themes.live(here.theme_rows), known),
        **named(css.FOLDER, templates.result(), known),
        **named(reports.FOLDER, sent, known),
    }
    return dict(sorted(found.items()))


def theme_names(objects: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return uuid -> file name of the themes among extras: a theme has its uuid in its data."""
    return {data["uuid"]: name for name, data in objects.items() if _folder(name) == themes.FOLDER}


def settle(files: Extras, directory: Directory, names: Mapping[str, str]) -> tuple[Extras, tuple[str, ...]]:
    """Return what of git's extras can be so on this server, and warnings of what cannot: owners without account.

    This, not `files`, is equal to `read_live` when there is nothing to do. `names`: uuid -> file name, for the words.
    """
    warnings: list[str] = []
    settled: list[dict[str, dict[str, Any]]] = []
    for group in (files.objects, files.links):
        kept: dict[str, dict[str, Any]] = {}
        for what, data in group.items():
            owners: list[str] = data.get("owners") or []
            warnings += directory.missing(names.get(what, what), owners)
            there = [name for name in owners if name in directory.accounts]
            result = {key: there if key == "owners" else value for key, value in data.items()}
            if not there:
                result.pop("owners", None)
            if result:
                kept[what] = result
        settled.append(kept)
    return Extras(*settled), tuple(warnings)


def put_object(
    client: SupersetClient,
    name: str,
    data: Mapping[str, Any],
    ids: Ids,
    *,
    before: Mapping[str, Any] | None = None,
    directory: Directory | None = None,
) -> tuple[str, ...]:
    """Make the server's object of a file what the file says; can be repeated after a kill at any point.

    `before`: as it was applied last, so that one that got another name (a theme: another uuid) is not left behind.
    Returns warnings of owners who have no account here. Charts and dashboards that a report sends must be there.

    Raises CheckFailedError (`superset-name-twice`, `superset-asset`, `superset-theme-changed`) and as SupersetClient.
    """
    folder = _folder(name)
    if folder == themes.FOLDER:
        themes.put(client, data)
        if before is not None and before["uuid"] != data["uuid"]:
            themes.delete(client, before)
        return ()
    if folder == css.FOLDER:
        css.put(client, data, before)
        return ()
    here = directory or Directory.read(client)
    reports.put(client, data, ids, here, before)
    return here.missing(name, data.get("owners") or ())


def delete_object(client: SupersetClient, name: str, data: Mapping[str, Any]) -> None:
    """Delete the server's object of a file if it is there. Reports go before the charts that they send."""
    kind = {themes.FOLDER: themes.delete, css.FOLDER: css.delete, reports.FOLDER: reports.delete}
    kind[_folder(name)](client, data)


def _folder(name: str) -> str:
    return name.split("/", 1)[0]
