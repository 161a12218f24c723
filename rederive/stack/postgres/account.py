"""The account PostgreSQL runs under: it refuses to run with root's effective user id.

As root, a user namespace in which root is called 1000 is enough: nothing changes hands on disk, and
a home below a 0700 folder stays in reach. Where namespaces are forbidden, it runs as `nobody` with
the one capability that lets it pass closed folders above its data.
"""

import os
import pwd
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rederive.stack.errors import StackError
from rederive.stack.tool import run_tool

NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
PROBE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """`prefix` goes before each command; files on disk belong to `user_id` and `group_id`."""

    prefix: tuple[str, ...]
    user_id: int
    group_id: int

    def own(self, folder: Path) -> None:
        """Give the folder and all in it to this account, where it is not so already."""
        status = folder.stat()
        if (status.st_uid, status.st_gid) == (self.user_id, self.group_id):
            return
        for path in (*folder.rglob("*"), folder):
            os.chown(path, self.user_id, self.group_id, follow_symlinks=False)


@lru_cache(maxsize=1)
def find_account() -> Account:
    """The account to use by the user who runs this process.

    Raises StackError where root can neither make a user namespace nor become `nobody`.
    """
    if os.geteuid() != 0:
        return Account((), os.geteuid(), os.getegid())
    for account in (Account(NAMESPACE, 0, 0), as_nobody()):
        if _works(account.prefix):
            return account
    raise StackError(
        "PostgreSQL refuses to run as root, and neither unshare nor setpriv works here.",
        fix="run as an ordinary user, or install util-linux.",
    )


def as_nobody() -> Account:
    """Root's way without namespaces (setpriv(1), capabilities(7): ambient set)."""
    nobody = pwd.getpwnam("nobody")
    prefix = (
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
    )
    return Account(prefix, nobody.pw_uid, nobody.pw_gid)


def _works(prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    return run_tool([*prefix, "true"], PROBE_TIMEOUT_S).returncode == 0
