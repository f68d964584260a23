"""Guests: people whom a page of another application shows a dashboard in a frame.

The page signs a token that says who looks and which dashboards she is shown. Trino is then asked in her name, so the
policies decide what she sees, as everywhere. Superset by itself is more lenient with guests than that needs:

- it takes a token that never ends, and one without a name;
- it opens any dashboard whose number a token names, embedded or not;
- it answers a guest's request as the person who is logged in in another tab of the same browser, and logs her out when
  a page shows a dashboard.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import jwt
from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SessionInterface
from sqlalchemy import event
from superset.security import SupersetSecurityManager

#: What guests may do by themselves, as superset_assets/roles has it.
ROLE = "Lakefront: embedded guest"
#: Longest life of a token, in seconds. Pages send a new one before it ends.
LIFE = 300
HEADER = "X-GuestToken"
_FORM_FIELD = "guest_token"
_PAGE = "/embedded/"


def audience(environment: str) -> str:
    """Return whom a token is for: another environment's Superset refuses it, even with the same secret."""
    return f"lakefront-guest:{environment}"


def origin_problem(text: str) -> str | None:
    """Return what is wrong with an origin of pages that may show dashboards; None when it is one."""
    parts = urlsplit(text)
    try:
        exact = text == f"{parts.scheme}://{parts.netloc}" and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        exact = False
    # What a Content-Security-Policy would read as more than one host.
    plain = re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", text)
    return None if exact and plain else f"'{text}' is not an origin like https://pages.example.com"


def security_manager(base: type[SupersetSecurityManager]) -> type[SupersetSecurityManager]:
    """Return a security manager that is strict with guests."""

    class SecurityManager(base):
        """Takes guests whose token names them and ends soon, for dashboards that are embedded."""

        def parse_jwt_guest_token(self, raw_token: str) -> dict[str, Any]:
            """Return the claims of a token; whatever is raised here makes the request one of nobody."""
            config = current_app.config
            claims: dict[str, Any] = jwt.decode(
                raw_token,
                config["GUEST_TOKEN_JWT_SECRET"],
                algorithms=[config["GUEST_TOKEN_JWT_ALGO"]],
                audience=config["GUEST_TOKEN_JWT_AUDIENCE"],
                options={"require": ["exp", "iat", "aud"]},
            )
            if claims["exp"] - claims["iat"] > LIFE:
                raise ValueError(f"The token lives longer than {LIFE} seconds.")
            name = (claims.get("user") or {}).get("username")
            if not isinstance(name, str) or not name.strip():
                raise ValueError("The token does not say who looks.")
            if self.find_role(ROLE) is None:
                raise ValueError(f"There is no role '{ROLE}': apply superset_assets.")
            return claims

        def has_guest_access(self, dashboard: Any) -> bool:
            """Tell whether a guest's token names a dashboard, and it is embedded at this moment."""
            guest = self.get_current_guest_user_if_guest()
            named = {str(item["id"]) for item in guest.resources if item["type"] == "dashboard"} if guest else set()
            return any(str(item.uuid) in named for item in dashboard.embedded)

    return SecurityManager


class _NoSession(SecureCookieSession):
    """Is forgotten with the request."""


class SessionsApart(SessionInterface):
    """Gives guests no part of the session that the browser may have with Superset, and sets them no cookie."""

    def __init__(self, sessions: SessionInterface) -> None:
        self._sessions = sessions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sessions, name)

    def open_session(self, app: Flask, request: Request) -> Any:
        """Return an empty session for a guest, else the browser's."""
        return _NoSession() if _of_guest(request) else self._sessions.open_session(app, request)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Keep a session, unless it is a guest's."""
        if not isinstance(session, _NoSession):
            self._sessions.save_session(app, session, response)


def _of_guest(asked: Request) -> bool:
    if asked.path.startswith(_PAGE) or HEADER in asked.headers:
        return True
    # A download is a form that the page sends.
    return asked.method == "POST" and asked.path == "/api/v1/chart/data" and _FORM_FIELD in asked.form


def _frames(origins: Sequence[str]) -> Callable[[Response], Response]:
    """Return what lets pages of these origins show embedded dashboards in a frame, and nothing else of Superset."""
    allowed = " ".join(("frame-ancestors 'self'", *origins))

    def allow(response: Response) -> Response:
        policy = response.headers.get("Content-Security-Policy")
        if policy and request.path.startswith(_PAGE):
            response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'self'", allowed)
            # The older header knows no list; browsers that know the policy do not read it.
            response.headers.pop("X-Frame-Options", None)
        return response

    return allow


def welcome(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of these origins show dashboards to guests."""
    from superset.models.embedded_dashboard import EmbeddedDashboard  # noqa: PLC0415 - needs the application

    def name(_mapper: Any, _connection: Any, embedded: Any) -> None:
        # By the uuid that it has in git a page finds a dashboard without asking; Superset would draw a new one.
        embedded.uuid = embedded.dashboard.uuid

    event.listen(EmbeddedDashboard, "before_insert", name)
    app.session_interface = SessionsApart(app.session_interface)
    # The first to be registered is the last to be called: what writes the policy is called before.
    app.after_request_funcs.setdefault(None, []).insert(0, _frames(origins))
