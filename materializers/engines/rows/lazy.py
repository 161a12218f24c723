"""CASE, COALESCE, AND and OR, which evaluate an argument only where those before it do not decide
the result (manual, "Expression Evaluation Rules")."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from materializers.engines.rows.fragment import (
    Fragment,
    Indented,
    Lines,
    Module,
    assigned,
    listed,
    reads_of,
)


def case(module: Module, tests: Sequence[Fragment], answers: Sequence[Fragment]) -> Fragment:
    """CASE. `answers`: one for each test, then the default."""
    name, rest, is_bare = module.fresh(), answers[-1], False
    rest = _stored(name, rest)
    for test, answer in zip(reversed(tests), reversed(answers[:-1]), strict=True):
        answer, test = _stored(name, module.flat(answer)), module.flat(test)
        if is_bare:
            first, *others = rest.lines
            other: Lines = (f"el{first}", tuple(others))
            deeper = 0
        else:
            rest = _stored(name, module.flat(rest))
            other, deeper = ("else:", Indented(rest.lines)), 1
        lines = listed(test.lines, f"if {test.value}:", Indented(answer.lines), *other)
        indent = max(rest.indent + deeper, answer.indent + 1, test.indent)
        nullable, reads = answer.nullable or rest.nullable, reads_of([test, answer, rest])
        rest = Fragment(name, nullable, lines, reads, 0, indent)
        is_bare = not test.lines
    return module.flat(rest)


def coalesce(module: Module, arguments: Sequence[Fragment]) -> Fragment:
    return _chain(module, arguments, "if {t} is None:", "{t} = {value}", _first_sure)


def every(module: Module, arguments: Sequence[Fragment]) -> Fragment:
    """AND: False if an operand is, else NULL if one is."""
    if not any(each.nullable or each.lines for each in arguments):
        return _plain(module, arguments, " and ")
    step = "{t} = {value} if {t} or {value} is False else None"
    return _chain(module, arguments, "if {t} is not False:", step, _any_nullable)


def some(module: Module, arguments: Sequence[Fragment]) -> Fragment:
    """OR: True if an operand is, else NULL if one is."""
    if not any(each.nullable or each.lines for each in arguments):
        return _plain(module, arguments, " or ")
    step = "{t} = {value} if {value} or {t} is False else None"
    return _chain(module, arguments, "if not {t}:", step, _any_nullable)


LAZY: Mapping[str, Callable[[Module, Sequence[Fragment]], Fragment]] = {
    "coalesce": coalesce,
    "and": every,
    "or": some,
}


def _stored(name: str, part: Fragment) -> Fragment:
    """The fragment with its value in that variable."""
    if part.value == name:
        return part
    return replace(part, value=name, depth=0, lines=assigned(name, part))


def _plain(module: Module, arguments: Sequence[Fragment], word: str) -> Fragment:
    arguments = [module.shallow(each) for each in arguments]
    value = f"({word.join(each.value for each in arguments)})"
    depth = 1 + max(each.depth for each in arguments)
    return Fragment(value, False, (), reads_of(arguments), depth)


def _chain(
    module: Module,
    arguments: Sequence[Fragment],
    test: str,
    step: str,
    nullable: Callable[[Sequence[Fragment]], bool],
) -> Fragment:
    """Puts each argument after the first one into a branch, taken while the result is
    undecided."""
    name = module.fresh()
    first, *others = map(module.flat, arguments)
    lines, indent = [assigned(name, first)], first.indent
    for each in map(module.atom, others):
        chosen = listed(each.lines, step.format(t=name, value=each.value))
        lines.append((test.format(t=name), Indented(chosen)))
        indent = max(indent, each.indent + 1)
    reads = reads_of(arguments)
    return module.flat(Fragment(name, nullable(arguments), tuple(lines), reads, 0, indent))


def _first_sure(arguments: Sequence[Fragment]) -> bool:
    return all(each.nullable for each in arguments)


def _any_nullable(arguments: Sequence[Fragment]) -> bool:
    return any(each.nullable for each in arguments)
