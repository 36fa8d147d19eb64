"""What a function or filter of the language says when it is called with arguments that it does not have.

Must not know what any of them does.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from typing import Any

from provisioner.blueprint.refusals import ValueProblemError


def filter_used(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The filter; a call that does not fit is told with how it is used."""
    return _used(name, call, lambda shown: f"{{{{ … | {name}{f'({shown})' if shown else ''} }}}}", skip=1)


def function_used(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a function."""
    return _used(name, call, lambda shown: f"{{{{ {name}({shown}) }}}}", skip=0)


def _used(name: str, call: Callable[..., Any], form: Callable[[str], str], skip: int) -> Callable[..., Any]:
    @functools.wraps(call)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except TypeError:
            signature = inspect.signature(call)  # only now: it takes longer than most calls
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                shown = [_shown(parameter) for parameter in signature.parameters.values()][skip:]
                hint = f"it is used as {form(', '.join(shown))}"
                raise ValueProblemError(f"{name}: {error}", hint) from None
            raise

    return checked


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"{parameter.name}…"
    if parameter.kind is parameter.VAR_KEYWORD:
        return "name=value, …"
    if parameter.default is parameter.empty:
        return parameter.name
    default = "none" if parameter.default is None else json.dumps(parameter.default)
    return f"{parameter.name}={default}"
