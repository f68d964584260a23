"""What Trino refuses, in words for the person who asked."""

from __future__ import annotations

import re
from typing import Final

from lakefront.errors import NotAllowedError

_TABLE: Final = re.compile(r"Cannot select from table (?P<table>\S+?)(?::|$)")
_COLUMNS: Final = re.compile(r"Cannot select from columns \[(?P<columns>.*)\] in table or view (?P<table>\S+?)(?::|$)")
_NOBODY: Final = re.compile(r"Cannot execute query")
_INSTEAD: Final = re.compile(r"User (?P<service>\S+) cannot impersonate user (?P<user>\S+)")
_SAID: Final = "Access Denied: "


def refused(message: str, user: str, contact: str) -> NotAllowedError:
    """Return the error (`trino-denied`) for a refusal: what is missing, and whom to ask for it.

    `message` is Trino's own. https://trino.io/docs/476/security/built-in-system-access-control.html
    """
    said = message.removeprefix(_SAID)
    if _NOBODY.match(said):
        return _error(f"{user} is not known to any policy and may ask nothing", f"ask {contact} for a role")
    instead = _INSTEAD.match(said)
    if instead:
        what = f"{instead['service']} may not ask in the name of {instead['user']}"
        return _error(what, f"ask {contact} to give {instead['user']} a role")
    table = _TABLE.match(said) or _COLUMNS.match(said)
    if table:
        name = _short(table["table"])
        what = f"the columns {table['columns']} of {name}" if "columns" in table.groupdict() else name
        explained = f"`lakefront policy explain --user {user} --table {name}` says what the policies open"
        return _error(f"{user} may not see {what}", f"ask {contact} for a role that opens it; {explained}")
    return _error(f"{user} may not do this: {said}", f"ask {contact} for a role that may")


def _short(table: str) -> str:
    return ".".join(table.split(".")[-2:])


def _error(what: str, fix: str) -> NotAllowedError:
    return NotAllowedError("trino-denied", what, fix=fix)
