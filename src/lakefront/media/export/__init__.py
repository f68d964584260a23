"""Export: rows of media as CSV, Parquet or JSON, and their originals as a zip, as one person sees one state.

Everything is asked of Trino in the person's name, so her row filters and masks hold in every format. Rows are read by
keyset and written as they come; a zip is streamed out of the object store.
"""

from lakefront.media.export.originals import Originals, originals
from lakefront.media.export.permits import LIFETIME, Permit, read_permit, write_permit
from lakefront.media.export.read import LIMITS, About, Export, Limits, begin
from lakefront.media.export.rows import PARQUET_KEY, WRITERS, file_name, safe_cell
from lakefront.media.export.wanted import FORMATS, Format, Wanted, digest_of, wanted_of

__all__ = [
    "FORMATS",
    "LIFETIME",
    "LIMITS",
    "PARQUET_KEY",
    "WRITERS",
    "About",
    "Export",
    "Format",
    "Limits",
    "Originals",
    "Permit",
    "Wanted",
    "begin",
    "digest_of",
    "file_name",
    "originals",
    "read_permit",
    "safe_cell",
    "wanted_of",
    "write_permit",
]
