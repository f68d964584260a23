"""The sample media: real files of every kind, always the same, with duplicates that are duplicates."""

from __future__ import annotations

import collections
import datetime as dt
import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import av
import pytest
from PIL import Image

from lakefront.config import load_settings
from lakefront.errors import NotAllowedError
from lakefront.media.probe import NEAR_DISTANCE, hash_distance
from lakefront.sample.media.build import SampleFile, generator_key, make_files
from lakefront.sample.media.catalogue import DAYS, catalogue, upload_times
from lakefront.sample.media.item import Item

ROOT = Path(__file__).resolve().parents[2]
UNTIL = dt.date(2026, 10, 31)
ITEMS = catalogue()
BY_NAME = {item.name: item for item in ITEMS}
#: Cheap ones of every format, with an exact and a near duplicate.
FEW_NAMES = {
    "icon-heart", "icon-drop", "portrait-2", "portrait-5", "chart-heat-8", "chart-heat-8-copy", "texture-4",
    "texture-4-brighter", "relief-2", "animation-bars", "landscape-desert-noon", "sound-13", "sound-14", "sound-15",
    "sound-19", "film-1", "film-5",
}  # fmt: skip
FEW = [item for item in ITEMS if item.name in FEW_NAMES]


def silent(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""


@pytest.fixture(scope="session")
def files() -> dict[str, SampleFile]:
    """Every file, from the cache that `lakefront up` uses, made on the way when it is not there."""
    cache = load_settings(bundle=ROOT).cache / "sample-media"
    return {file.name: file for file in make_files(ITEMS, cache, silent)}


def contents(files: Sequence[SampleFile]) -> dict[str, tuple[bytes, list[bytes]]]:
    return {file.name: (file.path.read_bytes(), [t.read_bytes() for t in file.thumbnails.values()]) for file in files}


def test_the_catalogue_has_what_a_gallery_needs() -> None:
    kinds = collections.Counter(item.kind for item in ITEMS)
    assert kinds["image"] >= 240
    assert kinds["audio"] == 24
    assert kinds["video"] == 12
    assert len(BY_NAME) == len(ITEMS)
    formats = {kind: {item.format for item in ITEMS if item.kind == kind} for kind in kinds}
    assert formats["image"] == {"jpg", "png", "webp", "avif", "gif", "svg"}
    assert formats["audio"] == {"wav", "mp3", "ogg", "flac"}
    assert formats["video"] == {"mp4", "webm"}
    assert {item.tag for item in ITEMS} == {"product", "user", "analytics", "other"}
    assert {item.source_system for item in ITEMS} == {"manual", "batch", "api"}
    assert sum(not item.is_indexed for item in ITEMS) in range(8, 60)
    assert sum(not item.title.isascii() for item in ITEMS) >= 5


def test_uploads_are_spread_over_sixty_days_and_grow() -> None:
    times = upload_times(ITEMS, UNTIL)
    days = collections.Counter(moment.date() for moment in times.values())
    assert (min(days), max(days), len(days)) == (UNTIL - dt.timedelta(days=DAYS - 1), UNTIL, DAYS)
    late = sum(number for day, number in days.items() if day > UNTIL - dt.timedelta(days=20))
    early = sum(number for day, number in days.items() if day <= UNTIL - dt.timedelta(days=40))
    assert late > 1.5 * early
    assert all(moment.microsecond % 1000 == 0 for moment in times.values())
    assert all(times[item.name] > times[item.of] for item in ITEMS if item.of)
    assert upload_times(ITEMS, UNTIL) == times


def test_every_file_can_be_decoded_to_its_end(files: dict[str, SampleFile]) -> None:
    for item in ITEMS:
        file = files[item.name]
        data = file.path.read_bytes()
        facts = file.facts
        assert facts.kind == item.kind
        assert len(data) == facts.file_size
        if item.kind == "image":
            assert abs((facts.width or 0) - item.width) <= 1, item.name
            assert abs((facts.height or 0) - item.height) <= 1, item.name
            if item.format != "svg":
                with Image.open(io.BytesIO(data)) as picture:
                    for frame in range(getattr(picture, "n_frames", 1)):
                        picture.seek(frame)
                        picture.load()
            continue
        assert facts.duration_seconds == pytest.approx(item.seconds, abs=0.06), item.name
        with av.open(io.BytesIO(data)) as container:
            frames = sum(1 for _ in container.decode(container.streams[0]))
        assert frames > 10


def test_shapes_and_sizes_vary(files: dict[str, SampleFile]) -> None:
    sizes = [(f.facts.width or 0, f.facts.height or 0) for f in files.values() if f.facts.kind == "image"]
    assert sum(w * h == 24_000_000 for w, h in sizes) == 3
    assert sum(max(w, h) == 16 for w, h in sizes) >= 4
    assert sum(w > h for w, h in sizes) > 60
    assert sum(w < h for w, h in sizes) > 20
    assert sum(w == h for w, h in sizes) > 40
    animated = [f for f in files.values() if f.path.suffix == ".gif" and getattr(Image.open(f.path), "n_frames", 1) > 1]
    assert len(animated) >= 4


def test_some_photos_say_where_and_with_what_they_were_taken(files: dict[str, SampleFile]) -> None:
    exifs = [file.facts.exif for file in files.values() if file.facts.exif]
    assert len(exifs) >= 20
    assert all({"Make", "Model", "DateTimeOriginal", "ExposureTime", "FNumber"} <= set(exif) for exif in exifs)
    places = [(float(e["GPSLatitude"]), float(e["GPSLongitude"])) for e in exifs if "GPSLatitude" in e]
    assert len(places) >= 10
    assert all(-90 <= latitude <= 90 and -180 <= longitude <= 180 for latitude, longitude in places)
    assert any(exif.get("Orientation") == "6" for exif in exifs)


def test_copies_are_equal_and_near_duplicates_are_near(files: dict[str, SampleFile]) -> None:
    copies = [item for item in ITEMS if item.of and not item.change]
    near = [item for item in ITEMS if item.of and item.change]
    assert len(copies) >= 12
    assert len(near) >= 16
    for item in copies:
        assert files[item.name].facts.sha256 == files[item.of or ""].facts.sha256
    for item in near:
        this, other = files[item.name].facts, files[item.of or ""].facts
        assert this.sha256 != other.sha256
        assert hash_distance(this.perceptual_hash or "", other.perceptual_hash or "") <= NEAR_DISTANCE, item.name


def test_different_scenes_are_no_near_duplicates(files: dict[str, SampleFile]) -> None:
    scenes = [i for i in ITEMS if i.recipe in {"landscape", "skyline", "planet", "screen", "chart"} and i.of is None]
    hashes = [files[item.name].facts.perceptual_hash or "" for item in scenes]
    pairs = [(a, b) for i, a in enumerate(hashes) for b in hashes[i + 1 :]]
    close = sum(hash_distance(a, b) <= NEAR_DISTANCE for a, b in pairs)
    assert close / len(pairs) < 0.01


def test_every_thumbnail_is_a_webp_of_its_size(files: dict[str, SampleFile]) -> None:
    for file in files.values():
        assert set(file.thumbnails) == {320, 1440}
        for size, path in file.thumbnails.items():
            with Image.open(path) as thumbnail:
                assert thumbnail.format == "WEBP"
                assert max(thumbnail.size) <= size
                if file.facts.kind == "image" and max(file.facts.width or 0, file.facts.height or 0) >= size:
                    assert max(thumbnail.size) == size


def test_the_same_bytes_come_out_of_one_process_and_of_two(tmp_path: Path) -> None:
    assert {item.name for item in FEW} == FEW_NAMES
    one = contents(make_files(FEW, tmp_path / "one", silent, workers=1))
    two = contents(make_files(FEW, tmp_path / "two", silent, workers=2))
    assert one == two
    assert list(one) == [item.name for item in FEW]


def test_what_is_made_is_kept_and_found_again(tmp_path: Path) -> None:
    few: list[Item] = [BY_NAME["icon-heart"], BY_NAME["icon-star"]]
    steps: list[str] = []

    def report(step: str, _done: int, _total: int) -> None:
        steps.append(step)

    make_files(few, tmp_path, report, workers=1)
    made = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("originals/*"))
    again = make_files(few, tmp_path, report, workers=1)
    assert steps[-1] == "sample media from the cache"
    assert sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("originals/*")) == made
    assert [file.name for file in again] == ["icon-heart", "icon-star"]
    assert [entry.name for entry in tmp_path.iterdir()] == [again[0].path.parents[1].name]
    assert again[0].path.parents[1].name.startswith(generator_key())


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    few = [BY_NAME["icon-heart"]]
    first = make_files(few, tmp_path, silent, workers=1)[0]
    original = first.path.read_bytes()
    first.path.write_bytes(original[:20])
    assert make_files(few, tmp_path, silent, workers=1)[0].path.read_bytes() == original


def test_an_interrupted_run_leaves_nothing_half_done(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import signal
        import sys
        from pathlib import Path
        from lakefront.sample.media.build import make_files
        from lakefront.sample.media.catalogue import catalogue

        def report(step, done, total):
            print(step, done, flush=True)

        if __name__ == "__main__":
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
            make_files(catalogue(), Path(sys.argv[1]), report)
        """
    )
    script = tmp_path / "run.py"
    script.write_text(program, encoding="utf-8")
    cache = tmp_path / "cache"
    argv = [sys.executable, str(script), str(cache)]
    running = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert running.stdout is not None
    assert "making sample media" in running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode != 0
    assert complaint.count("KeyboardInterrupt") <= 2  # from the program itself; none from each worker
    assert list(cache.iterdir()) == []


def test_what_killed_runs_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".making-1"
    left.mkdir()
    old = time.time() - 7200
    os.utime(left, (old, old))
    make_files([BY_NAME["icon-heart"]], tmp_path, silent, workers=1)
    assert not left.exists()


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(NotAllowedError, match="LAKEFRONT_CACHE"):
        make_files([BY_NAME["icon-heart"]], tmp_path / "file" / "cache", silent, workers=1)
