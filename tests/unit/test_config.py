"""Settings of a project: what is wrong with ``orch.yaml`` names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import config
from provisioner.model.problem import OrchError


def test_a_pack_that_is_not_there_names_its_line_and_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "orch.yaml").write_text("parallelism: 4\npolicy:\n  packs:\n    - baseline\n    - basline\n")
    with pytest.raises(OrchError, match=r"orch\.yaml:5: there is no policy pack 'basline'\n.*baseline"):
        config.load_settings(tmp_path)
