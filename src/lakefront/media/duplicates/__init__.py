"""Duplicates: groups of the same content, and of pictures that look alike, found once and kept in a small table.

Looking for them means reading every hash there is. `find_duplicates` does it for all, and writes one row for each asset
that has any; a page of groups then costs the same however many assets there are. What came in since is not in it.
"""

from lakefront.media.duplicates.read import MOST_SHOWN, Group, Groups, duplicates_of, groups
from lakefront.media.duplicates.search import Found, find_duplicates
from lakefront.media.duplicates.table import MATCHES, Match, ensure_table

__all__ = [
    "MATCHES",
    "MOST_SHOWN",
    "Found",
    "Group",
    "Groups",
    "Match",
    "duplicates_of",
    "ensure_table",
    "find_duplicates",
    "groups",
]
