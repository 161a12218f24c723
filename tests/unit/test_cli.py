"""The command line: help, exit status, faults as one line, and a manual that fits it."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cdc.check import Check
from rederive.cli.check import show_checks
from rederive.cli.main import COMMANDS, main
from rederive.cli.manual import manual

ROOT = Path(__file__).parents[2]
ADDRESSES = {
    "REDERIVE_POSTGRES_DSN": "postgresql://postgres:s3cret@127.0.0.1:1/postgres",
    "REDERIVE_KAFKA": "127.0.0.1:1",
    "REDERIVE_REDIS_URL": "redis://127.0.0.1:1",
    "REDERIVE_ELASTICSEARCH_URL": "http://127.0.0.1:1",
}


def status_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    code = ended.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)


NAMES = [command.__name__ for command in COMMANDS]
ORDERS = ["capture", "capture add", "capture remove", "capture refresh", "capture status"]


@pytest.mark.parametrize("command", [*NAMES, *ORDERS])
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(*command.split(), "--help") == 0
    shown = capsys.readouterr().out
    assert "Example: rederive" in shown and "<bool>" not in shown


def test_the_manual_is_the_commands_own_help() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert text == manual(), "run: python -m rederive.cli.manual > docs/commands.md"


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of("--version") == 0
    assert capsys.readouterr().out.startswith("rederive 0.")


@pytest.mark.parametrize(
    "line",
    [
        "no-such-command",
        "rebuild",
        "status --no-such-option",
        "up oracle",
        "capture --resnapshot status",
        "capture refresh",
        "--project examples/flights rebuild flight_serch",
        "explain flight_serch --project examples/flights",
        "wait --view flight_search --lsn 12 --project=examples/flights",
    ],
)
def test_misuse_is_status_2(
    line: str, addresses: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert status_of(*shlex.split(line)) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_project_is_status_1_with_every_fault_on_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rederive.toml").write_text("[source.a]\ndns = 'x'\n")
    assert status_of("check", "--project", str(tmp_path)) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all("rederive.toml: " in line and " Fix: " in line for line in lines)


def test_a_wrong_view_is_underlined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rederive.toml").write_text(
        '[source.a]\ndsn = "x"\ntables = ["t"]\n[kafka]\n"bootstrap.servers" = "y"\n'
    )
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "v.sql").write_text("CREATE VIEW v AS SELECT 1;")
    assert status_of("check", "--project", str(tmp_path)) == 1
    assert capsys.readouterr().err.splitlines()[1:] == [
        "  CREATE VIEW v AS SELECT 1;",
        "         ^^^^",
    ]


def test_servers_that_are_down_are_named_without_secrets(
    addresses: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of("check", "--project", str(ROOT / "examples" / "flights")) == 1
    shown = capsys.readouterr()
    assert "Cannot connect to source flights" in shown.out
    assert "s3cret" not in shown.out + shown.err


def test_wait_and_nothing_running(addresses: None, capsys: pytest.CaptureFixture[str]) -> None:
    project = str(ROOT / "examples" / "flights")
    line = ("wait", "--view", "flight_search", "--lsn", "0/1", "--timeout", "0")
    assert status_of(*line, "--project", project) == 1
    shown = capsys.readouterr().err
    assert "nobody says whether readers of flights_index see 0/1, after 0 s" in shown
    assert "runs on" in shown and "Fix: start `rederive" in shown


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("add public.orders", "add public.orders to the source's tables in rederive.toml"),
        ("add public.flights", "start `rederive capture`: rederive.toml names"),
        ("remove public.flights", "take it out of the source's tables"),
        ("refresh public.flights", "start `rederive capture`"),
        ("status --json", "start `rederive capture`"),
    ],
)
def test_orders_and_no_capture_runs(
    addresses: None, capsys: pytest.CaptureFixture[str], line: str, fix: str
) -> None:
    project = str(ROOT / "examples" / "flights")
    assert status_of("capture", *line.split(), "--project", project) == 1
    assert f"No capture runs here. Fix: {fix}" in " ".join(capsys.readouterr().err.split())


def test_the_module_runs_and_completes() -> None:
    # The shell is found among the parents, where there need not be one: bash stays this one's.
    command = f"{sys.executable} -m rederive --show-completion; exit $?"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT)
    assert shown.returncode == 0, shown.stderr
    assert "_REDERIVE_COMPLETE" in shown.stdout


def test_a_checks_place_stands_behind_its_fix(capsys: pytest.CaptureFixture[str]) -> None:
    message = "v.sql:3:6: no table\n3 | FROM o\n  |      ^\n"
    show_checks([Check("view v", False, message, "make it")])
    assert capsys.readouterr().out.splitlines() == [
        "wrong   view v: v.sql:3:6: no table. Fix: make it.", "3 | FROM o", "  |      ^",
    ]  # fmt: skip
