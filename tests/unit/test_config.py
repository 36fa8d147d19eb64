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


def test_what_blueprints_may_read(tmp_path: Path) -> None:
    (tmp_path / "orch.yaml").write_text('env_vars: [COMMIT]\nsecrets: ["env://APP_*", "file://secrets/*"]\n')
    found = config.load_settings(tmp_path)
    assert (found.env_vars, found.secrets) == (("COMMIT",), ("env://APP_*", "file://secrets/*"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("secrets: [APP_*]", "secrets[0]: 'APP_*' names no secrets; write env://APP_* or file://secrets/*"),
        ("secrets: ['vault://x']", "secrets[0]: 'vault://x' names no secrets"),
        ("secrets: ['env://']", "secrets[0]: 'env://' names no secrets"),
        ("env_vars: HOME", "env_vars must be a list, not the text 'HOME'"),
        ("env_vars: [1]", "env_vars[0] must be text, not the number 1"),
        ("env_var: [A]", "unknown key 'env_var'\n  did you mean env_vars?"),
    ],
)
def test_what_they_may_read_is_said_wrongly(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "orch.yaml").write_text(f"parallelism: 4\n{text}\n")
    with pytest.raises(OrchError) as caught:
        config.load_settings(tmp_path)
    assert f"orch.yaml:2: {message}" in str(caught.value)
