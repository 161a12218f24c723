#!/usr/bin/env bash
# install.sh demo|dev: a virtual environment in .venv that holds exactly requirements/NAME.lock and
# this project. Does nothing where that has been done for these very files.
# PYTHON names the interpreter to use; else the newest of 3.13, 3.12, 3.11 that really runs.
set -eEuo pipefail
cd "$(dirname "$0")/.."
name=$1
log=.venv/install.log

fail() { echo "$1 Fix: $2" >&2; exit 2; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1; }

# A name on PATH may be a pyenv shim that fails: only running it tells.
find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if is_new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    fail "${PYTHON:-python3} is not a Python 3.11 or newer." \
        "install Python 3.11+, or name one: make PYTHON=/path/to/python3.12"
}

make_environment() {
    local python=$1
    "$python" -c 'import venv, ensurepip' 2> /dev/null ||
        fail "$python has no venv module." "apt install python3-venv, or name another with PYTHON=."
    echo "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
}

# Count the packages as pip names them: one line that moves on a terminal, each tenth elsewhere.
show_progress() {
    local total=$1 terminal=0
    if [ -t 1 ]; then terminal=1; fi
    awk -v total="$total" -v terminal="$terminal" '
        /^Collecting / { n++; split($2, part, "=="); text = "  " n " of " total " packages " part[1] }
        /^Collecting / && terminal { printf "\r\033[K%s", text; fflush() }
        /^Collecting / && !terminal && (n % 10 == 0 || n == total) { print text; fflush() }
        /^Installing collected/ { print (terminal ? "\r\033[K" : "") "  unpacking"; fflush() }'
}

pip_install() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --no-deps "$@" \
        >> "$log" 2>&1
}

install_lock() {
    local lock=$1 total
    shift
    total=$(grep -cE '^[A-Za-z0-9].*==' "$lock")
    echo "installing $lock"
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --no-deps \
        --require-hashes "$@" --requirement "$lock" 2>> "$log" | tee -a "$log" |
        show_progress "$total"
}

explain() { tail -n 20 "$log" >&2 || true; echo "the installation failed; all of it is in $log" >&2; }

python=$(find_python)
stamp=.venv/$name.stamp
inputs=(requirements/build.lock "requirements/$name.lock" pyproject.toml requirements/install.sh)
wanted=$(cat "${inputs[@]}" | "$python" -c \
    'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
# The folder's own path is in the stamp: an environment that was moved no longer works.
wanted="$wanted $PWD"
if [ "$(cat "$stamp" 2> /dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2> /dev/null; then
    exit 0
fi
if ! .venv/bin/python -m pip --version > /dev/null 2>&1 || ! grep -qsxF "$PWD" .venv/made-in; then
    make_environment "$python"
    echo "$PWD" > .venv/made-in
fi
: > "$log"
trap explain ERR
install_lock requirements/build.lock
install_lock "requirements/$name.lock" --no-build-isolation
pip_install --no-build-isolation --editable .
echo "$wanted" > "$stamp"
