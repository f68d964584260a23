"""What gunicorn does around Superset's application."""

import gc
import os
from typing import Any

from prometheus_client.multiprocess import mark_process_dead


def post_worker_init(_worker: Any) -> None:
    """Take what the application itself is out of what is looked at for garbage.

    It is there as long as the worker, hundreds of thousands of objects: looking at them all stops the worker for a
    third of a second, now and then, in the middle of somebody's answer.
    """
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
