"""Whom an alert or a report goes to; no secret gets into git with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from lakefront.errors import BadInputError
from lakefront.semantic.source import Path_, Source
from lakefront.superset.extras.common import deep_sorted
from lakefront.superset.extras.models import Node, Text
from lakefront.superset.values import parsed

#: As Superset checks it.
_EMAIL: Final = re.compile(r"[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}")
#: A part of a path that nobody would call a thing: long, of letters and digits.
_TOKEN: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w-]{16,}")
#: Stands where a secret was.
_HIDDEN: Final = "…"
_COPIES: Final = {"cc": "ccTarget", "bcc": "bccTarget"}


class Recipient(Node):
    """`target`: addresses with commas between them, a channel, or an https address; `cc`, `bcc`: of mails only."""

    type: Literal["Email", "Slack", "SlackV2", "Webhook"]
    target: Text
    cc: Text | None = None
    bcc: Text | None = None


def canonical(items: Any) -> list[dict[str, Any]]:
    """Return recipients as git has them; their order means nothing, so they are sorted."""
    known = [{key: value for key, value in item.items() if value} for item in items or ()]
    return sorted((deep_sorted(item) for item in known), key=lambda item: (item["type"], item["target"]))


def from_rest(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one recipient of Superset's answer, with the secret part of an address left out."""
    config = parsed(row["recipient_config_json"])
    target = str(config.get("target") or "")
    if row["type"] == "Webhook" and _secret(target):
        target = f"https://{urlsplit(target).hostname}/{_HIDDEN}"
    return {"type": row["type"], "target": target} | {key: config.get(name) for key, name in _COPIES.items()}


def to_rest(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return one recipient as Superset takes it."""
    config = {"target": item["target"]} | {name: item[key] for key, name in _COPIES.items() if item.get(key)}
    return {"type": item["type"], "recipient_config_json": config}


def problems(source: Source) -> Iterator[BadInputError]:
    """Yield what is wrong with the recipients of a file whose keys and types are right."""
    items: list[dict[str, Any]] = source.data["recipients"]
    if not items:
        what, fix = "nobody gets this", "add a recipient: `- type: Email` with its `target`"
        yield BadInputError("asset-recipient", what, where=source.at_value(("recipients",)), fix=fix)
    for number, item in enumerate(items):
        path: Path_ = ("recipients", number)
        if item["type"] == "Email":
            for key in ("target", *_COPIES):
                yield from _addresses(source, (*path, key), item.get(key))
            continue
        for key in _COPIES:
            if item.get(key):
                what = f"'{key}' is of mails, and this is a {item['type']}"
                yield BadInputError("asset-recipient", what, where=source.at_key((*path, key)), fix=f"remove `{key}`")
        if item["type"] == "Webhook":
            yield from _address(source, (*path, "target"), item["target"])


def _addresses(source: Source, path: Path_, text: str | None) -> Iterator[BadInputError]:
    for address in re.split(r"[,;]", text or ""):
        if address.strip() and not _EMAIL.fullmatch(address.strip()):
            what = f"'{address.strip()}' is not an address that mail can go to"
            fix = "write name@example.com, with commas between several"
            yield BadInputError("asset-recipient", what, where=source.at_value(path), fix=fix)


def _address(source: Source, path: Path_, text: str) -> Iterator[BadInputError]:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname:
        what, fix = "a webhook goes to an https address", "write https://host/path"
        yield BadInputError("asset-recipient", what, where=source.at_value(path), fix=fix)
    elif _secret(text):
        yield BadInputError(
            "asset-secret",
            "this address holds a password or a token, and files in git hold none",
            where=source.at_value(path),
            fix="send it to a relay of yours that keeps the secret and passes the message on",
        )


def _secret(address: str) -> bool:
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query or parts.fragment or _HIDDEN in address:
        return True
    return any(_TOKEN.fullmatch(part) for part in parts.path.split("/"))
