"""Which pages may show a dashboard in a frame: `embedded` in its file.

Superset keeps it apart from the dashboard, in no list and no export. `explorer` in a file stands for the environment's
own explorer, whose address is another in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from lakefront.errors import BadInputError, CheckFailedError, did_you_mean
from lakefront.semantic.source import Source
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.values import listed

KEY: Final = "embedded"
#: In a file: the pages of the explorer.
EXPLORER: Final = "explorer"
#: Of a live dashboard that Superset shows in any page. No file may say so.
ANYWHERE: Final = "*"
_ORIGIN: Final = re.compile(r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


def problems(source: Source) -> Iterator[BadInputError]:
    """Yield what is wrong with the list in a dashboard's file (`asset-embedded`), by its place."""
    items: Any = source.data[KEY]
    if not isinstance(items, list):
        fix = f"write each in a line of its own: `  - {EXPLORER}`"
        what = f"'{KEY}' is a list of the pages that may show this dashboard"
        yield BadInputError("asset-embedded", what, where=source.at_value((KEY,)), fix=fix)
        return
    for number, item in enumerate(source.data[KEY]):
        found = _problem(item)
        if found:
            yield BadInputError("asset-embedded", found[0], where=source.at_value((KEY, number)), fix=found[1])


def _problem(item: Any) -> tuple[str, str] | None:
    """Return what is wrong with one page, and what mends it."""
    if item == EXPLORER or (isinstance(item, str) and _is_origin(item)):
        return None
    text = str(item)
    if "*" in text:
        return f"'{text}' would let pages show this dashboard that nobody has named", "name each origin by itself"
    host, _, rest = text.partition("://")[2].partition("/")
    origin = text[: len(text) - len(rest)].rstrip("/")
    if host and _is_origin(origin):
        return f"'{text}' is an address; browsers tell which origin a page is of, not which page", f"write `{origin}`"
    hint = did_you_mean(text, [EXPLORER])
    example = f"write `{EXPLORER}`, or an origin like https://pages.example.com"
    return f"'{text}' is not the origin of a page.{hint}" if hint else f"'{text}' is not the origin of a page", example


def _is_origin(text: str) -> bool:
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    return bool(_ORIGIN.fullmatch(text)) and port != 0


def with_embedding(rows: Mapping[str, Mapping[str, Any]], client: SupersetClient) -> dict[str, Mapping[str, Any]]:
    """Return the rows with what each dashboard allows, where they do not say it already; None where it is not embedded.

    Raises as SupersetClient.
    """
    unasked = [uuid for uuid, row in rows.items() if row["kind"] == "dashboard" and KEY not in row]
    with several() as at_once:
        answers = list(at_once.map(partial(allowed, client), [int(rows[uuid]["id"]) for uuid in unasked]))
    return {**rows, **{uuid: {**rows[uuid], KEY: answer} for uuid, answer in zip(unasked, answers, strict=True)}}


def allowed(client: SupersetClient, number: int) -> list[str] | None:
    """Return the origins that may show a live dashboard; empty for all; None where it is not embedded."""
    found = client.find(f"/dashboard/{number}/embedded")
    return None if found is None else [str(item) for item in listed(found.get("allowed_domains"))]


def in_file(origins: Sequence[str] | None, explorer: Iterable[str]) -> list[str]:
    """Return as a file says it what a live dashboard allows. `explorer`: the origins of the environment's explorer."""
    if origins is None:
        return []
    ours = set(explorer)
    if ours and ours <= set(origins):
        return sorted({EXPLORER, *origins} - ours)
    return sorted(set(origins)) or [ANYWHERE]


def here(wanted: Iterable[str], explorer: Iterable[str]) -> list[str]:
    """Return what Superset is told of what a file says. Raises CheckFailedError (`superset-embedded`)."""
    ours = tuple(explorer)
    if EXPLORER in (said := tuple(wanted)) and not ours:
        # Without a word it would be embedded nowhere, or, where it is the only one, in every page.
        raise CheckFailedError(
            "superset-embedded",
            "it is not known where the explorer is, whose pages are to show a dashboard",
            fix="set LAKEFRONT_EXPLORER_URL, or name its origin in the dashboard's file",
        )
    return sorted({origin for item in said for origin in (ours if item == EXPLORER else (item,))})


def put(client: SupersetClient, number: int, wanted: Sequence[str], live: Sequence[str] | None) -> None:
    """Let these origins show a dashboard, and no other; with none it is not embedded. Raises as SupersetClient."""
    path = f"/dashboard/{number}/embedded"
    if not wanted:
        if live is not None:
            client.remove(path)
    elif live is None or sorted(live) != sorted(wanted):
        client.put(path, {"allowed_domains": list(wanted)})
