"""The page of pictures that anybody writes first: twenty originals fetched by boto3 and drawn by `st.image`.

streamlit run benchmarks/naive_page.py: for the benchmark in a browser, which compares the gallery with it.
"""

from __future__ import annotations

import boto3
import streamlit as st

from lakefront.config import load_settings
from lakefront.media.assets import split_path
from lakefront.trino import Trino

_SIZE, _COLUMNS = 20, 4


def main() -> None:
    """Draw the page."""
    settings = load_settings()
    st.set_page_config(layout="wide")
    page = st.session_state.setdefault("page", 0)
    st.button("Older", on_click=_older)
    rows = (
        Trino.from_settings(settings, source="lakefront-bench")
        .query(
            "SELECT title, s3_path, mime_type FROM media.assets WHERE kind = 'image'"  # noqa: S608 - numbers of our own
            f" ORDER BY upload_time DESC, asset_id DESC OFFSET {page * _SIZE:d} LIMIT {_SIZE:d}"
        )
        .rows
    )
    s3 = boto3.client(
        "s3",
        endpoint_url=settings.service("objects").url,
        region_name=settings.env.region,
        aws_access_key_id=settings.secrets.s3_access_key,
        aws_secret_access_key=settings.secrets.s3_secret_key,
    )
    columns = st.columns(_COLUMNS)
    for number, (title, path, mime_type) in enumerate(rows):
        bucket, key = split_path(path)
        data = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        drawing = mime_type == "image/svg+xml"  # st.image takes these as text only
        columns[number % _COLUMNS].image(data.decode() if drawing else data, caption=title)


def _older() -> None:
    st.session_state["page"] += 1


if __name__ == "__main__":  # which it is to Streamlit, too
    main()
