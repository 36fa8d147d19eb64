"""A cloud's prose is cut down to one sentence that says something."""

from __future__ import annotations

import pytest

from providers.kit.prose import LONGEST, sentence


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("The tag key.", "The tag key"),
        ("One.\n Two.", "One"),
        ("Use ``true``. See [Tags](https://a.example/b_(c).html).", "Use `true`"),
        ("See [Tags](https://a.example/b) for more", "See Tags for more"),
        ("<p>The <b>name</b>, e.g. Bob. It is short.</p>", "The name, e.g. Bob"),
        ("Required.", ""),
        (None, ""),
    ],
)
def test_first_sentences(text: str | None, short: str) -> None:
    assert sentence(text) == short


def test_a_long_sentence_is_cut_at_a_word() -> None:
    found = sentence("word, " * 60)
    assert len(found) <= LONGEST and found.endswith("word…")
