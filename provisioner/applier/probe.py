"""One look from this machine at what answers at a place: a TCP connection, or an HTTP request. Sends nothing of ours.

It must not wait for longer than it is told, follow a redirect, use a proxy, or try again.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from provisioner.model.check import Check, CheckKind, host_and_port


def unmet(check: Check, text: str, seconds: float) -> str:
    """Empty where it answers as the check wants, else what happened, in a few words. Raises nothing."""
    host, port = host_and_port(check.kind, text)
    try:
        if check.kind is CheckKind.TCP:
            socket.create_connection((host, port), timeout=seconds).close()
            return ""
        status = _status(text, host, port, seconds)
        return "" if status == check.status else f"it answers with status {status}"
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except http.client.HTTPException as error:
        return f"what answers is no HTTP ({type(error).__name__})"
    except ssl.SSLError as error:
        return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason or error}"
    except (OSError, UnicodeError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()


def _status(url: str, host: str, port: int, seconds: float) -> int:
    at = urlsplit(url)
    kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=seconds)
    try:
        path = (at.path or "/") + (f"?{at.query}" if at.query else "")
        connection.request("GET", path, headers={"User-Agent": "orch", "Connection": "close"})
        return connection.getresponse().status
    finally:
        connection.close()
