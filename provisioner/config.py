"""Settings of a project (``orch.yaml``): backend, parallelism, policy packs.

Nothing is taken from ambient configuration that is not named here. Must not know blueprints, environments or providers.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from provisioner.document import check, did_you_mean, read
from provisioner.model.problem import OrchError, Problem
from provisioner.model.value import EMPTY

if TYPE_CHECKING:
    from pydantic import BaseModel

SETTINGS = "orch.yaml"
_STATE = ".orch"
_REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``orch.yaml`` says, or would.

    directory: of that file, else where the search began · backend: path of the state database, from ``directory`` ·
    parallelism: steps at once · packs: policy packs that come with orch · folders: packs of one's own, from ``directory`` ·
    env_vars: variables that templates may read · secrets: patterns of the secrets that may be read (``env://APP_*``) ·
    destroy_share, destroy_at_least: a plan that deletes more than this share of a stack, or all of a type, has to be confirmed
    with the number of deletions, unless they are fewer than that.
    """

    directory: Path
    backend: str = ".orch/state.db"
    parallelism: int = 32
    packs: tuple[str, ...] = ("baseline",)
    folders: tuple[str, ...] = ()
    env_vars: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    destroy_share: float = 0.5
    destroy_at_least: int = 5

    def policy_folders(self) -> tuple[Path, ...]:
        """The folders of all policy packs."""
        return (
            *(_content("policies") / pack for pack in self.packs),
            *(self.directory / name for name in self.folders),
        )


def load_settings(start: Path) -> Settings:
    """The settings that hold in a folder: those of the nearest ``orch.yaml`` there or above, else the defaults, in the
    nearest folder that has state already.

    ``OrchError`` with all that is wrong with the file.
    """
    for folder in (start, *start.resolve().parents):
        if (folder / SETTINGS).is_file():
            document = read(folder / SETTINGS)
            model: Any = check(document, _settings_model())
            known = _packs()
            problems = [
                Problem(
                    f"there is no policy pack {name!r}",
                    document.child("policy").child("packs").child(index).source,
                    hint=did_you_mean(name, known, else_list="there are"),
                )
                for index, name in enumerate(document.value.get("policy", EMPTY).get("packs", ()))
                if name not in known
            ]
            if problems:
                raise OrchError(*problems)
            return Settings(
                folder, model.backend, model.parallelism, tuple(model.policy.packs), tuple(model.policy.folders),
                tuple(model.env_vars), tuple(model.secrets), model.confirm_destroy.share, model.confirm_destroy.at_least,
            )  # fmt: skip
        if (folder / _STATE).is_dir():
            return Settings(folder)
    return Settings(start)


def _content(folder: str) -> Path:
    """What comes with orch: inside of the package where it was installed, else beside it in the repository."""
    installed = Path(__file__).parent / "_content" / folder
    return installed if installed.is_dir() else _REPOSITORY / folder


def _packs() -> tuple[str, ...]:
    folder = _content("policies")
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir())) if folder.is_dir() else ()


def _stores() -> list[str]:
    """The schemes of the secret stores that are installed."""
    return sorted(point.name for point in entry_points(group="orch.secrets"))


def _secrets(pattern: str) -> str:
    scheme, _, rest = pattern.partition("://")
    if not re.fullmatch(r"\S+", rest) or (scheme not in ("env", "file") and scheme not in _stores()):
        also = "".join(f", {name}://…" for name in _stores())
        raise ValueError(f"{pattern!r} names no secrets; write env://APP_* or file://secrets/*{also}")
    return pattern


@functools.cache
def _settings_model() -> type[BaseModel]:
    from pydantic import AfterValidator, BaseModel, ConfigDict, Field

    class Policy(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        packs: list[str] = Field(default_factory=lambda: ["baseline"])
        folders: list[str] = Field(default_factory=list)

    class ConfirmDestroy(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        share: Annotated[float, Field(ge=0, le=1)] = 0.5
        at_least: Annotated[int, Field(ge=1)] = 5

    class SettingsFile(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        backend: Annotated[str, Field(min_length=1)] = ".orch/state.db"
        parallelism: Annotated[int, Field(ge=1, le=1024)] = 32
        policy: Policy = Field(default_factory=Policy)
        confirm_destroy: ConfirmDestroy = Field(default_factory=ConfirmDestroy)
        env_vars: list[str] = Field(default_factory=list)
        secrets: list[Annotated[str, AfterValidator(_secrets)]] = Field(default_factory=list)

    return SettingsFile


def settings_schema() -> dict[str, Any]:
    """What ``orch.yaml`` may hold, as JSON Schema."""
    return _settings_model().model_json_schema()
