"""Discovery: what to read, and reading it, through the scheduler."""

from provisioner.discovery.brownfield import listed, marked, once, search
from provisioner.discovery.inquiry import Inquiry, inquire, merge, snapshot_of, unseen, verify
from provisioner.discovery.survey import Survey, asks_for, find, inside, look_at, survey, touched
from provisioner.discovery.youth import Youth

__all__ = [
    "Inquiry",
    "Survey",
    "Youth",
    "asks_for",
    "find",
    "inquire",
    "inside",
    "listed",
    "look_at",
    "marked",
    "merge",
    "once",
    "search",
    "snapshot_of",
    "survey",
    "touched",
    "unseen",
    "verify",
]
