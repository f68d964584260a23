"""The gallery that anybody writes first: the whole table into pandas, sorted, and twenty originals fetched."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.support.cli import ROOT

from benchmarks.media_rows import catalog_of
from lakefront.config import load_settings
from lakefront.media.assets import split_path
from lakefront.media.objects import ObjectStore


def main() -> None:
    """Show its first page; print seconds, bytes of files and originals, and the most memory."""
    settings = load_settings(bundle=ROOT, home=Path(sys.argv[1]))
    table = catalog_of(settings).reloaded()
    store = ObjectStore.from_settings(settings)
    began = time.perf_counter()
    scan = table.scan()
    shown = scan.to_pandas().sort_values("upload_time", ascending=False)[:20]
    size = sum(task.file.file_size_in_bytes for task in scan.plan_files())
    for path in shown["s3_path"]:
        bucket, key = split_path(path)
        size += len(replace(store, bucket=bucket).get(key))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "bytes": size, "peak": peak}))


if __name__ == "__main__":
    main()
