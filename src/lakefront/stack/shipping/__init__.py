"""Logs on their way to OpenSearch: what components write is sent once, however often anything is killed in between.

`files` follows the log files over rotation, `documents` makes a document of a line, `sender` adds them in bulk under
ids that name a line's place, so that one that is sent again is known; `offsets` remembers on disk what is there.
"""
