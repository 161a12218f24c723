"""`order:{id}`: the key of a row.

A single placeholder's value is in the key unchanged. With several, `%` and the characters that
follow a placeholder are percent-encoded inside values, so that no two rows share a key: `{a}:{b}`
makes `x%3Ay:z` of ('x:y', 'z'). NULL is the character NUL, which no text contains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from materializers.sinks.document import Expressions, literal
from materializers.sinks.options import Options
from materializers.view import ViewSchema

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """`literals[0] columns[0] literals[1] … columns[-1] literals[-1]`."""

    literals: tuple[str, ...]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, options: Options, schema: ViewSchema) -> KeyPattern:
        """The option `key_pattern`, by default `view:{key}`.
        Raises SinkError where a placeholder is no key column, or two are adjacent."""
        default = ":".join([schema.name, *(f"{{{name}}}" for name in options.key(schema))])
        parts = _PLACEHOLDER.split(options.text("key_pattern", default))
        pattern = cls(tuple(parts[::2]), tuple(parts[1::2]))
        strange = [name for name in pattern.columns if name not in schema.key]
        if strange or not pattern.columns:
            named = f"{{{strange[0]}}} is" if strange else "has"
            raise options.error(
                f"key_pattern {named} no column of the view's key ({', '.join(schema.key)})",
                f"write e.g. key_pattern = '{default}'",
            )
        if "" in pattern.literals[1:-1]:
            raise options.error("two placeholders of key_pattern touch", "put ':' between them")
        return pattern

    def expression(self, expressions: Expressions, prefix: str) -> str:
        """SQL for a row's key, after the generation's prefix."""
        parts = [literal(prefix + self.literals[0])]
        for name, after in zip(self.columns, self.literals[1:], strict=True):
            parts += [self._value(expressions.text(name)), literal(after)]
        return f"concat({', '.join(parts)})"

    def _value(self, text: str) -> str:
        value = f"coalesce({text}, chr(0))"
        separators = {"%", *(between[0] for between in self.literals[1:-1])}
        if len(self.columns) == 1:
            return value
        for character in ["%", *sorted(separators - {"%"})]:
            code = "".join(f"%{byte:02X}" for byte in character.encode())
            value = f"replace({value}, {literal(character)}, '{code}')"
        return value
