"""The processes of the local Superset: their lines and their figures are as those of one."""

from __future__ import annotations

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lakefront.config import Settings
from lakefront.request_ids import HEADER
from tests.support.waiting import wait_for

pytestmark = pytest.mark.stack

_REQUESTS = 120
#: Of an id of 32 characters. What a pipe takes in one piece has 4,096 bytes.
_TIMES = 200
_COUNTED = re.compile(r'^lakefront_superset_requests_total\{status="200",view="login"\} ([0-9.e+]+)$', re.MULTILINE)


def _counted(url: str) -> float:
    found = _COUNTED.search(httpx.get(f"{url}/metrics", timeout=60).text)
    return float(found[1]) if found else 0.0


def test_long_lines_of_several_processes_stay_whole_and_every_request_is_counted(stack: Settings) -> None:
    url, run = stack.service("superset").url, uuid.uuid4().hex
    before = _counted(url)
    ids = [f"{run}-{number}" for number in range(_REQUESTS)]

    def ask(request_id: str) -> int:
        headers = {HEADER: request_id, "User-Agent": run * _TIMES}
        return httpx.get(f"{url}/login/", headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(ask, ids)) == {200}

    def written() -> list[str]:
        files = stack.home.logs.glob("superset.log*")
        lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if run in line]

    wait_for(lambda: len(written()) >= _REQUESTS, within=60, what="every line being written")
    assert sorted(json.loads(line)["request_id"] for line in written()) == sorted(ids)
    # Others may log in meanwhile.
    assert _counted(url) - before >= _REQUESTS
