"""What people do in Superset, as one JSON object a line of its log: events, logins, changes of roles.

An event names the queries that ran within it by Trino's ids, which are those of `governance.query_audit`. Superset's
table of logs, which its own pages read, is written as before.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import figures
from flask import g, has_app_context, has_request_context, request
from flask_appbuilder.security.sqla.models import Group, PermissionView, Role, User
from query_origin import chart_named, dashboard_named, origin, query_ids
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session
from superset.utils.log import DBEventLogger

LOGGER = "lakefront.events"
_logger = logging.getLogger(LOGGER)
#: How many queries the request had asked when the innermost event began.
_ASKED_BEFORE: ContextVar[int] = ContextVar("asked_before", default=0)
#: Links whose change gives people something, or takes it: class -> attribute -> (what is given, whether to this one).
_GIVEN = {
    User: {"roles": ("role", True), "groups": ("group", True)},
    Group: {"roles": ("role", True), "users": ("group", False)},
    Role: {"permissions": ("permission", True), "user": ("role", False), "groups": ("role", False)},
}
_PENDING = "lakefront_changes"
#: A role that is made has hundreds of permissions.
_MOST_NAMES = 50


def tell(action: str, **fields: Any) -> None:
    """Write an event to the log, with what is known of the request."""
    known = {"user": _user_name(), "address": request.remote_addr if has_request_context() else None, **fields}
    line = {"action": action, **{name: value for name, value in known.items() if value is not None}}
    _logger.info(action, extra={"fields": line})


class EventLogger(DBEventLogger):
    """Superset's event logger, which also writes each event as a line."""

    @contextmanager
    def log_context(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Remember what was asked before the event, so that it is told what was asked within it."""
        # Superset writes the event when it ends, which is still within this.
        mark = _ASKED_BEFORE.set(len(query_ids()) if has_app_context() else 0)
        try:
            with super().log_context(*args, **kwargs) as add:
                yield add
        finally:
            _ASKED_BEFORE.reset(mark)

    def log(self, user_id: int | None, action: str, *args: Any, **kwargs: Any) -> None:
        """Write the event to Superset's table of logs, and to the log."""
        names = ("dashboard_id", "duration_ms", "slice_id", "referrer")
        told = {**dict(zip(names, args, strict=False)), **kwargs}
        asked = query_ids()[_ASKED_BEFORE.get() :] if has_app_context() else []
        what_for = {name: text for name, text in origin().items() if text != "other"}
        for record in told.get("records") or [{}]:
            if "is_cached" in record:
                figures.drawn(cached=_is_cached(record["is_cached"]))
            # The browser sends its events by the dozen, each with a name of its own.
            dashboard = told.get("dashboard_id") or record.get("dashboard_id") or record.get("dashboardId")
            chart = told.get("slice_id") or record.get("slice_id") or record.get("chart_id")
            names = {**chart_named(chart), **dashboard_named(dashboard)} if has_app_context() else {}
            tell(
                str(record.get("event_name") or action),
                user_id=user_id,
                duration_ms=_number(record.get("duration")) or told.get("duration_ms"),
                cached=_is_cached(record["is_cached"]) if "is_cached" in record else None,
                query_ids=asked or None,
                **{**what_for, **names},
            )
        super().log(user_id, action, *args, **kwargs)


class ToldLogins:
    """Part of a security manager: logins, failed ones and logouts are events."""

    def auth_user_db(self, username: str, password: str) -> Any:
        """Tell of a login that failed, also of a name that nobody has."""
        user = super().auth_user_db(username, password)  # type: ignore[misc]
        if user is None:
            tell("login_failed", user=str(username)[:200])
        return user

    def on_user_login(self, user: Any) -> None:
        """Tell of a login."""
        super().on_user_login(user)  # type: ignore[misc]
        tell("login", user=user.username)

    def on_user_logout(self, user: Any) -> None:
        """Tell of a logout."""
        super().on_user_logout(user)  # type: ignore[misc]
        tell("logout", user=user.username)


@event.listens_for(Session, "before_flush")
def _note_changes(session: Session, *_: Any) -> None:
    """Note who is given what. Both ends of a link may tell of its change: it is noted once."""
    for item in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(item, tuple(_GIVEN)):
            continue
        # Whoever does it cannot be asked for any more once all is written.
        session.info.setdefault("lakefront_changer", _user_name())
        noted: dict[tuple[str, str, str], dict[str, str]] = session.info.setdefault(_PENDING, {})
        if item in session.deleted:
            noted[_kind(item), _name(item), "deleted"] = {}
            continue
        for attribute, (what, to_this) in _links(item).items():
            history = inspect(item).attrs[attribute].history
            for change, others in (("added", history.added), ("removed", history.deleted)):
                for other in others or ():
                    holder, held = (item, other) if to_this else (other, item)
                    noted.setdefault((_kind(holder), _name(holder), what), {})[_name(held)] = change


def _links(item: Any) -> dict[str, tuple[str, bool]]:
    return next(links for kind, links in _GIVEN.items() if isinstance(item, kind))


def _kind(item: Any) -> str:
    return next(kind.__name__.lower() for kind in _GIVEN if isinstance(item, kind))


@event.listens_for(Session, "after_commit")
def _tell_changes(session: Session) -> None:
    by = session.info.pop("lakefront_changer", None)
    for (kind, name, what), held in session.info.pop(_PENDING, {}).items():
        if what == "deleted":
            tell(f"{kind}_deleted", user=by, **{f"of_{kind}": name})
            continue
        changes = {way: sorted(key for key, change in held.items() if change == way) for way in ("added", "removed")}
        told = {way: names[:_MOST_NAMES] for way, names in changes.items() if names}
        counts = {f"{way}_count": len(names) for way, names in changes.items() if names}
        tell(f"{kind}_{what}s_changed", user=by, **{f"of_{kind}": name}, **told, **counts)


@event.listens_for(Session, "after_rollback")
def _forget_changes(session: Session) -> None:
    session.info.pop(_PENDING, None)
    session.info.pop("lakefront_changer", None)


def _name(item: Any) -> str:
    if isinstance(item, PermissionView):
        return f"{item.permission.name} {item.view_menu.name}" if item.permission and item.view_menu else str(item.id)
    return str(item.username if isinstance(item, User) else getattr(item, "name", item))


def _user_name() -> str | None:
    # Not `current_user`: that would ask the database after a commit, in the middle of another one.
    user = g.get("user") if has_app_context() else None
    if user is None:
        return None
    loaded = getattr(user, "__dict__", {}).get("username")
    return str(loaded or getattr(user, "username", "")) or None


def _is_cached(said: Any) -> bool:
    """Whether nothing was asked anew; Superset says it of one query, or of each in a list."""
    return all(said) if isinstance(said, list) else bool(said)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
