"""Logging in by OpenID Connect: who is known of a login, until when, and what is drawn where nobody is."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import streamlit as st

import wording
from components.notice import notice
from environment import settings
from lakefront.config import Login
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from lakefront.semantic.load import load_layer
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.model import Policies
from language import t

#: Codes of refusals that a login mends.
_LOG_IN: Final = ("login-needed", "login-ended")
_LOOK_AGAIN_SECONDS: Final = 15
_LONGEST_NAME: Final = 256


def secrets(login: Login | None) -> dict[str, Any]:
    """Return what Streamlit is told of the provider, as its secrets would have it: it is in no file."""
    if login is None:
        return {}
    return {
        "auth": {
            "redirect_uri": login.redirect_uri,
            "cookie_secret": login.cookie_secret,
            "client_id": login.client_id,
            "client_secret": login.client_secret,
            "server_metadata_url": login.metadata_url,
        }
    }


def name_of(claims: Mapping[str, Any], login: Login, services: Collection[str], now: float) -> str:
    """Return the name under which Trino is asked for somebody who is logged in. `now` is in seconds since 1970.

    Nobody is taken for another: raises NotAllowedError (`login-needed`, `login-ended`, `login-no-name`,
    `login-bad-name`).
    """
    if not claims.get("is_logged_in"):
        raise NotAllowedError("login-needed", "nobody is logged in here", fix="log in")
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or now >= issued + login.seconds:
        hours = f"{login.seconds / 3600:g} hours"
        raise NotAllowedError("login-ended", f"your login has ended: one lasts {hours}", fix="log in again")
    name = claims.get(login.claim)
    if not isinstance(name, str) or not name:
        raise NotAllowedError(
            "login-no-name",
            f"your login does not say who you are in this lakehouse: the ID token has no claim `{login.claim}`",
            fix=f"ask who runs the login to put `{login.claim}` into the ID token of the client `{login.client_id}`",
        )
    # Trino would read a name without what a header drops at its ends: another name.
    odd = not name.isprintable() or name != name.strip() or len(name) > _LONGEST_NAME
    if odd or name in services or (login.claim == "email" and claims.get("email_verified") in (False, "false")):
        why = "it is a service's" if name in services else "no name has this form" if odd else "it is not verified"
        raise NotAllowedError(
            "login-bad-name",
            f"your login says that you are {name[:_LONGEST_NAME]!r}, which is refused: {why}",
            fix=f"ask who runs the login for another `{login.claim}`",
        )
    return name


def groups_of(claims: Mapping[str, Any], claim: str | None) -> tuple[str, ...] | None:
    """Return the groups that a login says; None where the policies list them themselves (`claim` is None).

    A login without the claim, or with one of another form, is in no group.
    """
    if claim is None:
        return None
    told = claims.get(claim)
    listed = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    return tuple(name for name in listed if isinstance(name, str))


def groups() -> tuple[str, ...] | None:
    """Return the groups of whoever is logged in, as the identity provider says; None where it is not asked."""
    return groups_of(st.user.to_dict(), _policies().claim) if configured() else None


def configured() -> Login | None:
    """Return how people log in; None where that is not configured."""
    return settings().login


@st.cache_resource(ttl=60, show_spinner=False)
def _policies() -> Policies:
    """Return the policies; none where there are none: somebody else's Trino may have rules of its own."""
    folder = settings().part("semantic_layer")
    try:
        return load_policies(folder, load_layer(folder)).policies
    except BadInputError as error:
        if error.code != "policies-missing":
            raise
        return Policies(policies=(), files=())


def _services() -> frozenset[str]:
    """Return the names that no person may have: those of the policies' services, and of who asks for nobody."""
    return frozenset({*_policies().services, settings().env.trino_user})


@st.cache_resource(show_spinner=False)
def _logged_out() -> dict[str, float]:
    """Return the logins that somebody has ended in this process, and when they would have ended by themselves.

    Streamlit reads a cookie once a session: other tabs would go on without this.
    """
    return {}


def _mark(claims: Mapping[str, Any]) -> str:
    """Return what tells one login from another: the provider gives back a number that was made for it."""
    return repr([claims.get(name) for name in ("iss", "sub", "nonce", "iat")])


def name(login: Login) -> str:
    """Return the name of whoever is logged in. Raises as `name_of`."""
    claims = st.user.to_dict()
    if _mark(claims) in _logged_out():
        claims = {}
    return name_of(claims, login, _services(), time.time())


def _end(login: Login) -> None:
    claims, now = st.user.to_dict(), time.time()
    ended = _logged_out()
    for mark in [mark for mark, until in list(ended.items()) if until < now]:
        ended.pop(mark, None)
    ended[_mark(claims)] = now + login.seconds
    st.logout()


def menu(login: Login, viewer: str) -> None:
    """Draw who is logged in, and the way out."""
    with st.container(key="who", width="content"), st.popover(viewer, icon=":material/person:"):
        st.caption(t("You are logged in as {name}.", name=wording.plain(viewer)))
        st.button(t("Log out"), icon=":material/logout:", on_click=_end, args=(login,))


def page(error: LakefrontError) -> None:
    """Draw what stands instead of every page where nobody is known who looks."""
    login = configured() if error.code != "login-not-configured" else None
    st.markdown("# Lakefront")
    if error.code == "login-needed":
        st.markdown(t("Log in to see the dashboards and media that are open to you."))
    else:
        notice("", error.what, fix=error.fix, icon=":material/lock:")
    if login and error.code in _LOG_IN:
        st.button(t("Log in"), type="primary", icon=":material/login:", on_click=st.login)
    elif login and st.user.get("is_logged_in"):
        st.button(t("Log out"), icon=":material/logout:", on_click=_end, args=(login,))


@st.fragment(run_every=_LOOK_AGAIN_SECONDS)
def watch(login: Login) -> None:
    """Take what is shown away once the login has ended, also from a page that nobody touches."""
    try:
        name(login)
    except LakefrontError:
        st.rerun(scope="app")
