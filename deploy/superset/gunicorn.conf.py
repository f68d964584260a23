"""What gunicorn does around Superset's application."""

import gc
import os
from importlib import import_module
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

#: The application is made once, and the processes that answer share its memory.
preload_app = True


def when_ready(server: Any) -> None:
    """Leave nothing open, and nothing to be looked at for garbage, that the processes made from here would share.

    The application is there as long as they are, hundreds of thousands of objects: looking at them all stops a process
    for a third of a second, now and then, in the middle of somebody's answer.
    """
    with server.app.wsgi().app_context():
        database = import_module("superset").db
        database.session.remove()
        database.engine.dispose()
    gc.collect()
    gc.freeze()


def post_request(_worker: Any, _request: Any) -> None:
    """Let the thread that has answered a request, and has written it down, have its id no longer."""
    # superset_config makes its neighbours known, which is after this file is read.
    import request_ids  # noqa: PLC0415 - see above

    request_ids.forget()


def child_exit(_server: Any, worker: Any) -> None:
    """Let a process that has ended not be counted among those that run."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        mark_process_dead(worker.pid)
