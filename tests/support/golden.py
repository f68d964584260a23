"""Files of expected text: compared, or written anew when LAKEFRONT_UPDATE_GOLDEN is set."""

from __future__ import annotations

import os
from pathlib import Path

UPDATE = bool(os.environ.get("LAKEFRONT_UPDATE_GOLDEN"))


def check_golden(path: Path, text: str) -> None:
    """Assert that a file holds a text; write it there instead when golden files are being updated."""
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing: run the test with LAKEFRONT_UPDATE_GOLDEN=1 and read what it writes"
    assert text == path.read_text(encoding="utf-8")
