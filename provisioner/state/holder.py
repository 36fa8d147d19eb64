"""Who holds a lease: a process of a host, told apart from a later process with the same number."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def current() -> str:
    """``host:pid:start`` of this process; the start time (clock ticks after boot) guards against a reused pid."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(holder: str) -> bool:
    """Whether the holder is a process of this host that no longer runs. Never true of another host's."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    started = holder.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdecimal():
        return False
    pid = int(rest)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return bool(started) and started != _started(pid)


def _started(pid: int) -> str:
    """Field 22 of /proc/PID/stat; empty where there is no /proc (then the pid alone must do)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
