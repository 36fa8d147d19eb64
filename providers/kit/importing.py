"""One lock for the imports of all SDKs: what they share does not survive two threads.

``requests`` walks over all modules while it is imported, and botocore's takes one out again that it does not find; the modules of
an SDK import each other in circles. Using them side by side is safe.
"""

from __future__ import annotations

import threading

IMPORTING = threading.RLock()
"""Held around every import of an SDK, whichever cloud's, and while sessions and clients are made: that imports more, and is
not safe in boto3."""
