"""Runs on disk: Zarr's format, blocks of draws, commit records, and what is read back.

`about` is what a run says of itself; `files` writes whole files; `zarr` knows the format; `groups`
lays a run out in ArviZ's groups; `commits` keeps what chains need to go on; `store` ties them to a
run; `reading` makes fits of them.
"""

from inference.storage.about import about_run, check_new, versions
from inference.storage.commits import DamagedError
from inference.storage.reading import damaged, opened, read_run
from inference.storage.store import Store

__all__ = [
    "DamagedError",
    "Store",
    "about_run",
    "check_new",
    "damaged",
    "opened",
    "read_run",
    "versions",
]
