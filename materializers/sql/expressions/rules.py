"""The rule for each kind of expression that needs only what `Translating` offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from materializers.sql.expressions import (
    arrays,
    bits,
    choice,
    comparisons,
    concatenation,
    containment,
    json_operators,
    jsonb_changes,
    keyword_calls,
    literals,
    overlaps,
    predicates,
    quantified,
    regular_expressions,
)
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Expression

Rule = Callable[[Translating, Any], Expression]

EXPRESSION_RULES: Mapping[type[Any], Rule] = {
    **dict.fromkeys(comparisons.COMPARISONS, quantified.compare_),
    exp.Literal: literals.literal_,
    exp.RawString: literals.escaped_,
    exp.ByteString: literals.escaped_,
    exp.UnicodeString: literals.unicode_,
    exp.Interval: literals.interval_,
    exp.Is: predicates.is_,
    exp.Between: predicates.between_,
    exp.In: quantified.in_,
    exp.Like: predicates.like_,
    exp.ILike: predicates.like_,
    exp.Escape: predicates.escape_,
    exp.Collate: predicates.collate_,
    exp.RegexpLike: regular_expressions.matches_,
    exp.RegexpILike: regular_expressions.matches_,
    exp.SimilarTo: regular_expressions.similar_,
    exp.StartsWith: predicates.starts_,
    exp.Case: choice.case_,
    exp.Overlaps: overlaps.overlaps_,
    exp.DPipe: concatenation.concatenate_,
    exp.Extract: keyword_calls.extract_,
    exp.Substring: keyword_calls.keyword_call,
    exp.Ceil: keyword_calls.keyword_call,
    exp.Floor: keyword_calls.keyword_call,
    exp.Sqrt: keyword_calls.root_,
    exp.Cbrt: keyword_calls.root_,
    exp.Overlay: keyword_calls.overlay_,
    exp.Trim: keyword_calls.trim_,
    exp.StrPosition: keyword_calls.position_,
    exp.AtTimeZone: keyword_calls.at_time_zone_,
    exp.Array: arrays.array_,
    exp.Bracket: arrays.subscript_,
    exp.ArrayOverlaps: arrays.overlaps_,
    exp.ArrayContainsAll: containment.contains_,
    exp.ArrayContainedBy: containment.contained_,
    exp.JSONExtract: json_operators.arrow_,
    exp.JSONExtractScalar: json_operators.arrow_,
    exp.JSONBExtract: json_operators.path_,
    exp.JSONBExtractScalar: json_operators.path_,
    exp.JSONBContainsTopKey: json_operators.has_key_,
    exp.JSONBContainsAnyTopKeys: json_operators.has_keys_,
    exp.JSONBContainsAllTopKeys: json_operators.has_keys_,
    exp.JSONBDeleteAtPath: jsonb_changes.without_path_,
    exp.BitwiseAnd: bits.bitwise_,
    exp.BitwiseOr: bits.bitwise_,
    exp.BitwiseXor: bits.bitwise_,
    exp.BitwiseLeftShift: bits.bitwise_,
    exp.BitwiseRightShift: bits.bitwise_,
    exp.BitwiseNot: bits.complement_,
}
