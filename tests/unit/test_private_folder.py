"""The state folder is its owner's alone, whatever the umask and whoever made it."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdc.errors import ConfigError
from cdc.private_folder import private_folder


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_closed(tmp_path: Path) -> None:
    assert mode_of(private_folder(tmp_path / "some" / "state")) == 0o700


def test_one_that_was_open_is_closed_with_all_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    (state / "spill").mkdir(parents=True)
    for file in (state / "pipeline.duckdb", state / "spill" / "rows"):
        file.write_text("rows")
    other = tmp_path / "elsewhere"
    other.write_text("not ours to change")
    (state / "link").symlink_to(other)
    state.chmod(0o755)
    with caplog.at_level(logging.WARNING):
        private_folder(state)
        private_folder(state)
    assert mode_of(state) == mode_of(state / "spill") == 0o700
    assert mode_of(state / "pipeline.duckdb") == mode_of(state / "spill" / "rows") == 0o600
    assert mode_of(other) == 0o666
    assert [each.getMessage() for each in caplog.records] == [
        f"{state} was open to other users (mode 0755): it is 0700 now"
    ]


def test_what_is_more_than_a_state_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "rederive.toml").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigError, match="more than a folder for state"):
        private_folder(tmp_path)
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o1777)
    shared.chmod(0o1777)
    with pytest.raises(ConfigError, match=r"written by other users \(mode 1777\).* Fix: name a"):
        private_folder(shared)
    assert mode_of(tmp_path) == 0o755 and mode_of(shared) == 0o1777
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"state folder .* cannot be made"):
        private_folder(tmp_path / "file" / "state")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    os.chown(state, 65534, 65534)
    with pytest.raises(ConfigError, match=r"belongs to another user. Fix: run as that user"):
        private_folder(state)
