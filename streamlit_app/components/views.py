"""Saved views: what people look for, under names. They are opened, saved, changed and deleted here."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import people
import reads
import wording
from address import current, open_view, show
from components.kept import known
from components.notice import notice
from lakefront.errors import LakefrontError, NotAllowedError
from lakefront.media.params import written_query
from lakefront.media.views import LONGEST_DESCRIPTION, LONGEST_NAME, SavedView
from language import t
from state import GalleryState

#: What came of the last change, in words, until it is shown.
_DONE = "views_done"
#: So many are listed; of more, a part of the name or the description has to be given.
_LISTED = 20
_PART = "views_part"


def saved_views() -> None:
    """Draw, for the gallery, the popover in which views are opened and what is shown is saved."""
    try:
        found = known("views", lambda: reads.saved_views(people.viewer())).value
    except LakefrontError:
        return  # the page says what is wrong, or what is not for this person
    _say_what_was_done()
    with st.popover(t("Saved views"), icon=":material/bookmarks:", width="stretch"):
        _listed(found, lambda view: show(GalleryState.from_params(view.params)))
        _save_form(current())


def save_view(state: GalleryState) -> None:
    """Draw the popover in which what is shown is saved under a name."""
    with st.popover(t("Save this view"), icon=":material/bookmark_add:"):
        _save_form(state)


def views_list() -> None:
    """Draw all views by name, with who may do what to each."""
    _say_what_was_done()
    st.markdown(f"#### {t('Saved views')}")
    try:
        found = known("views", lambda: reads.saved_views(people.viewer())).value
    except NotAllowedError:
        return  # the page says what is not for this person
    except LakefrontError:
        st.caption(t("They come back with the search."))
        return
    mine = people.views()
    _listed(found, lambda view: open_view(view.name), mine.may_change)
    if not found:
        st.caption(t("Nobody has saved one yet. Search for something, then save it under a name."))


def _listed(
    known: tuple[SavedView, ...],
    opening: Callable[[SavedView], None],
    may_change: Callable[[SavedView], bool] = lambda _: False,
) -> None:
    shown = known
    if len(known) > _LISTED:
        part = st.text_input(t("Find a view"), key=_PART, placeholder=t("Part of its name")).casefold().strip()
        shown = tuple(view for view in known if part in f"{view.name} {view.owner} {view.description}".casefold())
    for view in shown[:_LISTED]:
        with st.container(key=f"view-{view.name}", gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.button(
                    wording.plain(view.name),
                    key=f"open-{view.name}",
                    icon=":material/bookmark:",
                    type="tertiary",
                    on_click=opening,
                    args=(view,),
                )
                if _allowed(view, may_change) and st.button(t("Change"), key=f"edit-{view.name}", type="tertiary"):
                    st.dialog(t("Saved view"))(_edit)(view)
            told = f"{view.owner} · {view.description}" if view.description else view.owner
            st.caption(wording.plain(told))
    if len(shown) > _LISTED:
        st.caption(t("{number} more: give a part of the name.", number=wording.number(len(shown) - _LISTED)))


def _allowed(view: SavedView, may_change: Callable[[SavedView], bool]) -> bool:
    try:
        return may_change(view)
    except LakefrontError:
        return False  # the policies cannot be read: a change would be refused, too


def _save_form(state: GalleryState) -> None:
    query = kept_query(state)
    if not query:
        st.caption(t("Filter or sort by something: that is what is saved."))
        return
    with st.form("save-view", border=False):
        name = st.text_input(t("Save what is shown as"), key="save-name", max_chars=LONGEST_NAME)
        described = st.text_input(t("What it is good for"), key="save-description", max_chars=LONGEST_DESCRIPTION)
        pressed = st.form_submit_button(t("Save"), type="primary", icon=":material/bookmark_add:")
        st.caption(t("Everybody who may see media finds it; only you and admins may change it."))
    if pressed:
        _change(
            lambda: people.views().save(name, query, described),
            t("Saved as {name}.", name=f"**{wording.plain(' '.join(name.split()))}**"),
        )


def _edit(view: SavedView) -> None:
    """Let a view be renamed, described anew, made to show what is shown now, or deleted."""
    st.markdown(f"#### {wording.plain(view.name)}")
    st.caption(
        t(
            "Saved by {owner}, changed {moment} by {person}",
            owner=wording.plain(view.owner),
            moment=wording.moment(view.updated_at),
            person=wording.plain(view.updated_by),
        )
    )
    query = kept_query(current())
    with st.form("edit-view", border=False):
        name = st.text_input(t("Name"), view.name, key="edit-name", max_chars=LONGEST_NAME)
        described = st.text_input(
            t("What it is good for"), view.description, key="edit-description", max_chars=LONGEST_DESCRIPTION
        )
        differs = bool(query) and query != view.query
        anew = differs and st.checkbox(t("Let it show what the page shows now"), key="edit-query")
        pressed = st.form_submit_button(t("Save changes"), type="primary")
    if pressed:
        _change(
            lambda: people.views().change(view, name=name, query=query if anew else None, description=described),
            t("The view is changed."),
        )
    st.divider()
    sure = st.checkbox(t("Delete it, for everybody"), key="edit-delete")
    if st.button(t("Delete"), key="delete-view", icon=":material/delete:", disabled=not sure):
        _change(lambda: people.views().delete(view), t("The view is deleted."))


def kept_query(state: GalleryState) -> str:
    """Return the query that a view of a state keeps: of one page and one open item it does not tell."""
    return written_query(state.at(None).to_params())


def _change(change: Callable[[], object], done: str) -> None:
    """Change the saved views and say that it is done, or why not."""
    try:
        with st.spinner(t("Saving …")):
            change()
    except LakefrontError as error:
        reads.forget_views()
        notice(f"**{t('That did not work.')}**", error.what, icon=":material/error:", fix=error.fix)
        return
    reads.forget_views()
    st.session_state[_DONE] = done
    st.rerun()


def _say_what_was_done() -> None:
    done = st.session_state.pop(_DONE, None)
    if done:
        st.toast(done, icon=":material/check_circle:")
