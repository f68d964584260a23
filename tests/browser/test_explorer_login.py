"""People log in to the explorer by OpenID Connect, and are nobody else; without a login nobody is shown anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support.explorer import explorer, remote_bundle, remote_services
from tests.support.openid import CLIENT, CLIENT_SECRET, PASSWORD, OpenIdProvider
from tests.support.services import HOST, free_port

pytestmark = pytest.mark.browser

PATIENCE = 60_000
HOURS = 2
CLAIMS: dict[str, dict[str, Any]] = {
    "ana": {"preferred_username": "ana"},
    "tom": {"preferred_username": "tom"},
    "nameless": {"email": "nameless@example.com"},
    "stranger": {"preferred_username": "stranger"},
    "sly": {"preferred_username": "lakefront"},
}


@pytest.fixture(scope="module")
def addresses(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, OpenIdProvider]]:
    """An explorer outside a local stack, whose people log in; and the provider where they do."""
    port = free_port()
    provider = OpenIdProvider(f"http://{HOST}:{port}/oauth2callback", CLAIMS)
    provider.start()
    table = f'metadata_url = "{provider.metadata_url}"\nclient_id = "{CLIENT}"\nhours = {HOURS}'
    folder = tmp_path_factory.mktemp("login")
    bundle = remote_bundle(folder / "bundle", remote_services(stack, port), table)
    secret = folder / "client-secret"
    secret.write_text(CLIENT_SECRET + "\n", encoding="utf-8")
    try:
        with explorer(bundle, stack.home.root, port, {"LAKEFRONT_LOGIN_CLIENT_SECRET_FILE": str(secret)}) as address:
            yield address, provider
    finally:
        provider.stop()


@pytest.fixture
def provider(addresses: tuple[str, OpenIdProvider]) -> Iterator[OpenIdProvider]:
    """The provider, as it is at first."""
    yield addresses[1]
    addresses[1].age = 0


@pytest.fixture
def address(addresses: tuple[str, OpenIdProvider]) -> str:
    """The explorer's address."""
    return addresses[0]


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """A page in another browser."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _log_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Log in").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="The provider")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _log_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Log out").click()


def _expect_login(page: Page) -> None:
    expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("table")).to_have_count(0)


def _expect_rows(page: Page, trino: Trino, person: str, table: str) -> None:
    rows = trino.signed_in_as(person).query(f"SELECT count(*) FROM {table}").scalar()
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=table, exact=True))
    expect(row).to_contain_text(f"{rows:,}", timeout=PATIENCE)


@pytest.mark.stack
def test_one_logs_in_sees_her_rows_and_logs_out_and_the_next_sees_his_own(
    page: Page, address: str, provider: OpenIdProvider, trino: Trino
) -> None:
    _log_in(page, address, "ana")
    expect(page.get_by_role("button", name="ana", exact=True)).to_be_visible(timeout=PATIENCE)
    _expect_rows(page, trino, "ana", "sales.customers")
    _expect_rows(page, trino, "ana", "media.assets")
    _log_out(page, "ana")
    _expect_login(page)
    assert provider.ended[-1:] == ["number of ana"]
    _log_in(page, address, "tom")
    expect(page.get_by_role("button", name="tom", exact=True)).to_be_visible(timeout=PATIENCE)
    _expect_rows(page, trino, "tom", "markets.option_ticks")
    expect(page.get_by_role("cell", name="sales.customers", exact=True)).to_have_count(0)
    page.goto(f"{address}/gallery")
    expect(page.get_by_role("alert")).to_contain_text("tom may not see media.assets.", timeout=PATIENCE)
    expect(page.locator(".tile")).to_have_count(0)


@pytest.mark.stack
def test_an_address_names_nobody_where_people_log_in(page: Page, address: str, trino: Trino) -> None:
    page.goto(f"{address}/?as=admin")
    _expect_login(page)
    _log_in(page, address, "tom")
    expect(page.get_by_role("button", name="tom", exact=True)).to_be_visible(timeout=PATIENCE)
    page.goto(f"{address}/?as=admin")
    expect(page.get_by_role("button", name="tom", exact=True)).to_be_visible(timeout=PATIENCE)
    _expect_rows(page, trino, "tom", "markets.option_ticks")
    expect(page.get_by_text("admin", exact=True)).to_have_count(0)
    page.get_by_role("button", name="tom", exact=True).click()
    expect(page.get_by_role("radio")).to_have_count(0)


@pytest.mark.stack
def test_two_browsers_show_two_people_at_once(page: Page, other_page: Page, address: str, trino: Trino) -> None:
    for shown, person in ((page, "ana"), (other_page, "tom")):
        _log_in(shown, address, person)
        expect(shown.get_by_role("button", name=person, exact=True)).to_be_visible(timeout=PATIENCE)
    for shown, person in ((page, "ana"), (other_page, "tom")):
        shown.reload()
        _expect_rows(shown, trino, person, "markets.option_ticks")
    expect(other_page.get_by_role("cell", name="sales.customers", exact=True)).to_have_count(0)
    expect(page.get_by_role("cell", name="sales.customers", exact=True)).to_have_count(1)


@pytest.mark.stack
def test_a_logout_ends_what_another_tab_shows(page: Page, address: str, trino: Trino) -> None:
    _log_in(page, address, "ana")
    _expect_rows(page, trino, "ana", "sales.customers")
    tab = page.context.new_page()
    tab.goto(address)
    _expect_rows(tab, trino, "ana", "sales.customers")
    _log_out(page, "ana")
    _expect_login(page)
    _expect_login(tab)


@pytest.mark.stack
def test_a_login_that_ends_takes_away_what_is_shown(page: Page, address: str, provider: OpenIdProvider) -> None:
    provider.age = HOURS * 3600 - 40
    _log_in(page, address, "ana")
    expect(page.get_by_role("button", name="ana", exact=True)).to_be_visible(timeout=35_000)
    expect(page.get_by_role("alert")).to_contain_text("Your login has ended", timeout=PATIENCE)
    _expect_login(page)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Your login has ended", timeout=PATIENCE)


@pytest.mark.stack
@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("nameless", "the ID token has no claim preferred_username"),
        ("sly", "Your login says that you are 'lakefront', which is refused: it is a service's"),
    ],
)
def test_who_has_no_name_of_her_own_is_nobody(page: Page, address: str, account: str, words: str) -> None:
    _log_in(page, address, account)
    expect(page.get_by_role("alert")).to_contain_text(words, timeout=PATIENCE)
    expect(page.get_by_role("table")).to_have_count(0)
    page.get_by_role("button", name="Log out").click()
    _expect_login(page)


@pytest.mark.stack
def test_whom_no_policy_knows_sees_nothing(page: Page, address: str) -> None:
    _log_in(page, address, "stranger")
    expect(page.get_by_role("button", name="stranger", exact=True)).to_be_visible(timeout=PATIENCE)
    refused = page.get_by_text("explorer may not ask in the name of stranger")
    expect(refused).to_have_count(2, timeout=PATIENCE)  # neither for totals nor for tables
    expect(page.get_by_role("table")).to_have_count(0)


@pytest.mark.stack
def test_a_cookie_that_somebody_made_up_is_nobody(page: Page, address: str) -> None:
    page.context.add_cookies([{"name": "_streamlit_user", "value": "eyJpc19sb2dnZWRfaW4iOnRydWV9", "url": address}])
    page.goto(address)
    _expect_login(page)


@pytest.mark.stack
def test_health_needs_no_login(address: str) -> None:
    assert httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
    assert httpx.get(f"{address}/readyz", trust_env=False).json()["ready"] is True


class _Listener:
    """Stands where Trino would be, and counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            client.close()

    def close(self) -> None:
        self._socket.close()


