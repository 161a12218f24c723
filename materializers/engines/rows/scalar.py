"""Expressions as one Python function of a row.

The nodes are written as Python source, leaves first (a tree may be deeper than Python's stack), and
compiled. Lazily evaluated arguments are in branches. All arguments of a strict function are
evaluated before the first is tested for NULL, so that their errors are raised.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from materializers.engines.rows.casts import conversion
from materializers.engines.rows.failure import EvaluationError, Unsupported, fail
from materializers.engines.rows.fragment import (
    Fragment,
    Indented,
    Module,
    assigned,
    listed,
    reads_of,
)
from materializers.engines.rows.hoisting import Let, hoisted
from materializers.engines.rows.lazy import LAZY, case
from materializers.engines.rows.meaning import (
    NO_MEANINGS,
    Chosen,
    Lenient,
    Meanings,
    Said,
    Source,
)
from materializers.engines.rows.meanings import MEANINGS
from materializers.engines.rows.numbers.numeric import numeric_overflow
from materializers.engines.rows.type_io import input_of
from materializers.engines.rows.values import Value
from materializers.sql.relations.nested import Nested
from materializers.sql.types.expression import (
    Apply,
    Case,
    Cast,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
)

Row = tuple[Value, ...]
NestedValue = Callable[[Nested], Callable[[Row], Value]]


def compiled(
    expressions: Sequence[Expression],
    columns: Sequence[str],
    nested: NestedValue | None = None,
    own: Meanings = NO_MEANINGS,
) -> Callable[[Row], Row]:
    """A function of a row of `columns` that returns the values of the expressions. `nested`: makes
    the function of a nested SELECT; `own`: the meanings of a project's own functions.

    Compiling raises Unsupported for a node without meaning here; a call raises EvaluationError
    where PostgreSQL raises an error.
    """
    writing = _Writing({name: place for place, name in enumerate(columns)}, nested, own)
    parts = [writing.fragment(expression) for expression in expressions]
    lines = listed(*(part.lines for part in parts))
    values = "".join(f"{part.value}, " for part in parts)
    module = writing.module
    body = Indented(listed(lines, f"return ({values})"))
    module.names |= {
        "TooLarge": (decimal.Overflow, decimal.InvalidOperation),
        "numeric_overflow": numeric_overflow,
    }
    caught = ("except TooLarge:", " raise numeric_overflow() from None")
    module.function("row", "r", reads_of(parts), ("try:", body, caught))
    answer: Callable[[Row], Row] = module.load("row")
    return answer


class _Writing:
    """Writes the source of nodes over given columns."""

    def __init__(
        self, places: Mapping[str, int], nested: NestedValue | None, own: Meanings
    ) -> None:
        self.module = Module()
        self._own = own
        self._places = places
        self._nested = nested
        self._written: dict[int, Fragment] = {}
        self._exchanged: dict[int, Expression] = {}
        self._parameters: dict[str, str] = {}

    def fragment(self, root: Expression) -> Fragment:
        waiting = [root]
        while waiting:
            node = self._meant(waiting[-1])
            children = () if isinstance(node, Nested) else node.children
            below = [child for child in children if id(child) not in self._written]
            if below:
                waiting += below
                continue
            place = id(waiting.pop())
            if place not in self._written:
                self._written[place] = self.module.shallow(self._write(node))
        return self._written[id(root)]

    def _meant(self, node: Expression) -> Expression:
        """The node that is written in place of a node. It is kept alive, because nodes are
        identified by id()."""
        exchanged = self._exchanged.get(id(node))
        if exchanged is None:
            exchanged = self._exchanged[id(node)] = hoisted(node)
        return exchanged

    def _of(self, nodes: Sequence[Expression]) -> list[Fragment]:
        return [self._written[id(node)] for node in nodes]

    def _write(self, node: Expression) -> Fragment:
        match node:
            case ColumnRef():
                name = f"c{self._places[node.column]}"
                return Fragment(name, node.nullable, reads=frozenset((name,)))
            case Constant():
                return self._constant(node)
            case Parameter():
                name = self._parameter(node)
                return Fragment(name, node.nullable, reads=frozenset((name,)))
            case Lambda():
                return self._lambda(node)
            case Cast():
                return self._cast(node)
            case Case():
                answers = self._of([*node.results, node.default])
                return case(self.module, self._of(node.tests), answers)
            case Apply():
                return self._apply(node)
            case Let():
                return self._let(node)
            case Nested() if self._nested is not None:
                function = self.module.bind(self._nested(node))
                return Fragment(f"{function}(r)", node.nullable, depth=1)
        raise Unsupported(type(node).__name__)

    def _constant(self, node: Constant) -> Fragment:
        if node.text is None:
            return Fragment("None", True)
        try:
            value = input_of(node.type)(node.text)
        except EvaluationError as error:
            return Fragment(f"{self.module.bind(fail)}({str(error)!r})", False, depth=1)
        return Fragment(self.module.bind(value), False)

    def _parameter(self, node: Parameter) -> str:
        return self._parameters.setdefault(node.name, f"p{len(self._parameters)}")

    def _lambda(self, node: Lambda) -> Fragment:
        body, name = self._written[id(node.body)], self._parameter(node.parameter)
        if body.lines:
            body = self.module.outlined(replace(body, reads=body.reads | {name}))
        reads = body.reads - {name}
        return Fragment(f"(lambda {name}: {body.value})", False, (), reads, body.depth + 1)

    def _let(self, node: Let) -> Fragment:
        values, body = self._of(node.values), self._written[id(node.body)]
        names = [self._parameter(each) for each in node.parameters]
        lines = [assigned(name, part) for name, part in zip(names, values, strict=True)]
        reads = reads_of([*values, body]) - frozenset(names)
        indent = max(part.indent for part in (*values, body))
        return replace(body, lines=listed(*lines, body.lines), reads=reads, indent=indent)

    def _cast(self, node: Cast) -> Fragment:
        convert = conversion(node.value.type, node.type)
        (value,) = self._of([node.value])
        return value if convert is None else self._call(convert, [value])

    def _apply(self, node: Apply) -> Fragment:
        arguments = self._of(node.arguments)
        if (lazy := LAZY.get(node.name)) is not None:
            return lazy(self.module, arguments)
        meaning = MEANINGS.get(node.name) or self._own.get(node.name)
        if meaning is None:
            raise Unsupported(node.name)
        if isinstance(meaning, Lenient):
            return replace(self._said(meaning.function, arguments), nullable=node.nullable)
        if not isinstance(meaning, Chosen):
            return self._call(meaning, arguments, node.nullable)
        chosen = meaning.choose(node)
        if meaning.is_strict:
            return self._call(chosen, arguments, node.nullable)
        return replace(self._said(chosen, arguments), nullable=node.nullable)

    def _call(self, meaning: Said, arguments: list[Fragment], nullable: bool = False) -> Fragment:
        """A strict call; `nullable`: it may return NULL although no argument is NULL."""
        if not any(each.nullable for each in arguments):
            return replace(self._said(meaning, arguments), nullable=nullable)
        arguments = [self.module.atom(each) for each in arguments]
        said = self._said(meaning, arguments)
        tests = " or ".join(f"{each.value} is None" for each in arguments if each.nullable)
        value = f"(None if {tests} else {said.value})"
        return replace(said, value=value, nullable=True, depth=said.depth + 1)

    def _said(self, meaning: Said, arguments: list[Fragment]) -> Fragment:
        """The expression of a call, without tests for NULL."""
        arguments = self.module.in_order(arguments)
        if isinstance(meaning, Source):
            # an argument that is written repeatedly is computed once
            many = [meaning.text.count(f"{{{place}}}") != 1 for place in range(len(arguments))]
            arguments = [
                self.module.atom(each) if often else each
                for each, often in zip(arguments, many, strict=True)
            ]
            values = [each.value for each in arguments]
            uses = {name: self.module.bind(each) for name, each in meaning.uses.items()}
            value = f"({meaning.text.format(*values, t=self.module.fresh(), **uses)})"
        else:
            value = f"{self.module.bind(meaning)}({', '.join(each.value for each in arguments)})"
        lines = listed(*(each.lines for each in arguments))
        depth = 1 + max((each.depth for each in arguments), default=0)
        indent = max((each.indent for each in arguments), default=0)
        return Fragment(value, True, lines, reads_of(arguments), depth, indent)
