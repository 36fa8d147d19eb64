"""What compiled templates do beside Jinja's own: lines are marked, joined text, calls, loops and literals go through the engine.

The engine that compiles has ``template_number``, ``call_mark``, ``joined``, ``method``, ``turn`` and ``budget``. Must not run
a template.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from provisioner.blueprint.tokens import CALL_END, MARK_END, MARK_START, RESERVED, SPLICE_END, SPLICE_START


class LineMarks(Extension):
    """Marks the first output of every source line."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        if found := RESERVED.search(source):
            line = source.count("\n", 0, found.start()) + 1
            message = f"the private-use character U+{ord(found[0]):04X}, which rendering itself uses"
            raise TemplateSyntaxError(message, line, name, filename)
        return source

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        engine: Any = self.environment
        number = engine.template_number(stream.name or "")
        seen = 0
        for token in stream:
            if token.type == "data":
                lines = token.value.split("\n")
                for index, line in enumerate(lines):
                    if line and token.lineno + index > seen:
                        seen = token.lineno + index
                        lines[index] = f"{_mark(number, seen)}{line}"
                yield Token(token.lineno, "data", "\n".join(lines))
                continue
            if token.type == "variable_begin" and token.lineno > seen:
                seen = token.lineno
                yield Token(seen, "data", _mark(number, seen))
            yield token


def _mark(template: int, line: int) -> str:
    return f"{MARK_START}{template}:{line}{MARK_END}"


class Generator(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        """``a ~ b``: str_join() cannot be intercepted otherwise."""
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """``x.items()`` means the method, ``x.items`` the key."""
        if isinstance(node.node, nodes.Getattr):
            node.node.ctx = "call"
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """See above."""
        self.write(f"environment.{'method' if node.ctx == 'call' else 'getattr'}(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:
        """A number too large for a float would be written as a name of Python's."""
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self.fail("a number that is larger than JSON can hold", node.lineno)
        super().visit_Const(node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:
        """``[a, b]``: measured."""
        self._measured(node, frame, super().visit_List)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:
        """``(a, b)``, unless names are assigned to."""
        if node.ctx == "load":
            self._measured(node, frame, super().visit_Tuple)
        else:
            super().visit_Tuple(node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:
        """``{a: b}``: measured."""
        self._measured(node, frame, super().visit_Dict)

    def _measured(self, node: Any, frame: Frame, visit: Callable[[Any, Frame], None]) -> None:
        self.write("environment.budget.made(")
        visit(node, frame)
        self.write(")")

    def visit_For(self, node: nodes.For, frame: Frame) -> None:
        """Each turn of a loop is a step, whatever it loops over: an attribute that is looked up at its beginning."""
        node.body.insert(0, nodes.ExprStmt(nodes.EnvironmentAttribute("turn"), lineno=node.lineno))
        super().visit_For(node, frame)

    def visit_FilterBlock(self, node: nodes.FilterBlock, frame: Frame) -> None:
        """Its result would be written as YAML text without passing ``finalize``."""
        name = node.filter.name
        if name not in ("indent", "trim"):
            self.fail(
                f"{{% filter {name} %}} would turn values into YAML text; filter the expressions instead", node.lineno
            )
        super().visit_FilterBlock(node, frame)

    def visit_ScopedEvalContextModifier(self, node: nodes.ScopedEvalContextModifier, frame: Frame) -> None:
        """Escaping would write texts that are no text of ours."""
        self.fail("there is no {% autoescape %}: values need no escaping here", node.lineno)

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:
        """In the column of the statement, as a macro's output is, and with its line, which what is included is called at."""
        self.simple_write(repr(SPLICE_START), frame)
        self._called(node, frame, super().visit_Include)
        self.simple_write(repr(SPLICE_END), frame)

    def visit_CallBlock(self, node: nodes.CallBlock, frame: Frame) -> None:
        """Its result is written without passing ``finalize``."""
        self._called(node, frame, super().visit_CallBlock)

    def _called(self, node: Any, frame: Frame, visit: Callable[[Any, Frame], None]) -> None:
        engine: Any = self.environment
        self.simple_write(repr(engine.call_mark(self.name or "", node.lineno)), frame)
        visit(node, frame)
        self.simple_write(repr(CALL_END), frame)
