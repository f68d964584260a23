"""`lakefront superset apply` on a real Superset: what is in git is what is there; doing it twice does nothing."""

from __future__ import annotations

import dataclasses
import socket
import time
from typing import Any

import httpx
import pytest

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, NotAllowedError, UnreachableError
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import Applied, apply
from lakefront.superset.client import Asset, Kind, SupersetClient
from lakefront.superset.guest_token import signed

pytestmark = pytest.mark.stack


def _apply(settings: Settings) -> tuple[Applied, list[str]]:
    said: list[str] = []
    return apply(settings, said.append), said


def _find(client: SupersetClient, kind: Kind, uuid: str) -> Asset:
    return next(asset for asset in client.assets(kind) if asset.uuid == uuid)


def test_applying_again_changes_nothing(stack: Settings) -> None:
    _apply(stack)
    with SupersetClient.from_settings(stack) as client:
        before = list(client.assets("chart")) + list(client.assets("dashboard")) + list(client.assets("dataset"))
        again, said = _apply(stack)
        after = list(client.assets("chart")) + list(client.assets("dashboard")) + list(client.assets("dataset"))
    assert not again.changed
    assert not any("importing" in text for text in said)
    assert after == before, "ids and moments of change are the same"
    assert {item.title for item in again.dashboards} == {
        "Customer 360", "Data Quality", "Lakehouse Analytics", "Marketing", "Media", "Revenue & KPI", "Sales Overview",
        "Time machine", "Usage & Audit",
    }  # fmt: skip


def test_an_edit_on_the_server_is_put_right(stack: Settings) -> None:
    _apply(stack)
    uuid = asset_uuid("chart", "sales-by-country")
    with SupersetClient.from_settings(stack) as client:
        chart = _find(client, "chart", uuid)
        client.put(f"/chart/{chart.id}", {"slice_name": "Somebody's own name"})
        assert _find(client, "chart", uuid).title == "Somebody's own name"
        applied, _ = _apply(stack)
        assert applied.changed
        assert _find(client, "chart", uuid) == dataclasses.replace(
            chart, changed=_find(client, "chart", uuid).changed
        ), "the same chart with its old name"
    assert not _apply(stack)[0].changed


def test_a_deleted_chart_comes_back(stack: Settings) -> None:
    _apply(stack)
    uuid = asset_uuid("chart", "sales-by-country")
    with SupersetClient.from_settings(stack) as client:
        client.delete("chart", [_find(client, "chart", uuid).id])
        assert _apply(stack)[0].changed
        assert _find(client, "chart", uuid).title == "Sales by country (one row a country)"


def test_metrics_arrive_with_their_definition_and_certificate(stack: Settings) -> None:
    _apply(stack)
    with SupersetClient.from_settings(stack) as client:
        dataset = _find(client, "dataset", asset_uuid("dataset", "sales"))
        result = client.get(f"/dataset/{dataset.id}")["result"]
    revenue = next(metric for metric in result["metrics"] if metric["metric_name"] == "revenue")
    assert "without cancelled orders" in revenue["description"]
    assert "Finance" in revenue["extra"]
    assert result["main_dttm_col"] == "order_date"


def test_a_wrong_password_is_told_without_showing_it(stack: Settings) -> None:
    client = SupersetClient(stack.service("superset").url, "admin", "not-the-password")
    with pytest.raises(NotAllowedError, match="does not accept the password of 'admin'") as raised, client:
        pass
    assert "not-the-password" not in str(raised.value)


def test_a_session_that_has_ended_is_begun_again(stack: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with SupersetClient.from_settings(stack) as client:
        number = str(client.get("/me/")["result"]["id"])
        past = int(time.time()) - 3600
        claims = {"sub": number, "type": "access", "fresh": True, "jti": "1", "iat": past, "exp": past + 60}
        ended = f"Bearer {signed(claims, stack.secrets.superset_secret_key)}"
        answers: list[int] = []
        request = httpx.Client.request

        def with_what_ended(self: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
            if not answers:
                options["headers"] = {"Authorization": ended}
            response = request(self, method, url, **options)
            answers.append(response.status_code)
            return response

        monkeypatch.setattr(httpx.Client, "request", with_what_ended)
        assert str(client.get("/me/")["result"]["id"]) == number
    assert answers == [401, 200, 200, 200], "refused, then a login, its token against forged requests, and again"


def test_a_superset_that_is_not_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = SupersetClient(url, "admin", "x")
    with pytest.raises(UnreachableError, match="does not answer at http://127"), client:
        pass


def test_what_superset_says_against_a_bundle_is_told(stack: Settings) -> None:
    with (
        SupersetClient.from_settings(stack) as client,
        pytest.raises(CheckFailedError, match=r"Superset refuses POST /assets/import/ \(\d+\): ."),
    ):
        client.import_assets(b"not a zip")


def test_a_trino_that_does_not_answer_is_named(stack: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    elsewhere = dataclasses.replace(stack, environ={**stack.environ, "LAKEFRONT_TRINO_URL": url})
    with pytest.raises(UnreachableError, match="Trino does not answer at"):
        _apply(elsewhere)
    assert not _apply(stack)[0].changed, "a refused import leaves everything as it was"
