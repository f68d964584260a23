"""The explorer's languages: catalogues say all that the code says, and the browser's language is understood."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tests.support import catalogue
from tests.support.cli import ROOT

sys.path.insert(0, str(catalogue.APP))
language = importlib.import_module("language")
sentences = importlib.import_module("sentences")
wording = importlib.import_module("wording")

_MAY_NOT = "{person} may not "


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything be said in Korean."""
    monkeypatch.setattr(language, "language", lambda: "ko")


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


@pytest.mark.usefixtures("korean")
def test_days_numbers_and_counts_are_written_as_korean_does() -> None:
    first, last = dt.date(2026, 10, 3), dt.date(2026, 10, 31)
    assert wording.day(last) == "2026년 10월 31일"
    assert wording.days(first, last) == "2026년 10월 3일~31일"
    assert wording.days(dt.date(2025, 12, 31), last) == "2025년 12월 31일~2026년 10월 31일"
    seoul = dt.timezone(dt.timedelta(hours=9))
    assert wording.moment(dt.datetime(2026, 10, 31, 9, 5, tzinfo=seoul)) == "2026년 10월 31일 00:05 UTC"
    assert (wording.items(1), wording.items(12345)) == ("항목 1개", "항목 12,345개")
    assert (wording.kind("audio"), wording.kind("map")) == ("오디오", "map")


@pytest.mark.usefixtures("korean")
def test_sentences_of_the_toolkit_are_known_by_their_form() -> None:
    assert sentences.said("tom may not see media.assets") == "tom 님은 media.assets을(를) 볼 수 없습니다"
    columns = "tom may not see the columns a, b of media.assets"
    assert sentences.said(columns) == "tom 님은 media.assets의 a, b 열을 볼 수 없습니다"
    assert sentences.said("{name} %s is empty") == "{name} %s은(는) 빈 파일입니다"
    assert sentences.said("nobody has thought of this") is None
    assert wording.sentence("there is no column 'x'. Did you mean 'y'?").startswith("\\'x\\' 열이 없습니다")
    assert wording.sentence("nobody has thought of this") == "Nobody has thought of this."


def _said_by_the_toolkit() -> Iterator[str]:
    """Yield what literals and f-strings of the toolkit say, each value as an empty pair of braces."""
    for file in [*(ROOT / "src" / "lakefront").rglob("*.py"), *catalogue.APP.rglob("*.py")]:
        if file.name == "sentences.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_form_is_one_that_the_toolkit_says() -> None:
    said = set(_said_by_the_toolkit())
    # A form may have words where the toolkit has a value, but most of it stands in the toolkit as it is.
    shapes = [
        (len(text.replace("{}", "")), re.compile(".*".join(map(re.escape, text.split("{}")))))
        for text in said
        if "{}" in text
    ]

    def is_said(form: str) -> bool:
        shape, looks = re.sub(r"\{\w+\}", "{}", form), re.compile(sentences.pattern(form))
        return (
            shape in said
            or any(letters > len(shape) / 4 and pattern.fullmatch(shape) for letters, pattern in shapes)
            or any(looks.fullmatch(text) for text in said)
        )

    # What somebody may not do is said of a person, in two pieces.
    unsaid = [form for form in sentences._FORMS if not is_said(form) and not is_said(form.removeprefix(_MAY_NOT))]
    assert not unsaid, "\n".join(unsaid)
