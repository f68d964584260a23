"""`lakefront media`: images, sounds and films in S3, and the table of them."""

from __future__ import annotations

import click

from lakefront.cli.lazy import LazyGroup


@click.group(
    name="media",
    cls=LazyGroup,
    lazy={
        "compare": "lakefront.cli.media_compare:compare_command",
        "delete": "lakefront.cli.media_edit:delete_command",
        "duplicates": "lakefront.cli.media_duplicates:duplicates_command",
        "edit": "lakefront.cli.media_edit:edit_command",
        "export": "lakefront.cli.media_export:export_command",
        "find": "lakefront.cli.media_find:find_command",
        "ingest": "lakefront.cli.media_ingest:ingest_command",
        "reconcile": "lakefront.cli.media_reconcile:reconcile_command",
        "thumbnails": "lakefront.cli.media_reconcile:thumbnails_command",
        "versions": "lakefront.cli.media_versions:versions_command",
        "views": "lakefront.cli.media_views:views_group",
    },
)
def media_group() -> None:
    """Images, sounds and films: take them in, find and change them, and see that nothing is missing.

    Example: lakefront media ingest ~/Pictures --tag product
    """
