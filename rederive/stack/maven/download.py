"""Jars by plain HTTPS, several at once, each retried a few times."""

import shutil
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rederive.stack.environment import maven_url
from rederive.stack.errors import StackError
from rederive.stack.maven.lock import Jar, Lock
from rederive.stack.report import Report

PARALLEL_MAX = 8
ATTEMPTS_MAX = 4
TIMEOUT_S = 30.0
PAUSE_S = 0.5


def download_jars(lock: Lock, folder: Path, report: Report) -> None:
    """Download the lock's jars into `folder`.

    Raises StackError for the first jar that cannot be had; the rest is then given up.
    """
    report.say("download the jars", 0.0)
    with ThreadPoolExecutor(PARALLEL_MAX, thread_name_prefix="download") as pool:
        jobs = [pool.submit(_download, jar, folder, report) for jar in lock.jars]
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                job.result()
                report.say("download the jars", done / len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _download(jar: Jar, folder: Path, report: Report) -> None:
    url = f"{maven_url()}/{jar.url_path}"
    for attempt in range(1, ATTEMPTS_MAX + 1):
        report.check()
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
                with jar.path(folder).open("wb") as file:
                    shutil.copyfileobj(response, file)
            return
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it is also the answer, and holds the connection
            if attempt == ATTEMPTS_MAX or _is_final(error):
                raise StackError(
                    f"{url} cannot be fetched: {error}.",
                    fix="check the network, or set REDERIVE_MAVEN_URL to a mirror of yours.",
                ) from error
        time.sleep(PAUSE_S * attempt)


def _is_final(error: OSError) -> bool:
    """Whether the repository has answered and would answer the same again."""
    return isinstance(error, urllib.error.HTTPError) and error.code in (401, 403, 404, 410)
