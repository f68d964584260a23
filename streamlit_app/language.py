"""What pages say, in the reader's language: English stands in the code, another language in a catalogue of gettext.

The browser says which one, unless somebody has chosen: the choice is kept in the address (`lang=ko`), and in the
session, since the way from page to page leaves the address behind. docs/how-to/explorer-language.md
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

import query

#: How the language stands in an address.
PARAMETER: Final = "lang"
#: The languages, each as its readers call it. The first one is that of the code.
LANGUAGES: Final = {"en": "English", "ko": "한국어"}
FOLDER: Final = Path(__file__).parent / "locale"
_CHOSEN: Final = "_language"
_WIDGET: Final = "language-choice"
#: The language that the code is written in.
SOURCE: Final = next(iter(LANGUAGES))


def settle() -> None:
    """Make out the language, once a run: as the address says, or as it said on an earlier page of the session."""
    named = query.one(PARAMETER)
    if named in LANGUAGES:
        st.session_state[_CHOSEN] = named
    elif _CHOSEN in st.session_state:
        query.put_one(PARAMETER, st.session_state[_CHOSEN])


def choose(name: str) -> None:
    """Speak another language from the next run on. `name`: a key of `LANGUAGES`."""
    st.session_state[_CHOSEN] = name
    query.put_one(PARAMETER, name)


def language() -> str:
    """Return the language of the page, a key of `LANGUAGES`."""
    chosen = st.session_state.get(_CHOSEN)
    return chosen if chosen in LANGUAGES else spoken(st.context.locale)


def spoken(locale: str | None) -> str:
    """Return the language of a browser's locale such as "ko-KR": that of the code where it is none of ours."""
    primary = (locale or "").replace("_", "-").split("-")[0].lower()
    return primary if primary in LANGUAGES else SOURCE


@cache
def catalogue(name: str) -> gettext.NullTranslations:
    """Return the translations into a language; what has none, or is not looked through yet, stays English."""
    if name == SOURCE:
        return gettext.NullTranslations()
    with (FOLDER / f"{name}.po").open("rb") as file:
        read = read_po(file, locale=name)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def t(text: str, /, **values: object) -> str:
    """Return a text in the page's language. `values` take the place of its `{names}`.

    `text`: a literal, or what was marked with `later`: `make lint` looks for each in the catalogues.
    """
    return put(language(), text, **values)


def put(name: str, text: str, /, **values: object) -> str:
    """Return a text in a language, as `t`, where no page asks; a language that is none of ours is that of the code."""
    said = catalogue(name if name in LANGUAGES else SOURCE).gettext(text)
    return said.format(**values) if values else said


def n(one: str, many: str, count: int, /, **values: object) -> str:
    """Return a text for a number of things, as `t`: `one` for a single one, `many` for all else.

    The number takes the place of `{number}`, unless `values` have another one for it.
    """
    return catalogue(language()).ngettext(one, many, count).format(**({"number": number(count)} | values))


def number(value: int) -> str:
    """Return a whole number with the separators of the page's language: 12,345."""
    return format_decimal(value, locale=language())


def later(text: str) -> str:
    """Mark a text that a constant keeps, and that `t` says when it is shown."""
    return text


def _choose() -> None:
    choose(st.session_state[_WIDGET])


def chooser() -> None:
    """Draw the choice of the language, each named as its readers call it."""
    st.session_state[_WIDGET] = language()
    # Its name stays in the language that is read: whoever is lost in this one finds the way by the sign before it.
    with st.popover(LANGUAGES[language()], icon=":material/language:", key="speaking"):
        st.radio(t("Language"), list(LANGUAGES), key=_WIDGET, format_func=LANGUAGES.__getitem__, on_change=_choose)
