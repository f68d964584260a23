"""The console script: light, so that Ctrl-C while the rest is being imported ends in words, too."""

from __future__ import annotations

import sys


def main() -> None:
    """Import the command line and run it."""
    try:
        from lakefront.cli.main import main as run  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.stderr.write("interrupted before anything was done\n")
        sys.exit(5)
    run()
