"""The console script: light, so that Ctrl-C while the rest is being imported ends in words, too."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn


class _Interrupted(KeyboardInterrupt):
    """Ctrl-C. Of a plain KeyboardInterrupt within `exec`, as in dataclasses, Python kills itself after `-m`'s end."""


def main() -> None:
    """Import the command line and run it."""
    # Whoever started us deaf to interrupts, as a shell's background does, keeps us so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        from lakefront.cli.main import main as run  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.stderr.write("interrupted before anything was done\n")
        sys.exit(5)
    run()


def _interrupt(*_: object) -> NoReturn:
    raise _Interrupted
