"""What Superset's import leaves out: themes, CSS templates, alerts and reports, and owners, tags, roles of assets."""

from lakefront.superset.extras.common import NOTHING, Extras, Ids
from lakefront.superset.extras.directory import Directory
from lakefront.superset.extras.files import check_files, read_files
from lakefront.superset.extras.links import put_links, rows_of, tags_of
from lakefront.superset.extras.objects import delete_object, identity, put_object, read_live, settle, theme_names

__all__ = [
    "NOTHING",
    "Directory",
    "Extras",
    "Ids",
    "check_files",
    "delete_object",
    "identity",
    "put_links",
    "put_object",
    "read_files",
    "read_live",
    "rows_of",
    "settle",
    "tags_of",
    "theme_names",
]
