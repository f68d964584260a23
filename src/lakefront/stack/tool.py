"""Run a program that prepares a component: its output in the component's log, ended when the stack stops."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import IO

from lakefront.stack.component import Context, Launch
from lakefront.stack.download import CancelledError
from lakefront.stack.logs import LogFile
from lakefront.stack.process import Identity, end, spawn


def run_tool(launch: Launch, context: Context, *, on_line: Callable[[str], None] = lambda _: None) -> tuple[int, str]:
    """Run a program to its end and return its exit code and last lines. `on_line` sees each line as it comes.

    Raises CancelledError when the stack is told to stop; the program is ended then.
    """
    log = LogFile(context.settings.home.logs / f"{context.name}.log", context.name)
    tail: deque[str] = deque(maxlen=20)

    def follow(stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", errors="replace").rstrip()
                tail.append(line)
                log.write(line)
                on_line(line)

    process = spawn(launch, context.settings.environ)
    identity = Identity.of(process.pid)
    context.track(identity)
    reader = threading.Thread(target=follow, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while process.poll() is None:
            if context.cancelled.wait(0.1):
                if identity:
                    end(identity, within=5)
                process.wait()
                raise CancelledError
    finally:
        context.track(None)
    reader.join(5)
    return process.returncode, "\n".join(tail)
