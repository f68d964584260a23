"""docs/dashboards.md says what the bundle says, and its pictures are there and small."""

from __future__ import annotations

import re

from tests.support.dashboards_page import PAGE, page


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`, and `make screenshots` for a new dashboard"


def test_every_picture_is_there_and_small() -> None:
    pictures = re.findall(r"\]\((images/[^)]+)\)", page())
    assert pictures
    for name in pictures:
        picture = PAGE.parent / name
        assert picture.exists(), f"{name}: run `make screenshots`"
        assert picture.stat().st_size <= 150_000, name
