"""The examples of CONTRIBUTING are what stands in the code, and not what once stood there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, indent

ROOT = Path(__file__).parents[2]
SOURCES = ("providers/aws/types/ec2_network.py", "tests/conformance/cases/aws/ec2.py")


def test_its_examples_stand_in_the_code() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    examples = [
        dedent(found).rstrip() for found in re.findall(r"^ *```python\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    ]
    assert len(examples) == len(SOURCES)
    for example, source in zip(examples, SOURCES, strict=True):
        code = (ROOT / source).read_text()
        assert example in code or indent(example, "    ") in code, f"{source} has changed:\n{example}"


def test_its_paths_are_there() -> None:
    text = re.sub(r"```python.*?```", "", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.DOTALL)
    named = {
        path
        for path in re.findall(r"`([\w/.]+/[\w/.]*)`", text)
        if path.split("/")[0] in ("providers", "provisioner", "tests")
    }
    assert named and not [path for path in named if not (ROOT / path).exists()]
