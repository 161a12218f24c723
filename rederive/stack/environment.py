"""What the stack takes from the user's environment, and nothing else reads it.

REDERIVE_CACHE       folder for fetched jars, instead of the user's cache folder
REDERIVE_MAVEN_URL   base URL of a Maven repository, instead of Maven Central
JAVA_HOME            a Java to prefer
"""

import os
from pathlib import Path

import platformdirs

MAVEN_CENTRAL = "https://repo1.maven.org/maven2"
_KEPT = ("PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH")


def cache_folder() -> Path:
    """The folder that keeps what was fetched, shared by all projects of this user."""
    chosen = os.environ.get("REDERIVE_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("rederive"))


def maven_url() -> str:
    """Base URL of the Maven repository to fetch from, without a closing slash."""
    return os.environ.get("REDERIVE_MAVEN_URL", MAVEN_CENTRAL).rstrip("/")


def java_home() -> Path | None:
    """The Java that the user prefers, if any."""
    chosen = os.environ.get("JAVA_HOME")
    return Path(chosen) if chosen else None


def server_environment() -> dict[str, str]:
    """Variables handed to servers: few, so that PGDATA or CLASSPATH of the user change nothing."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"LANG": "C.UTF-8"}
