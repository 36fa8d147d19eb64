"""The README's table of types says what the tables say."""

from __future__ import annotations

from providers.aws import listing
from providers.aws.types import tables


def test_the_readme_lists_every_type_as_it_is() -> None:
    text = listing.README.read_text()
    assert text == listing.written(text), "write it anew: python -m providers.aws.listing"


def test_a_row_says_what_a_change_replaces() -> None:
    lines = listing.rows().splitlines()
    assert len(lines) == 2 + len(tables())
    queue = next(line for line in lines if line.startswith("| AWS::SQS::Queue |"))
    assert queue.endswith("| tags, in the creating call | FifoQueue, QueueName |"), queue
