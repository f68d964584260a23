"""The explorer shows each person what she may see, and says so where she may not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PATIENCE = 60_000


def _home(page: Page, stack: Settings, person: str) -> None:
    page.goto(f"{stack.service('explorer').url}/?as={person}")
    expect(page.get_by_role("button", name=person)).to_be_visible(timeout=PATIENCE)


def _row(page: Page, table: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("cell", name=table, exact=True))


def _count(trino: Trino, person: str, table: str) -> str:
    return f"{trino.signed_in_as(person).query(f'SELECT count(*) FROM {table}').scalar():,}"


def test_tables_and_their_rows_are_the_viewers_own(page: Page, stack: Settings, trino: Trino) -> None:
    _home(page, stack, "tom")
    ticks = _count(trino, "tom", "markets.option_ticks")
    assert ticks != _count(trino, "admin", "markets.option_ticks")
    expect(_row(page, "markets.option_ticks")).to_contain_text(ticks, timeout=PATIENCE)
    expect(_row(page, "sales.customers")).to_have_count(0)
    expect(page.get_by_text("tom may not see media.assets")).to_be_visible()


def test_who_may_not_see_the_media_is_told_whom_to_ask(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/gallery?as=tom")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("tom may not see media.assets.", timeout=PATIENCE)
    expect(alert).to_contain_text("Ask data-protection@example.com for a role that opens it")
    expect(page.locator(".tile")).to_have_count(0)


def test_choosing_another_person_changes_what_is_shown(page: Page, stack: Settings, trino: Trino) -> None:
    _home(page, stack, "admin")
    customers = _count(trino, "admin", "sales.customers")
    expect(_row(page, "sales.customers")).to_contain_text(customers, timeout=PATIENCE)
    page.get_by_role("button", name="admin").click()
    page.get_by_text("elena", exact=True).click()
    expect(page.get_by_role("button", name="elena")).to_be_visible(timeout=PATIENCE)
    theirs = _count(trino, "elena", "sales.customers")
    assert theirs != customers
    expect(_row(page, "sales.customers")).to_contain_text(theirs, timeout=PATIENCE)
    assert "as=elena" in page.url


def test_masked_details_are_left_out_and_what_one_person_read_is_not_shown_to_another(
    page: Page, stack: Settings, trino: Trino
) -> None:
    chosen = trino.query(
        "SELECT asset_id, element_at(exif, 'Artist') FROM media.assets"
        " WHERE element_at(exif, 'Artist') IS NOT NULL ORDER BY asset_id LIMIT 1"
    ).rows
    ((asset, artist),) = chosen
    for person, times in (("admin", 1), ("victor", 0), ("admin", 1)):
        page.goto(f"{stack.service('explorer').url}/gallery?open={asset}&as={person}")
        details = page.get_by_role("dialog")
        expect(details.get_by_text("SHA-256").first).to_be_visible(timeout=PATIENCE)
        expect(details.get_by_text(artist, exact=True)).to_have_count(times)


def test_a_name_that_no_policy_knows_is_nobody(page: Page, stack: Settings) -> None:
    page.goto(f"{stack.service('explorer').url}/?as=lakefront")
    expect(page.get_by_role("button", name="admin")).to_be_visible(timeout=PATIENCE)
