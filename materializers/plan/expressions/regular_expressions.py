"""Regular expressions: where PostgreSQL's (manual, "POSIX Regular Expressions") and RE2's agree.

A pattern is translated piece by piece; a piece that may mean another thing is refused. What
differs even so: which of several matches is taken (PostgreSQL the longest, RE2 the first that
fits), so that only tests are allowed where alternatives or mixed greediness could show.
"""

from __future__ import annotations

import re

from sqlglot import exp

from materializers.plan.expressions.translating import Translating
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.sql_type import BOOLEAN, TEXT, UNKNOWN

_PIECE = re.compile(
    r"(?P<class>\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\])"
    r"|(?P<bound>\{\d+(?:,\d*)?\}\??)"
    r"|(?P<group>\((?:\?:)?|\))"
    r"|(?P<quantifier>[*+?]\??)"
    r"|(?P<escape>\\.)"
    r"|(?P<plain>[^\\()\[\]{}*+?])",
    re.DOTALL,
)
_ESCAPES = {
    r"\d": "[0-9]", r"\D": "[^0-9]", r"\s": r"[\t\n\v\f\r ]", r"\S": r"[^\t\n\v\f\r ]",
    r"\A": r"\A", r"\Z": r"\z", r"\n": r"\n", r"\t": r"\t", r"\r": r"\r",
}  # fmt: skip
_NOT_PLAIN = re.compile(r"\\.|\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_INNERMOST = re.compile(r"\((?:\?:)?([^()]*)\)")
_PLAIN = re.compile(r"[a-z0-9_ @#%&=,;/'\"<>!~-]+")
_CLASS_MEMBER = re.compile(r"\[:[a-z]+:\]|\\.|.", re.DOTALL)
_CLASS_ESCAPES = {r"\d": "0-9", r"\s": r"\t\n\v\f\r ", r"\n": r"\n", r"\t": r"\t", r"\r": r"\r"}
_CLASSES = {
    "[:digit:]": "0-9", "[:space:]": r"\t\n\v\f\r ", "[:blank:]": r"\t ",
    "[:xdigit:]": "0-9A-Fa-f",
}  # fmt: skip


def translated(pattern: str) -> str | None:
    """The pattern in RE2's words; None where the two may differ."""
    if pattern.startswith("***") or re.match(r"\(\?[^:]", pattern):
        return None
    place, parts = 0, []
    while place < len(pattern):
        found = _PIECE.match(pattern, place)
        if found is None:
            return None
        part = _piece(found)
        if part is None:
            return None
        parts.append(part)
        place = found.end()
    return "".join(parts)


def _piece(found: re.Match[str]) -> str | None:
    text = found[0]
    if found["class"]:
        return _class(text)
    if found["escape"]:
        if text[1].isalnum():
            return _ESCAPES.get(text)
        return text
    if text == "$":
        return r"\z"
    if found["plain"] and text not in ".^|":
        return re.escape(text) if text.isascii() and not text.isalnum() else text
    return text


def _class(text: str) -> str | None:
    is_negated, inner = text.startswith("[^"), text[2 if text.startswith("[^") else 1 : -1]
    parts = []
    for member in _CLASS_MEMBER.findall(inner):
        if member.startswith("[:"):
            if member not in _CLASSES:
                return None
            parts.append(_CLASSES[member])
        elif member.startswith("\\"):
            if member[1].isalnum() and member not in _CLASS_ESCAPES:
                return None
            parts.append(_CLASS_ESCAPES.get(member, member))
        else:
            parts.append("\\" + member if member in "[]&~" else member)
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"


def is_unambiguous(pattern: str) -> bool:
    """Whether the first match that RE2 finds is PostgreSQL's longest: no quantifier that takes
    less than it can, no group that is repeated or optional, and alternatives of which no text
    begins with two."""
    return not re.search(r"[*+?}]\?|\)[*+?{]", pattern) and _are_apart(pattern)


def _are_apart(pattern: str) -> bool:
    """Whether all alternatives are plain texts, none of which another one begins with."""
    plain, found = _NOT_PLAIN.sub(".", pattern), True
    while found:
        inner = _INNERMOST.search(plain)
        found = inner is not None
        lists = inner[1] if inner is not None else plain
        texts = lists.lower().split("|")
        if len(texts) > 1 and not all(map(_PLAIN.fullmatch, texts)):
            return False
        for place, text in enumerate(texts):
            if any(o.startswith(text) for i, o in enumerate(texts) if i != place):
                return False
        if inner is not None:
            plain = plain[: inner.start()] + "." + plain[inner.end() :]
    return True


def groups(pattern: str) -> int:
    """How many groups a translated pattern captures."""
    return re.compile(pattern.replace(r"\z", r"\Z")).groups


def constant_pattern(translate: Translating, node: exp.Expr, word: str, at: exp.Expr) -> str:
    """RE2's form of a pattern that must be a constant."""
    pattern = translate(node).literal
    if pattern is None:
        raise translate.fail(f"{word} is supported with a constant pattern only", at)
    result = translated(pattern)
    if result is None:
        raise translate.fail(
            f"the pattern {pattern!r} may not mean the same in both engines", at,
            fix=r"leave out back-references, lookaround, embedded options, \w, \m, \M, \y",
        )  # fmt: skip
    return result


def _tested(translate: Translating, node: exp.Expr, word: str) -> Expression:
    value = translate(node)
    if not value.type.is_text and value.type != UNKNOWN:
        raise translate.fail(f"{word} needs text, not {value.type.name}", node)
    return value.cast(TEXT)


def matches_(translate: Translating, node: exp.Binary) -> Expression:
    """`text ~ pattern`, `text ~* pattern`."""
    is_blind = isinstance(node, exp.RegexpILike)
    word = "~*" if is_blind else "~"
    value = _tested(translate, node.this, word)
    if is_null(node.expression):
        return Words("CAST(NULL AS BOOLEAN)", BOOLEAN)
    pattern = constant_pattern(translate, node.expression, word, node)
    options = "'si'" if is_blind else "'s'"
    sql = f"regexp_matches({value.sql}, {text_literal(pattern)}, {options})"
    return Words(sql, BOOLEAN, value.nullable)


def is_null(node: exp.Expr) -> bool:
    """Whether a node is NULL itself."""
    return isinstance(node, exp.Null)


def similar_(translate: Translating, node: exp.Binary) -> Expression:
    """`text SIMILAR TO pattern`."""
    value, pattern = _tested(translate, node.this, "SIMILAR TO"), translate(node.expression).literal
    if pattern is None or not re.fullmatch(r"[^\\^$\[\]]*", pattern):
        raise translate.fail(
            "SIMILAR TO is supported with a constant pattern without brackets and escapes", node
        )
    parts = {"%": ".*", "_": ".", ".": r"\."}
    inner = translated("".join(parts.get(c, c) for c in pattern))
    if inner is None:
        raise translate.fail(f"the pattern {pattern!r} is not supported", node)
    sql = f"regexp_matches({value.sql}, {text_literal(f'^(?:{inner})$')}, 's')"
    return Words(sql, BOOLEAN, value.nullable)
