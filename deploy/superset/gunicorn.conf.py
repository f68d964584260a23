"""What gunicorn does around Superset's application."""

import gc
from typing import Any


def post_worker_init(_worker: Any) -> None:
    """Take what the application itself is out of what is looked at for garbage.

    It is there as long as the worker, hundreds of thousands of objects: looking at them all stops the worker for a
    third of a second, now and then, in the middle of somebody's answer.
    """
    gc.collect()
    gc.freeze()
