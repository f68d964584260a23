"""The explorer's languages: catalogues say all that the code says, and the browser's language is understood."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tests.support import catalogue

sys.path.insert(0, str(catalogue.APP))
language = importlib.import_module("language")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("ko-KR", "ko"),
        ("ko", "ko"),
        ("ko_KR", "ko"),
        ("KO", "ko"),
        ("en-GB", "en"),
        ("kok-IN", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_browsers_locale_is_understood(locale: str | None, expected: str) -> None:
    assert language.spoken(locale) == expected


@pytest.mark.parametrize("name", [name for name in language.LANGUAGES if name != "en"])
def test_a_catalogue_says_all_that_the_code_says(name: str) -> None:
    assert catalogue.faults(catalogue.read(language.FOLDER / f"{name}.po"), catalogue.template()) == []
    assert language.catalogue(name).gettext("Gallery") != "Gallery"


def _catalogue(**texts: str) -> Catalog:
    made = Catalog(locale="ko")
    for name, text in texts.items():
        made.add(f"{name} {{left}}", text)
    return made


def test_what_a_catalogue_lacks_is_told() -> None:
    wanted = _catalogue(same="", other="", missing="")
    kept = _catalogue(same="{left} 같음", other="{right}", gone="{left}")
    assert sorted(catalogue.faults(kept, wanted)) == [
        "names in braces left out: 'other {left}' as '{right}'",
        "nobody says it any more: 'gone {left}'",
        "not translated: 'missing {left}'",
        "other names in braces: 'other {left}' as '{right}'",
    ]


def test_texts_of_the_code_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        'A = later("Later")\nprint(t("Now {when}", when=t("today")), n("{number} item", "{number} items", 2))\nt(A)\n'
    )
    found = catalogue.template(tmp_path, None)
    told = sorted((message.id for message in found if message.id), key=str)
    assert told == [("{number} item", "{number} items"), "Later", "Now {when}", "today"]