def test_without_a_login_nothing_is_shown_or_asked_outside_a_local_stack(page: Page, tmp_path: Path) -> None:
    trino, port = _Listener(), free_port()
    closed = f"http://{HOST}:{free_port()}"
    services = {"trino": f"http://{HOST}:{trino.port}", "explorer": f"http://{HOST}:{port}"}
    services |= dict.fromkeys(("objects", "catalog", "superset"), closed)
    names = ("S3_ACCESS_KEY", "S3_SECRET_KEY", "SUPERSET_SECRET_KEY", "SUPERSET_PASSWORD", "SIGNING_KEY")
    secrets = {f"LAKEFRONT_{name}": "given" for name in names}
    bundle = remote_bundle(tmp_path / "bundle", services)
    with explorer(bundle, tmp_path / "home", port, secrets) as address:
        for path in ("", "/?as=admin", "/gallery?as=admin", "/dashboards"):
            page.goto(address + path)
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("Login is not configured for the environment remote", timeout=PATIENCE)
            expect(alert).to_contain_text("[env.remote.login]")
            expect(page.get_by_role("button", name="Log in")).to_have_count(0)
        assert trino.visits == 0
        httpx.get(f"{address}/readyz", trust_env=False)
        assert trino.visits > 0, "a Trino that is asked is seen"
    trino.close()
