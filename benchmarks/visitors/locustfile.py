"""People who browse the explorer, for locust: each has a session of Streamlit's own socket, as a tab of a browser has.

`crowd` runs it. A page is timed from what was clicked to the end of the page's script, with all thumbnails that the
tab has not shown before: a browser keeps them for good.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode

import gevent.pool
from locust import HttpUser, between, task
from requests.adapters import HTTPAdapter
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from urllib3.util import Retry
from websocket import WebSocket, create_connection

#: Those who see media, in all their ways: masks, row filters, everything.
_PEOPLE: Final = ("admin", "ana", "dana", "victor")
_THUMBNAIL: Final = re.compile(rb"/api/thumb/320/[0-9a-f]{64}\.webp\?sig=[0-9A-Za-z_=-]+")
_ASSET: Final = re.compile(rb'"id":\s?"([0-9a-f-]{36})"')
_FILTERS: Final = (
    {"kind": "image", "tag": "product"},
    {"kind": "video"},
    {"tag": "analytics", "sort": "largest"},
    {"text": "lake"},
    {"kind": "audio", "sort": "name"},
    {"min-width": "1000", "sort": "oldest"},
)
#: Pictures that a browser fetches from one server at once.
_AT_ONCE: Final = 6
_PATIENCE_SECONDS: Final = 30.0


class WrongPageError(Exception):
    """A page that says that something went wrong, or did not come to its end."""


class Tab:
    """A tab of a browser: a session of Streamlit, and what is on the screen."""

    def __init__(self, host: str, viewer: str) -> None:
        address = f"{host.replace('http', 'ws', 1)}/_stcore/stream"
        self._socket: WebSocket = create_connection(address, timeout=_PATIENCE_SECONDS, subprotocols=["streamlit"])
        self._viewer = viewer
        self._page, self._query = "", ""
        self.older: tuple[str, str] | None = None
        self.assets: list[str] = []

    def close(self) -> None:
        """Close the tab."""
        self._socket.close()

    def open(self, page: str, **query: str) -> set[str]:
        """Go to a page; return the thumbnails that are on it."""
        self._page, self._query = page, urlencode({"as": self._viewer} | query)
        return self._run(self._asked())

    def turn(self) -> set[str]:
        """Click on "Older"; return the thumbnails that are there now."""
        if self.older is None:
            raise WrongPageError("there is no older page")
        button, fragment = self.older
        asked = self._asked()
        asked.rerun_script.fragment_id = fragment
        state = asked.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = button, True
        return self._run(asked)

    def _asked(self) -> BackMsg:
        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_name = self._page
        asked.rerun_script.context_info.locale = "en"
        asked.rerun_script.context_info.timezone = "UTC"
        return asked

    def _run(self, asked: BackMsg) -> set[str]:
        self._socket.send_binary(asked.SerializeToString())
        thumbnails: set[str] = set()
        self.older, assets = None, []
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            data = self._socket.recv()
            if not isinstance(data, bytes):
                raise WrongPageError("the socket was closed")
            told = ForwardMsg()
            told.ParseFromString(data)
            match told.WhichOneof("type"):
                case "delta":
                    self._take(told)
                    thumbnails |= {found.decode() for found in _THUMBNAIL.findall(data)}
                    assets += [found.decode() for found in _ASSET.findall(data)]
                case "page_info_changed":
                    self._query = told.page_info_changed.query_string
                case "script_finished":
                    if told.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                        raise WrongPageError("the page's script does not compile")
                    if told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        self.assets = assets
                        return thumbnails
                case "session_event" if told.session_event.HasField("script_compilation_exception"):
                    raise WrongPageError("the page's script does not compile")
                case _:
                    pass
        raise WrongPageError(f"the page did not come to its end within {_PATIENCE_SECONDS:.0f} seconds")

    def _take(self, told: ForwardMsg) -> None:
        element = told.delta.new_element
        match element.WhichOneof("type"):
            case "exception":
                raise WrongPageError(f"{element.exception.type}: {element.exception.message}")
            case "alert" if element.alert.format in {Alert.ERROR, Alert.WARNING}:
                raise WrongPageError(element.alert.body)
            case "button" if element.button.label.startswith("Older") and not element.button.disabled:
                self.older = element.button.id, told.delta.fragment_id
            case _:
                pass


class Visitor(HttpUser):
    """Somebody who looks for media: opens pages, looks for some seconds, goes on."""

    wait_time = between(3, 9)

    def on_start(self) -> None:
        """Open a tab."""
        self._seen: set[str] = set()
        # As a browser does where the server has closed a connection that it was about to use again.
        self.client.mount("http://", HTTPAdapter(max_retries=Retry(total=1, allowed_methods=["GET"])))
        self._tab = Tab(self.host or "", secrets.choice(_PEOPLE))
        self._time("first page", lambda: self._tab.open("gallery"))

    def on_stop(self) -> None:
        """Close it."""
        with suppress(Exception):
            self._tab.close()

    @task(8)
    def page_turned(self) -> None:
        """Go on to the next page, from the first one when there is none."""
        if self._tab.older:
            self._time("page turned", self._tab.turn)
        else:
            self._time("gallery", lambda: self._tab.open("gallery"))

    @task(5)
    def item_opened(self) -> None:
        """Open an item of those that were shown."""
        if self._tab.assets:
            asset = secrets.choice(self._tab.assets)
            self._time("item", lambda: self._tab.open("gallery", open=asset))

    @task(5)
    def filtered(self) -> None:
        """Set filters."""
        wanted = secrets.choice(_FILTERS)
        self._time("filter", lambda: self._tab.open("gallery", **wanted))

    @task(2)
    def searched(self) -> None:
        """Look for something in a table."""
        wanted = secrets.choice(_FILTERS)
        self._time("search", lambda: self._tab.open("search", **wanted))

    @task(1)
    def looked_at_duplicates(self) -> None:
        """Look at groups of the same content."""
        self._time("duplicates", lambda: self._tab.open("duplicates"))

    @task(1)
    def looked_at_statistics(self) -> None:
        """Look at the numbers."""
        self._time("statistics", lambda: self._tab.open("statistics"))

    def _time(self, name: str, visit: Callable[[], set[str]]) -> None:
        began, error = time.perf_counter(), None
        try:
            fresh = visit() - self._seen
            self._fetch(fresh)
            self._seen |= fresh
        except Exception as caught:  # noqa: BLE001 - locust counts and tells them
            error = caught
        milliseconds = (time.perf_counter() - began) * 1000
        self.environment.events.request.fire(
            request_type="page", name=name, response_time=milliseconds, response_length=0, exception=error, context={}
        )
        if error:
            self._tab.close()
            self._tab = Tab(self.host or "", secrets.choice(_PEOPLE))

    def _fetch(self, thumbnails: set[str]) -> None:
        waiting: Any = gevent.pool.Pool(_AT_ONCE)
        for address in sorted(thumbnails):
            waiting.spawn(self.client.get, address, name="thumbnail")
        waiting.join()
