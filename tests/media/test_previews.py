"""Previews are made of what is in the object store, once, and refused in words."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator

import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.media import previewing
from lakefront.media.decoder import Decoder
from lakefront.media.objects import ObjectStore
from lakefront.media.previewing import PreviewMaker
from lakefront.media.previews import Preview, key
from lakefront.media.stills import Limits
from tests.support.pictures import film, tone

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]


@pytest.fixture
def maker(lake: Settings) -> Iterator[PreviewMaker]:
    """What makes previews, with a process of its own."""
    made = PreviewMaker(lake)
    yield made
    made.close()


def _stored(lake: Settings, data: bytes) -> tuple[str, str]:
    store = ObjectStore.from_settings(lake)
    store.ensure_bucket()
    sha256 = hashlib.sha256(data).hexdigest()
    store.put(f"raw/tests/{sha256}", data, "application/octet-stream")
    return sha256, store.path(f"raw/tests/{sha256}")


def test_all_previews_of_a_file_are_made_at_once_and_kept(lake: Settings, maker: PreviewMaker, seeds: Seeds) -> None:
    wanted: tuple[tuple[bytes, tuple[Preview, Preview]], ...] = (
        (tone(seeds(1)[0]), ("peaks", "spectrogram")),
        (film(seeds(1)[0]), ("times", "frames")),
    )
    for data, names in wanted:
        sha256, path = _stored(lake, data)
        made = maker.make(names[0], sha256, path)
        store = ObjectStore.from_settings(lake)
        assert store.get(key(names[0], sha256)) == made
        kept = store.head(key(names[1], sha256))
        assert kept is not None
        # It is read from there, not made again: the original is not needed any more.
        store.remove(path.removeprefix(f"s3://{store.bucket}/"))
        assert len(maker.make(names[1], sha256, path)) == kept.size


def test_what_cannot_be_made_says_why_and_is_not_tried_again_at_once(
    lake: Settings, maker: PreviewMaker, seeds: Seeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256, path = _stored(lake, tone(seeds(1)[0])[:40] + b"\0")
    with pytest.raises(BadInputError) as refused:
        maker.make("peaks", sha256, path)
    assert refused.value.code == "media-damaged"

    def opened(*_args: object, **_more: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Decoder, "previews", opened)
    with pytest.raises(BadInputError):
        maker.make("peaks", sha256, path)


def test_another_content_a_lost_one_and_a_large_one_are_refused(lake: Settings, seeds: Seeds) -> None:
    data = tone(seeds(1)[0])
    sha256, path = _stored(lake, data)
    small = PreviewMaker(lake, limits=Limits(max_bytes=100))
    with pytest.raises(BadInputError, match="at most 0 MB"):
        small.make("peaks", sha256, path)
    small.close()
    maker = PreviewMaker(lake)
    with pytest.raises(CheckFailedError, match="not what its row says"):
        maker.make("peaks", "ab" * 32, path)
    with pytest.raises(CheckFailedError, match="not in the object store"):
        maker.make("peaks", "cd" * 32, f"{path}-lost")
    with pytest.raises(BadInputError, match="has no frames"):
        maker.make("frames", sha256, path)
    maker.close()


def test_only_so_many_wait(lake: Settings, seeds: Seeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "_MOST_WAITING", 1)
    maker = PreviewMaker(lake)
    sha256, path = _stored(lake, tone(seeds(1)[0]))
    begun, go_on = threading.Event(), threading.Event()

    def slow(_self: Decoder, _data: bytes, **_more: object) -> dict[Preview, bytes]:
        begun.set()
        go_on.wait(30)
        return {"peaks": b"{}", "spectrogram": b""}

    monkeypatch.setattr(Decoder, "previews", slow)
    first = threading.Thread(target=maker.make, args=("peaks", sha256, path))
    first.start()
    assert begun.wait(30)
    with pytest.raises(CheckFailedError) as refused:
        maker.make("peaks", sha256, path)
    assert refused.value.code == previewing.BUSY
    go_on.set()
    first.join()
    maker.close()
