"""What many cases of AWS say."""

from __future__ import annotations


def tags(**named: object) -> list[dict[str, object]]:
    """Tags as most types have them."""
    return [{"Key": key, "Value": value} for key, value in named.items()]
