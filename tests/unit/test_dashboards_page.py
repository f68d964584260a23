"""docs/dashboards.md says what the bundle says, and its pictures are small."""

from __future__ import annotations

import re

from tests.support.dashboards_page import PAGE, page


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make screenshots` for a new dashboard, then `make docs`"


def test_every_picture_is_small() -> None:
    pictures = re.findall(r"\]\((images/[^)]+)\)", page())
    assert pictures
    for name in pictures:
        picture = PAGE.parent / name
        assert picture.stat().st_size <= 150_000, name
