"""The alert rules and the dashboard of `ops/`, read for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parent.parent
RULES = ROOT / "ops" / "alerts.yml"
DASHBOARD = ROOT / "ops" / "dashboard.json"
METRIC = re.compile(r"\b(?:rederive|process)_[a-z0-9_]+")
_HEAD = "groups:\n  - name: rederive\n    rules:\n"
_RULE = re.compile(
    r"      - alert: (?P<name>\w+)\n"
    r"        expr: (?P<expression>>-\n(?:          \S.*\n)+|\S.*\n)"
    r"(?:        for: \d+[smh]\n)?"
    r"        labels: \{severity: (?:critical|warning)\}\n"
    r"        annotations:\n"
    r'          summary: "(?P<summary>[^"\\]+)"\n'
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule."""

    name: str
    expression: str
    summary: str


def alerts() -> list[Alert]:
    """The rules. Fails where the file has a line that is part of none: it keeps to one form, so
    that no YAML parser is needed."""
    text = "".join(line for line in RULES.read_text().splitlines(True) if line[:1] != "#")
    assert text.startswith(_HEAD)
    body = text.removeprefix(_HEAD)
    found = list(_RULE.finditer(body))
    assert "".join(each[0] for each in found) == body, "a line is part of no rule"
    return [Alert(each["name"], each["expression"].strip(), each["summary"]) for each in found]


def panels() -> list[dict[str, Any]]:
    """Those of the dashboard."""
    found: list[dict[str, Any]] = orjson.loads(DASHBOARD.read_bytes())["panels"]
    return found


def metrics_named() -> set[str]:
    """Every metric that a rule or a panel asks for."""
    asked = [alert.expression for alert in alerts()]
    asked += [target["expr"] for panel in panels() for target in panel["targets"]]
    return {name for text in asked for name in METRIC.findall(text)}
