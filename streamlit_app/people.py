"""Who looks: the person under whose name everything is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

import login
import query
import wording
from environment import settings
from lakefront.errors import NotAllowedError
from lakefront.media.edits import Editor
from lakefront.media.views import Views
from lakefront.semantic.load import load_layer
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.resolve import everybody
from lakefront.trino import Trino
from language import t

#: In a local stack, where nobody logs in: who is meant, as it stands in the address.
PARAMETER: Final = "as"
_CHOSEN: Final = "_viewer"
_WIDGET: Final = "viewer"
#: The service that asks for whoever looks, and who asks in a local stack where no policy says who is who.
NOBODY: Final = "explorer"


@dataclass(frozen=True)
class Person:
    """One whom the policies know. `roles` as they are named there."""

    name: str
    roles: tuple[str, ...]


@st.cache_resource(ttl=60, show_spinner=False)
def people() -> list[Person]:
    """Return the people to choose from: those of the policies, in a local stack that obeys them, if nobody logs in.

    Whoever sees everything comes first: that is how a stack of one's own is looked at until somebody is chosen.
    """
    ours = settings()
    if ours.login or ours.everybody_sees_everything or not ours.is_local:
        return []
    folder = ours.part("semantic_layer")
    policies = load_policies(folder, load_layer(folder)).policies
    found = [Person(name, who.roles) for name, who in everybody(policies).items()]
    return sorted(found, key=lambda person: not any(policies.roles[role].admin for role in person.roles))


def settle() -> None:
    """Make out who looks, once a run: as the address says, which is how a link or the way back names somebody."""
    known = {person.name for person in people()}
    named = query.one(PARAMETER)
    if named in known:
        st.session_state[_CHOSEN] = named
    elif st.session_state.get(_CHOSEN) in known:
        query.put_one(PARAMETER, st.session_state[_CHOSEN])


def viewer() -> str:
    """Return the name of the person who looks, under which Trino is asked.

    Raises NotAllowedError where nobody is known: `login-not-configured`, or as `login.name`.
    """
    by = login.configured()
    if by:
        return login.name(by)
    known = [person.name for person in people()]
    if not known:
        _require_local()
        return NOBODY
    chosen = st.session_state.get(_CHOSEN)
    return chosen if chosen in known else known[0]


def editor() -> Editor:
    """Return what changes media in the viewer's name, as far as her roles allow it. Raises as `viewer`."""
    return Editor(settings(), user=viewer(), groups=login.groups())


def views() -> Views:
    """Return what saves and changes views in the viewer's name. Raises as `viewer`."""
    asked = Trino.from_settings(settings(), user=viewer(), principal=NOBODY, source="lakefront-explorer")
    return Views(settings(), asked, groups=login.groups())


def _require_local() -> None:
    """Raise NotAllowedError (`login-not-configured`) outside a local stack, where nobody is taken at her word."""
    ours = settings()
    if not ours.is_local:
        table = f"[env.{ours.env_name}.login]"
        raise NotAllowedError(
            "login-not-configured",
            f"login is not configured for the environment `{ours.env_name}`, so nothing is shown to anybody",
            fix=f"write `{table}` with `metadata_url` and `client_id` into `lakefront.toml`, set"
            " `LAKEFRONT_LOGIN_CLIENT_SECRET`, and start the explorer anew; `docs/how-to/explorer-login.md` says how",
        )


def _choose() -> None:
    st.session_state[_CHOSEN] = st.session_state[_WIDGET]
    query.put_one(PARAMETER, st.session_state[_WIDGET])


def chooser() -> None:
    """Draw who looks, and the way out; or, in a local stack, the others that one may look as."""
    by = login.configured()
    if by:
        login.menu(by, viewer())
        login.watch(by)
        return
    known = people()
    if not known:
        return
    names = [person.name for person in known]
    st.session_state[_WIDGET] = viewer()
    with st.container(key="who", width="content"), st.popover(viewer(), icon=":material/person:"):
        st.radio(
            t("Look as"),
            names,
            key=_WIDGET,
            captions=[wording.plain(", ".join(person.roles)) for person in known],
            on_change=_choose,
        )
        st.caption(t("A local stack has no login: choose whose rows and columns you want to see."))
