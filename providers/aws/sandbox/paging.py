"""Pages of EC2 lists: cut once from the whole answer, so that a listing neither skips nor repeats. Knows no operation."""

from __future__ import annotations

import re
import uuid
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_ITEM = re.compile(rb"<(/?)item(/?)>")
_KEPT = 200  # listings that may be under way at once
_LEAST, _MOST = 5, 1000  # items of a page, as EC2 allows them


@dataclass(frozen=True, slots=True)
class _Listing:
    """An answer cut into its items, oldest first, with what stands around them."""

    operation: str
    response: Response
    before: bytes
    items: tuple[bytes, ...]
    after: bytes


class Pages:
    """The listings under way. A token names a listing and the place in it, and may be used again."""

    def __init__(self) -> None:
        self._listings: OrderedDict[str, _Listing] = OrderedDict()

    def clear(self) -> None:
        """Forget all listings."""
        self._listings.clear()

    def following(self, operation: str, form: Mapping[str, str]) -> Response:
        """The page that a token names. ``RefusedError`` where it names none of this operation."""
        name, _, start = form["NextToken"].partition(".")
        listing = self._listings.get(name)
        if listing is None or listing.operation != operation or not start.isdecimal():
            raise RefusedError("InvalidPaginationToken", "The specified pagination token is not valid or is expired.")
        return self._page(name, listing, int(start), page_size(form) if "MaxResults" in form else _MOST)

    def first(self, operation: str, form: Mapping[str, str], response: Response) -> Response:
        """The first page of a whole answer; the answer itself where it fits."""
        size = page_size(form)
        cut = _cut(operation, response)
        if cut is None or len(cut.items) <= size:
            return response
        name = uuid.uuid4().hex
        self._listings[name] = cut
        if len(self._listings) > _KEPT:
            self._listings.popitem(last=False)
        return self._page(name, cut, 0, size)

    @staticmethod
    def _page(name: str, listing: _Listing, start: int, size: int) -> Response:
        end = start + size
        body = listing.before + b"".join(listing.items[start:end]) + listing.after
        if end < len(listing.items):
            close = body.rindex(b"</")
            body = body[:close] + f"<nextToken>{name}.{end}</nextToken>".encode() + body[close:]
        return Response(listing.response.status, body, listing.response.headers)


def page_size(form: Mapping[str, str]) -> int:
    """The size of page that is asked for. ``RefusedError`` outside EC2's bounds."""
    asked = form["MaxResults"]
    if asked.isdecimal() and _LEAST <= int(asked) <= _MOST:
        return int(asked)
    bound = f"greater than {_LEAST}" if not asked.isdecimal() or int(asked) < _LEAST else f"less than {_MOST}"
    raise RefusedError(
        "InvalidParameterValue", f"Value ( {asked} ) for parameter maxResults is invalid. Expecting a value {bound}."
    )


def _cut(operation: str, response: Response) -> _Listing | None:
    """The longest run of adjacent outermost items, which is the answer's list; None where there is none."""
    body = response.body
    runs: list[list[tuple[int, int]]] = [[]]
    for start, end in _outermost(body):
        if runs[-1] and body[runs[-1][-1][1] : start].strip():
            runs.append([])
        runs[-1].append((start, end))
    longest = max(runs, key=len)
    if not longest:
        return None
    items = tuple(body[start:end] for start, end in longest)
    return _Listing(operation, response, body[: longest[0][0]], items, body[longest[-1][1] :])


def _outermost(body: bytes) -> Iterator[tuple[int, int]]:
    """Where items that stand in no other item begin and end."""
    depth = start = 0
    for tag in _ITEM.finditer(body):
        closes, empty = tag.groups()
        if depth == 0:
            start = tag.start()
        depth += 0 if empty else -1 if closes else 1
        if depth == 0:
            yield start, tag.end()
