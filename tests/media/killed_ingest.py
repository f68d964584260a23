"""An ingest that ends itself by SIGKILL at a step: `python -m tests.media.killed_ingest HOME FOLDER STEP TIMES`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

from lakefront.config import load_settings
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest
from lakefront.media.objects import ObjectStore
from lakefront.media.sources import find_sources
from tests.support.cli import ROOT


def main() -> None:
    """Take the folder in; when the step has been taken so many times, end."""
    home, folder, fatal, times = sys.argv[1:5]
    settings = load_settings(bundle=ROOT, home=Path(home), environ={})
    taken: Counter[str] = Counter()
    lock = threading.Lock()

    def step(name: str, _: object) -> None:
        with lock:
            taken[name] += 1
            if name == fatal and taken[name] >= int(times):
                os.kill(os.getpid(), signal.SIGKILL)

    with Ingest(settings, workers=2, step=step) as ingest:
        list(ingest.run(find_sources([folder], ObjectStore.from_settings(settings)), Description()))


if __name__ == "__main__":
    main()
