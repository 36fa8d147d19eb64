"""Blueprints that nobody would write: grown from the grammars of Jinja, YAML and the language, then bent token by token.

Everything is drawn from the source that is handed in, so that a seed gives the same text. Must not render anything.
"""

from __future__ import annotations

import re
from random import Random


def _words(text: str) -> list[str]:
    return text.split()


FILTERS = _words(
    "abs attr batch capitalize center count d default dictsort filesizeformat first float format groupby hash host "
    "indent int items join last length list lower map max merge min nope random reject rejectattr replace reverse round "
    "safe select selectattr slice slug sort string subnet sum title to_json tojson trim truncate unique unique_name "
    "upper urlencode wordcount wordwrap cidr_contains from_yaml"
)
TESTS = _words(
    "boolean callable defined divisibleby escaped even filter float ge gt in integer iterable lower mapping none number odd "
    "sameas sequence string test true undefined upper nope"
)
METHODS = _words(
    "format upper join items get keys values split replace startswith strip center ljust zfill expandtabs encode format_map "
    "index count copy pop append update append __class__ __init__ _ref _values mro translate title isdigit partition"
)
FUNCTIONS = _words(
    "ref output lookup secret env_var file template_file range dict namespace cycler joiner caller m mm nope super self.body loop "
    "lipsum"
)
NAMES = _words(
    "s n f b none_ l m mm d deep later text sec creds keys each env places stack ns loop self varargs kwargs caller x k v nope"
)
TEXTS = (
    "", "a", "x: y", "- a", "no", "012", "1e400", "{{", "%s", "%d", "%5s", "%*d", "%(a)s", "{}", "{0}", "{a}", "{0.a}", "{0[a]}", "{:>9}",
    "{!r}", "\\ue000", "\\ue000x\\ue001", "\\ue002" "1:1" "\\ue003", "\\ud800", "\\x00", "\\n", "\\t", "a\\nb", "10.0.0.0/16", "10.0.1.0/24", "fd00::/48", "999999999999",
    "env://A", "file://x", "param://creds", "vpc", "net", "T::Net::Net", "t.j2", "x.txt", "x.yaml", "../x", "/etc/passwd", "link", "m.j2", "nope.j2",
    "&a [*a]", "!!python/object:x", "\\'", '\\"', "<<", "#", "|", ">", "é", "𝄞", "\\u2028", "\\ufeff", "A" * 60,
)  # fmt: skip
NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "-1",
    "8",
    "63",
    "100",
    "99999",
    "1000000",
    "10000000000",
    "1.5",
    "1e308",
    "1_000",
    "0x1f",
    "-0.0",
)
BINARY = ("+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "and", "or", "in", "not in")
JUNK = (
    "{{", "}}", "{%", "%}", "{#", "#}", "-%}", "{%-", "{%+", "|", "(", ")", "[", "]", "{", "}", ",", ":", ": ", "- ", "'", '"', "&a ", "*a", "<<: ", "!!str ",
    "\n", "\n\n", " ", "\t", "  ", "? ", "---\n", "...\n", "%YAML 1.2\n", "|\n", ">-\n", "~", "null", ".", "..", "=", "if", "for", "endfor", "endif",
    "else", "endmacro", "raw", "endraw", "set", "endset", "block", "endblock", "call", "endcall", "in", "is", "not", "recursive", "with context", "\\", "\0",
    "\ue000", "\ue003", "\ue004", "\u2029", "\ufeff", "\r", "\r\n", "\x85", "\x1b", "999999999", "resources:", "type: T::Net::Net", "autoescape true",
)  # fmt: skip
_TOKENS = re.compile(r"\{[{%#][-+]?|[-+]?[}%#]\}|\w+|\s+|[^\w\s]")


class Grower:
    """Grows one text. budget: how many parts it may still have."""

    def __init__(self, random: Random, budget: int = 60) -> None:
        self.random = random
        self.budget = budget

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def few(self, most: int = 3) -> range:
        return range(self.random.randint(0, most))

    # --- expressions -------------------------------------------------------------------------------------------------

    def expression(self, depth: int = 0) -> str:
        self.budget -= 1
        if depth > 4 or self.budget < 0:
            return self.atom()
        inner = depth + 1
        match self.random.randint(0, 16):
            case 0 | 1 | 2:
                return self.atom()
            case 3:
                return f"[{', '.join(self.expression(inner) for _ in self.few())}]"
            case 4:
                return "{" + ", ".join(f"{self.atom()}: {self.expression(inner)}" for _ in self.few()) + "}"
            case 5:
                return f"({self.expression(inner)}, {self.expression(inner)})"
            case 6 | 7 | 8:
                return f"({self.expression(inner)}) | {self.pick(*FILTERS)}{self.arguments(inner)}"
            case 9:
                return (
                    f"({self.expression(inner)}) {self.pick('is', 'is not')} {self.pick(*TESTS)}{self.arguments(inner)}"
                )
            case 10 | 11:
                return f"({self.expression(inner)} {self.pick(*BINARY)} {self.expression(inner)})"
            case 12:
                return f"({self.expression(inner)}).{self.pick(*METHODS)}{self.arguments(inner)}"
            case 13:
                return (
                    f"({self.expression(inner)}){self.pick('.Id', '.a', '.password', '[0]', '[-1]', '[1:]', '[::2]')}"
                )
            case 14:
                return f"({self.expression(inner)})[{self.expression(inner)}]"
            case 15:
                rest = f" else {self.expression(inner)}" if self.random.random() < 0.8 else ""
                return f"({self.expression(inner)} if {self.expression(inner)}{rest})"
        return f"{self.pick(*FUNCTIONS)}{self.arguments(inner) or '()'}"

    def atom(self) -> str:
        match self.random.randint(0, 9):
            case 0 | 1:
                return f"'{self.pick(*TEXTS)}'"
            case 2:
                return self.pick(*NUMBERS)
            case 3:
                return self.pick("true", "false", "none", "[]", "{}", "()")
            case 4:
                return self.pick(
                    "ref('vpc').Id", "ref('vpc')", "ref('net').outputs.id", "output('net', 'id')", "output('new', 'id')",
                    "lookup('T::Net::Net', Cidr='10.0.0.0/8').NetId", "secret('env://A')", "env_var('SET')", "env_var('UNSET', 1)",
                    "file('x.txt')", "file('x.yaml') | from_yaml", "template_file('t.j2', x=later)", "range(3)", "each.value", "each.key",
                    "creds.password", "keys[0]", "namespace(a=1)", "dict(a=later)", "m(1)", "mm(later)",
                )  # fmt: skip
        return self.pick(*NAMES)

    def arguments(self, depth: int) -> str:
        if self.random.random() < 0.3:
            return ""
        given = [self.expression(depth) for _ in self.few(2)]
        given += [
            f"{self.pick('length', 'indent', 'attribute', 'a', 'width', 'x', 'default')}={self.expression(depth)}"
            for _ in self.few(1)
        ]
        given += [f"{self.pick('*', '**')}{self.pick('l', 'd', 'later')}" for _ in range(self.random.random() < 0.05)]
        return f"({', '.join(given)})"

    # --- statements --------------------------------------------------------------------------------------------------

    def lines(self, depth: int = 0, indent: int = 0) -> str:
        return "".join(self.line(depth, indent) for _ in range(self.random.randint(1, 4)))

    def line(self, depth: int, indent: int) -> str:
        self.budget -= 2
        space = " " * indent
        if depth > 3 or self.budget < 0:
            return f"{space}{self.key()}: {{{{ {self.expression(3)} }}}}\n"
        kind = self.random.randint(0, 9)
        if kind < 4:
            return f"{space}{self.value(indent)}\n"
        if kind == 4:
            return f"{space}{self.key()}:\n{self.lines(depth + 1, indent + 2)}"
        return self.statement(depth + 1, indent)

    def value(self, indent: int) -> str:
        """A line of YAML with expressions in it."""
        e, low = self.expression, " " * (indent + 2)
        match self.random.randint(0, 9):
            case 0 | 1 | 2 | 3:
                return f"{self.key()}: {{{{ {e()} }}}}"
            case 4:
                before = self.pick("a ", "", f"|-\n{low}", '"', "'", "[", "&a ", "*a", f">\n{low}")
                return f"{self.key()}: {before}{{{{ {e()} }}}}{self.pick('', ' b', '[', ']', ' # c')}"
            case 5:
                return f"- {{{{ {e()} }}}}"
            case 6:
                return f"{self.key()}: {self.yaml_scalar()}"
            case 7:
                return f"<<: {self.pick('*a', '{{ d }}', '{{ l }}', '[*a, {{ d }}]', '{a: 1}')}"
            case 8:
                return f"? {{{{ {e(2)} }}}}\n{low[2:]}: {{{{ {e(2)} }}}}"
        return f"{self.key()}: {{a: {{{{ {e(2)} }}}}, {{{{ {e(3)} }}}}: [{{{{ {e(3)} }}}}]}}"

    def statement(self, depth: int, indent: int) -> str:
        e, pick = self.expression, self.pick
        body, space = self.lines(depth, indent), " " * indent
        match self.random.randint(0, 14):
            case 0 | 1:
                return f"{space}{{% set {pick(*NAMES, 'x, k', 'ns.x', 'ns.a')} = {e()} %}}\n"
            case 2:
                return f"{{% set {pick('x', 's', 'k')}{pick('', ' | upper', ' | trim')} %}}\n{body}{{% endset %}}\n"
            case 3 | 4:
                attribute = pick("index", "last", "length", "cycle(1, x)", "changed(x)", "previtem", "depth0")
                more = pick("", "", f"{{{{ loop({e(3)}) }}}}", f"{{{{ loop.{attribute} }}}}")
                head = f"{pick('x', 'k, v', 'x, _')} in {e()}{pick('', '', ' if x', ' recursive')}"
                return f"{{% for {head} %}}\n{body}{more}\n{pick('', '{% else %}')}{{% endfor %}}\n"
            case 5:
                return f"{{% if {e()} %}}\n{body}{{% elif {e(2)} %}}\n{{% else %}}\n{body}{{% endif %}}\n"
            case 6:
                head = f"{pick('m', 'mm', 'x')}({pick('', 'x', f'x, k={e(3)}', 'l')})"
                more = pick("", "{{ caller() }}", "{{ varargs }}", "{{ kwargs }}", "{{ m(x) }}")
                return f"{{% macro {head} %}}\n{body}{more}\n{{% endmacro %}}\n"
            case 7:
                called = f"{pick('m', 'mm', 'f', 'file', 'dict')}{self.arguments(3) or '()'}"
                return f"{{% call{pick('', '(x)')} {called} %}}\n{body}{{% endcall %}}\n"
            case 8:
                what = pick(f"'{pick(*TEXTS)}'", "'t.j2'", e(3), f"[{e(3)}]")
                return f"{space}{{% include {what}{pick('', ' ignore missing', ' without context')} %}}\n"
            case 9:
                head = pick(
                    "import 'm.j2' as mm", "import 'm.j2' as m", "from 'm.j2' import m", "from 'm.j2' import nope"
                )
                return f"{{% {head}{pick('', ' with context')} %}}\n"
            case 10:
                head = f"{pick('body', 'other')}{pick('', ' scoped', ' required')}"
                return f"{{% block {head} %}}\n{body}{{% endblock %}}\n"
            case 11:
                head = pick("indent(2)", "trim", "upper", "indent(2, true)", f"indent({e(3)})")
                return f"{{% filter {head} %}}\n{body}{{% endfilter %}}\n"
            case 12:
                return f"{{% with x = {e()}, k = {e(3)} %}}\n{body}{{% endwith %}}\n"
            case 13:
                called = pick("m", "mm.m", "mm", "x", "m(1)") + self.arguments(3)
                return f"{space}{{{{ {called}{pick('', ' | indent(2)', ' | trim', ' | upper')} }}}}\n"
        head = pick("autoescape true", f"print {e()}", "raw", f"extends {e(3)}", f"do {e(3)}", "debug", "trans")
        return f"{{% {head} %}}\n{body}{pick('{% endautoescape %}', '{% endraw %}', '')}\n"

    def key(self) -> str:
        return self.pick(
            "a",
            "b",
            "c",
            "d",
            "{{ k }}",
            f"{{{{ {self.atom()} }}}}",
            "x-{{ n }}",
            '"{{ s }}"',
            "&k e",
            "*a",
            "1",
            "null",
        )

    # --- plain YAML --------------------------------------------------------------------------------------------------

    def yaml_scalar(self) -> str:
        return self.pick(
            "1", "012", "1e999", "-.inf", ".nan", "0x" + "f" * 200, "9" * 400, "no", "null", "~", "''", '"\\x00"', '"\\ud800"', '"a\\', "|\n  x", ">+\n\n x", "&a",
            "*a", "*nope", "!!binary x", "!x y", "2020-01-01", "[", "]", "{", "}", "@x", "`x", "%x", "? x", "- x", "a: b", "'", "\t", "é\u2028",
            "&a [*a]", "[&b x, *b]", "{<<: *a}", "x" * 2000,
        )  # fmt: skip

    def yaml(self, depth: int = 0, indent: int = 0) -> str:
        self.budget -= 1
        space = " " * indent
        if depth > 5 or self.budget < 0:
            return f"{space}{self.yaml_scalar()}\n"
        out = []
        for _ in range(self.random.randint(1, 4)):
            head = self.pick("a: ", "b: ", "- ", "<<: ", "? ", "&a c: ", "*a : ", "'d': ", "- - ", "---\n", "")
            if self.random.random() < 0.4:
                out.append(f"{space}{head}{self.pick('', '&a', '&b')}\n{self.yaml(depth + 1, indent + 2)}")
            else:
                out.append(f"{space}{head}{self.yaml_scalar()}\n")
        return "".join(out)


def bent(text: str, random: Random) -> str:
    """The text with a few of its tokens left out, doubled, exchanged or replaced."""
    tokens = _TOKENS.findall(text)
    for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3, 6))):
        if not tokens:
            break
        at = random.randrange(len(tokens))
        match random.randint(0, 5):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[at])
            case 2:
                other = random.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = random.choice(JUNK)
            case 4:
                tokens.insert(at, random.choice(JUNK))
            case _:
                end = min(len(tokens), at + random.randint(1, 8))
                tokens[at:at] = tokens[at:end] * random.randint(1, 3)
    return "".join(tokens)
