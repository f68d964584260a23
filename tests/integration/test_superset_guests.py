"""Guests: people whom a page shows a dashboard in a frame. What they can ask, and what no token opens."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx
import pytest

from lakefront.config import Settings
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.guest_token import LIFE, guest_token, signed
from tests.support.embedding import Shown
from tests.support.house import OWNER, House, answered
from tests.support.superset import Guest, messages

pytestmark = pytest.mark.stack

MEDIA = asset_uuid("dashboard", "media")


def _token(settings: Settings, person: str, **changed: Any) -> str:
    """Return a token with other claims than a page gives it; None takes one out."""
    body = guest_token("x", settings.env_name, person, [MEDIA], now=time.time()).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | changed
    return signed({key: value for key, value in claims.items() if value is not None}, settings.secrets.guest_secret)


def _opens(settings: Settings, token: str) -> int:
    guest = Guest(settings, token)
    status = guest.ask("GET", f"/api/v1/dashboard/{MEDIA}").status_code
    guest.close()
    return status


def test_a_guest_is_shown_the_dashboard_that_her_token_names_and_nothing_else(house: House, stack: Settings) -> None:
    ana = Guest(stack, _token(stack, "ana"))
    assert ana.ask("GET", f"/api/v1/dashboard/{MEDIA}").json()["result"]["slug"] == "media"
    assert ana.ask("GET", f"/api/v1/dashboard/{MEDIA}/charts").status_code == 200
    assert ana.ask("GET", "/api/v1/dashboard/sales-overview").status_code in (403, 404)
    assert [row["slug"] for row in ana.ask("GET", "/api/v1/dashboard/").json()["result"]] == ["media"]
    sales, lake = house.datasets["sales"], house.databases["Lakehouse SQL"]
    # She may see it as a person; this page shows her another dashboard.
    assert ana.chart_data(sales, {"metrics": ["revenue"]}).status_code == 403
    number = ana.ask("GET", f"/api/v1/dashboard/{MEDIA}").json()["result"]["id"]
    borrowed = {"dashboardId": number, "slice_id": house.charts[asset_uuid("chart", "sales-by-country")]}
    assert ana.chart_data(sales, {"metrics": ["revenue"]}, form_data=borrowed).status_code == 403
    media = house.datasets["media"]
    kept = {"dashboardId": number, "slice_id": house.charts[asset_uuid("chart", "media-kpi-assets")]}
    assert ana.chart_data(media, {"metrics": ["assets"]}, form_data=kept).status_code == 200
    # Superset's own check of changed columns does not see the charts of guests. Trino's answer is hers all the same.
    changed = ana.chart_data(media, {"columns": ["tag"], "metrics": ["assets"]}, form_data=kept)
    assert answered(changed, ["tag"], ["assets"]) == house.truth("ana", "media", ["tag"], ["assets"])
    # What her page sends when it is left is no error, and changes nothing.
    left = ana.ask("PUT", f"/api/v1/dashboard/{number}/colors", json={"label_colors": {"image": "#111111"}})
    assert left.status_code == 200
    assert "#111111" not in ana.ask("GET", f"/api/v1/dashboard/{MEDIA}").json()["result"]["json_metadata"]
    refused = [
        ana.sql(lake, "SELECT 1"),
        ana.ask("GET", "/api/v1/chart/"),
        ana.ask("GET", "/api/v1/dataset/"),
        ana.ask("GET", "/api/v1/database/"),
        ana.ask("GET", "/api/v1/security/users/"),
        ana.ask("PUT", f"/api/v1/dashboard/{number}", json={"dashboard_title": "mine"}),
        ana.ask("POST", "/api/v1/chart/", json={"slice_name": "x", "datasource_id": media, "datasource_type": "table"}),
        ana.ask("POST", "/api/v1/security/guest_token/", json={"user": {}, "resources": [], "rls": []}),
        ana.ask("POST", "/datasource/samples", params={"datasource_type": "table", "datasource_id": sales}, json={}),
    ]
    for answer in refused:
        listed = answer.status_code == 200 and answer.json().get("count") == 0
        assert listed or answer.status_code in (400, 401, 403, 404), f"{answer.request.url}: {answer.text[:300]}"
    ana.close()


def test_columns_of_her_own_are_masked_and_her_rows_are_hers(house: House, shown: Shown) -> None:
    columns = ["customer_id", "full_name", "region"]
    query = {"columns": columns, "orderby": [["customer_id", True]], "row_limit": 40}
    sql = "SELECT customer_id, full_name, region FROM sales.customers ORDER BY customer_id LIMIT 40"
    seen: set[str] = set()
    for name in ("ana", "elena", "victor"):
        guest = shown.guest(name)
        rows = shown.ask(guest, "customer_list", query).json()["result"][0]["data"]
        assert [tuple(row[column] for column in columns) for row in rows] == house.rows(name, sql), name
        seen.add(str(rows))
        beyond = {"expressionType": "SQL", "label": "x", "sqlExpression": "(SELECT max(email) FROM sales.customers)"}
        assert shown.ask(guest, "customer_list", {"metrics": [beyond]}).status_code != 200
        everywhere = {"columns": ["region"], "metrics": ["signups"], "extras": {"where": "1 = 1) OR (1 = 1"}}
        wide = shown.ask(guest, "customer_list", everywhere)
        if wide.status_code == 200:
            allowed = {row[0] for row in house.rows(name, "SELECT DISTINCT region FROM sales.customers")}
            assert {row["region"] for row in wide.json()["result"][0]["data"]} <= allowed
        guest.close()
    assert len(seen) == 3


def test_a_condition_in_the_token_narrows_what_she_sees_and_never_widens_it(house: House, shown: Shown) -> None:
    query = {"columns": ["region"], "metrics": ["signups"]}
    customers = house.datasets["customer_list"]
    for person, clause, regions in (
        ("ana", "region = 'US'", {"US"}),
        ("elena", "region = 'US'", set[str]()),
        ("elena", "1 = 1) OR (1 = 1", None),
    ):
        guest = shown.guest(person, {customers: clause})
        for _ in range(2):  # the second time it comes from the cache
            answer = shown.ask(guest, "customer_list", query)
            if answer.status_code == 200:
                seen = {row["region"] for row in answer.json()["result"][0]["data"]}
                assert seen == regions if regions is not None else seen <= {"EU"}
            else:
                assert regions is None
        guest.close()
    plain = shown.guest("ana")
    everything = {row["region"] for row in shown.ask(plain, "customer_list", query).json()["result"][0]["data"]}
    assert len(everything) > 1, "a narrowed answer in the cache is not for who asks without the condition"
    plain.close()


def test_nobody_whom_trino_does_not_know_is_shown_anything(house: House, shown: Shown) -> None:
    for name in ("stranger", "superset", "lakefront", "guest_user", "ana; admin"):
        guest = shown.guest(name)
        answer = shown.ask(guest, "customer_list", {"metrics": ["signups"]})
        assert answer.status_code >= 400, name
        assert f"No role is known of you, so the lake shows you nothing. Ask {OWNER}" in messages(answer), name
        guest.close()


def test_only_a_token_that_is_ours_and_of_now_opens_anything(stack: Settings) -> None:
    now = int(time.time())
    assert _opens(stack, _token(stack, "ana")) == 200
    good = _token(stack, "ana")
    head, body, signature = good.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    admin = _token(stack, "admin").split(".")[1]
    forged = {
        "of another secret": guest_token("y" * 40, stack.env_name, "ana", [MEDIA], now=now),
        "of Superset's own secret, which everybody knows": guest_token(
            "test-guest-secret-change-me", stack.env_name, "ana", [MEDIA], now=now
        ),
        "of the secret key": guest_token(stack.secrets.superset_secret_key, stack.env_name, "ana", [MEDIA], now=now),
        "of another environment": guest_token(stack.secrets.guest_secret, "prod", "ana", [MEDIA], now=now),
        "ended": _token(stack, "ana", iat=now - 400, exp=now - 100),
        "without an end": _token(stack, "ana", exp=None),
        "with a late end": _token(stack, "ana", exp=now + 10 * LIFE),
        "of nobody": _token(stack, "ana", user={}),
        "of an empty name": _token(stack, "ana", user={"username": " "}),
        "of no guest": _token(stack, "ana", type="access"),
        "not signed": f"{unsigned}.{body}.",
        "with another's claims": f"{head}.{admin}.{signature}",
        "no token": "x",
    }
    for what, token in forged.items():
        assert _opens(stack, token) in (401, 403, 404), what
    by_number = _token(stack, "ana", resources=[{"type": "dashboard", "id": number} for number in range(1, 30)])
    assert _opens(stack, by_number) in (403, 404), "a number is no name of an embedded dashboard"


def test_a_dashboard_that_is_embedded_no_more_is_closed_to_tokens_that_hold(house: House, shown: Shown) -> None:
    guest = shown.guest("ana")
    asked = {"columns": ["region"], "metrics": ["signups"]}
    assert shown.ask(guest, "customer_list", asked).status_code == 200
    house.admin.remove(f"/dashboard/{shown.id}/embedded")
    try:
        assert shown.ask(guest, "customer_list", asked).status_code == 403
        assert guest.ask("GET", f"/embedded/{shown.uuid}").status_code == 404
    finally:
        house.admin.put(f"/dashboard/{shown.id}/embedded", {"allowed_domains": list(house.settings.explorer_origins)})
    assert shown.ask(guest, "customer_list", asked).status_code == 200, "and again at the same address"
    guest.close()


def test_a_guest_and_a_session_of_the_same_browser_do_not_meet(house: House, shown: Shown) -> None:
    """An admin is logged in, and a page of the same browser shows her the dashboard as elena."""
    admin, elena = house.visitors["admin"], shown.guest("elena")
    token = {"X-GuestToken": elena._http.headers["X-GuestToken"]}
    asked = {"columns": ["region"], "metrics": ["signups"]}
    with httpx.Client(base_url=admin._http.base_url, cookies=admin._http.cookies, timeout=60) as browser:
        page = browser.get(f"/embedded/{shown.uuid}", headers={"Referer": f"{house.settings.explorer_origins[0]}/x"})
        assert page.status_code == 200
        assert "set-cookie" not in page.headers, "the page logs nobody out"
        number, name = house.datasets["customer_list"], "customer_list"
        body = {
            "datasource": {"id": number, "type": "table"}, "result_format": "json", "result_type": "full",
            "queries": [{"filters": [], "extras": {}, "row_limit": 1000, "orderby": [], **asked}],
            "form_data": {"dashboardId": shown.id, "native_filter_id": f"F-{number}", "type": "NATIVE_FILTER"},
        }  # fmt: skip
        as_guest = browser.post("/api/v1/chart/data", json=body, headers=token)
        assert {row["region"] for row in as_guest.json()["result"][0]["data"]} == {"EU"}
        downloaded = browser.post(
            "/api/v1/chart/data",
            data={"guest_token": token["X-GuestToken"], "form_data": json.dumps({**body, "result_format": "csv"})},
        )
        assert downloaded.status_code == 200, downloaded.text[:300]
        assert "EU" in downloaded.text
        assert "US" not in downloaded.text
        assert browser.get("/api/v1/me/").json()["result"]["username"] == "admin"
    assert admin.ask("GET", "/api/v1/me/").json()["result"]["username"] == "admin"
    own = admin.chart_data(house.datasets[name], asked).json()["result"][0]["data"]
    assert len(own) > 1
    elena.close()


def test_only_pages_of_origins_that_are_named_may_show_it(house: House, shown: Shown, stack: Settings) -> None:
    superset = stack.service("superset").url
    for origin in stack.explorer_origins:
        page = httpx.get(f"{superset}/embedded/{shown.uuid}", headers={"Referer": f"{origin}/dashboards"})
        assert page.status_code == 200
        allowed = page.headers["content-security-policy"].split("frame-ancestors", 1)[1].split(";")[0].split()
        assert allowed == ["'self'", *stack.explorer_origins]
        assert "x-frame-options" not in page.headers
        assert "access-control-allow-origin" not in page.headers
    for referer in (
        "https://evil.example.com/",
        f"{superset}/",
        "http://127.0.0.1:1/",
        "http://localhost.example.com/",
        None,
    ):
        headers = {"Referer": referer} if referer else {}
        assert httpx.get(f"{superset}/embedded/{shown.uuid}", headers=headers).status_code == 403, referer
    for path in ("/login/", "/superset/welcome/"):
        policy = httpx.get(f"{superset}{path}", follow_redirects=True).headers["content-security-policy"]
        assert "frame-ancestors 'self';" in f"{policy};", "no other page of Superset is shown in a frame"
