"""Upload: files from this computer, each once; what became of each is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

import login
import people
import reads
import wording
from address import of_every_page
from components import trigger
from components.file_progress import progress_list
from components.grid import grid
from components.notice import notice
from components.trouble import tell
from lakefront.errors import BadInputError, LakefrontError
from lakefront.media.assets import TAGS
from lakefront.media.description import Description
from lakefront.media.query import Asset
from lakefront.media.sources import shown
from language import later, n, t
from uploads import TakingIn, Upload, progress_of

_FILES, _TAG, _LABELS, _TITLE = "files", "tag-of-upload", "labels-of-upload", "title-of-upload"
#: What became of the files that were uploaded last, and by whom; how often the field for files was emptied.
_DONE, _TURN = "upload-done", "upload-turn"
_TICK_SECONDS = 0.2
_STATES = {
    "added": later("{number} added"),
    "known": later("{number} already there"),
    "refused": later("{number} refused"),
}
_GO = "upload-go"
#: Pictures that are shown of what was added, at most.
_MOST_SHOWN = 40


def _chosen() -> list[Upload]:
    """Draw the field for files, and return those that are in it."""
    turn = st.session_state.setdefault(_TURN, 0)
    files = st.file_uploader(
        t("Images, sounds and films"),
        accept_multiple_files=True,
        key=f"{_FILES}-{turn}",
        help=t("What a file is tells its content, not its name. Each content is kept once."),
    )
    kept: dict[str, Upload] = st.session_state.setdefault("upload-read", {})
    for gone in kept.keys() - {file.file_id for file in files}:
        del kept[gone]
    for file in files:
        if file.file_id not in kept:
            kept[file.file_id] = Upload.of(file.name, file.getvalue())
    return [kept[file.file_id] for file in files]


def _description(files: Sequence[Upload]) -> Description:
    """Draw what can be said of the files, and return it."""
    tag = st.segmented_control(t("Tag"), TAGS, default="other", key=_TAG, required=True)
    labels = st.multiselect(
        t("Labels"), [], key=_LABELS, accept_new_options=True, placeholder=t("Type a label, then Enter"), width=560
    )
    title = ""
    if len(files) == 1:
        title = st.text_input(t("Title"), key=_TITLE, placeholder=t("Its file's name, if empty"), width=560)
    return Description(tag or "other", tuple(labels), title.strip() or None, "manual")


def _warn_of_known(known: Mapping[str, Asset], files: Sequence[Upload]) -> None:
    """Say which of the files need no upload."""
    there = [file for file in files if file.sha256 in known]
    twice = sum(number - 1 for number in Counter(file.sha256 for file in files).values())
    if there:
        words = n(
            "**{number} of {all} is here already** and will be left as it is.",
            "**{number} of {all} are here already** and will be left as they are.",
            len(there),
            all=wording.number(len(files)),
        )
        st.info(words, icon=":material/content_copy:")
        _show("there", t("Here already"), [known[file.sha256] for file in there])
    if twice:
        st.caption(
            n(
                "{number} of the files has the content of another one.",
                "{number} of the files have the content of another one.",
                twice,
            )
        )


def _take_in(files: Sequence[Upload], what: Description) -> None:
    """Take the files in, say how far it is, and keep what became of them."""
    taking = TakingIn(reads.settings(), files, what, by=people.viewer())
    bar, each = st.progress(0.0, t("Reading")), st.empty()
    drawn = None
    while not taking.wait(_TICK_SECONDS):
        now = taking.files
        if now != drawn:
            bar.progress(*progress_of(now))
            each.html(progress_list(now, reads.settings().manifest.look))
            drawn = now
    bar.empty()
    each.empty()
    st.session_state[_DONE] = (people.viewer(), taking.outcomes, taking.error)
    st.session_state[_TURN] += 1
    reads.forget_media()
    st.rerun()


def _told() -> None:
    """Draw what became of the files that were uploaded last."""
    by, outcomes, error = st.session_state.get(_DONE, (None, [], None))
    if by != people.viewer():
        return
    if error is not None:
        lost = t("The upload did not come to its end. What is not told below was not taken in: choose it again.")
        # Nothing tries it again by itself: the files are not kept.
        notice(f"**{lost}**", error.what, fix=error.fix, icon=":material/cloud_off:")
    if not outcomes:
        return
    counts = Counter(outcome.state for outcome in outcomes)
    told = [t(said, number=wording.number(counts[state])) for state, said in _STATES.items() if counts[state]]
    st.subheader(t("Last upload: {outcomes}", outcomes=", ".join(told)), anchor=False)
    for outcome in outcomes:
        if outcome.error is not None:
            name = wording.plain(shown(outcome.source.address))
            notice(f"**{name}**", outcome.error.what, fix=outcome.error.fix, icon=":material/block:")
    known = tuple(each.sha256 for each in outcomes if each.state == "known" and each.sha256)
    try:
        _show("known", t("Already there"), list(reads.of_contents(people.viewer(), known).values()))
    except LakefrontError as failed:
        tell(failed, t("What was there already cannot be shown."))
    _show("added", t("Added"), [outcome.asset for outcome in outcomes if outcome.asset])


def _show(key: str, words: str, assets: Sequence[Asset]) -> None:
    """Draw assets; a click opens one in the gallery."""

    def opened() -> None:
        st.session_state[_GO] = trigger(key, "open")

    if assets:
        st.markdown(f"**{words}**")
        page = repr([asset.asset_id for asset in assets])
        grid(assets[:_MOST_SHOWN], key=key, page=page, on_open=opened, strip=True)
        if len(assets) > _MOST_SHOWN:
            more = len(assets) - _MOST_SHOWN
            st.caption(n("and {number} item more, in the gallery", "and {number} items more, in the gallery", more))


def draw() -> None:
    """Draw the page."""
    viewer = people.viewer()
    try:
        allowed = "add" in reads.edits(viewer, login.groups())
    except LakefrontError as error:
        tell(error, t("It cannot be told who may upload."))
        return
    if not allowed:
        owner = wording.plain(reads.settings().manifest.bundle.contact or t("an admin"))
        how = t("Ask {contact} for one that does (`edits` in the policies).", contact=owner)
        st.warning(f"**{t('Your roles add no media.')}**  \n{how}", icon=":material/lock:")
        return
    files = _chosen()
    what = _description(files)
    if files:
        try:
            what.check()
            known = reads.of_contents(viewer, tuple(file.sha256 for file in files))
        except BadInputError as error:
            notice("", error.what, error.fix, icon=":material/error:")
            return
        except LakefrontError as error:
            tell(error, t("It cannot be told which of the files are here already."))
            return
        _warn_of_known(known, files)
        new = len({file.sha256 for file in files} - known.keys())
        if st.button(t("Take in {items}", items=wording.items(new)), type="primary", disabled=not new):
            _take_in(files, what)
    _told()


if opened := st.session_state.pop(_GO, None):
    st.switch_page("pages/gallery.py", query_params={"open": opened} | of_every_page())
draw()
