"""Where browsers fetch thumbnails from."""

from __future__ import annotations

import reads
from lakefront.media.thumbs_api import thumbnail_address


def thumbnail(size: int, sha256: str) -> str:
    """Return the signed address of a thumbnail, at the explorer or at what the environment puts in front of it."""
    settings = reads.settings()
    return thumbnail_address(settings.secrets.signing_key, size, sha256, base_url=settings.env.thumbnails_url)
