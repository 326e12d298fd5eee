#!/bin/sh
# Makes .venv from pyproject.toml and requirements/lock.txt, and last of all the stamp .venv/.ready.
#
# Needs python3 >= 3.11 (PYTHON=... chooses another), and nothing else. What a bare Debian or Ubuntu lacks is installed with
# apt-get, as root or through sudo where that asks no password:
#   python3-venv   required
#   libzbar        optional: the system library of pyzbar, a second reader of QR images; zxing-cpp, the first, brings its own
# VITALETOKEN_NO_APT=1 keeps it from installing anything on the system.
set -eu
umask 022
cd "$(dirname "$0")/.."

LC_ALL=C.UTF-8
PIP_DISABLE_PIP_VERSION_CHECK=1
PIP_NO_INPUT=1
PIP_ROOT_USER_ACTION=ignore
DEBIAN_FRONTEND=noninteractive
export LC_ALL PIP_DISABLE_PIP_VERSION_CHECK PIP_NO_INPUT PIP_ROOT_USER_ACTION DEBIAN_FRONTEND
# Settings that would make pip install elsewhere, or python import from elsewhere.
unset PIP_TARGET PIP_PREFIX PIP_USER PYTHONHOME PYTHONPATH VIRTUAL_ENV

say() { printf 'bootstrap: %s\n' "$*"; }
die() { printf 'bootstrap: %s\n' "$*" >&2; exit 1; }

# --- system packages -------------------------------------------------------------------------------------------------

as_root=

# May we install system packages? Sets as_root to the prefix for that.
can_apt() {
    [ -z "${VITALETOKEN_NO_APT:-}" ] || return 1
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null </dev/null || return 1
    as_root="sudo -n"
}

# Run apt-get: no questions, and no output unless it fails.
apt() {
    log=$(mktemp)
    # shellcheck disable=SC2086  # as_root is empty or two words
    if $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
    else
        tail -n 15 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

apt_updated=
apt_update() {
    [ -n "$apt_updated" ] || apt update || return 1
    apt_updated=yes
}

# --- python ----------------------------------------------------------------------------------------------------------

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || die "there is no '$python'. Install Python 3.11 or later, or set PYTHON to it."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || die "'$python' does not run."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "'$python' is Python $version; 3.11 or later is needed. Set PYTHON to one, for example: make PYTHON=python3.12 demo"

has_venv() { "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; }
if ! has_venv; then
    package=python${version}-venv
    [ "$("$python" -c 'import sys; print(sys.base_prefix)')" = /usr ] ||
        die "'$python' (Python $version) was built without venv and ensurepip. Set PYTHON to a Python that has them."
    if can_apt; then
        say "installing $package (Python's venv is not on this system)"
        if apt_update; then apt install -y --no-install-recommends "$package" || true; fi
    fi
    has_venv || die "Python's venv module is missing. Install it, then run again:  apt-get install $package"
fi

has_zbar() { "$python" -c 'import sys, ctypes.util; sys.exit(not ctypes.util.find_library("zbar"))' >/dev/null 2>&1; }
if ! has_zbar; then
    if can_apt; then
        say "installing libzbar (the second QR reader's system library)"
        # Its name is libzbar0t64 since Debian 13 and Ubuntu 24.04.
        if apt_update; then
            package=libzbar0
            if apt-cache show libzbar0t64 >/dev/null 2>&1; then package=libzbar0t64; fi
            apt install -y --no-install-recommends "$package" || true
        fi
    fi
    has_zbar || say "libzbar is missing: QR images are then read with zxing-cpp only. To add it:  apt-get install libzbar0"
fi

# --- environment -----------------------------------------------------------------------------------------------------

rm -f .venv/.ready
# An environment is re-used only when it works and its Python is the one asked for.
wanted=$("$python" -c 'import sys; print(sys.version, sys.base_prefix)')
if [ -e .venv ] && [ "$(.venv/bin/python -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null)" != "$wanted" ]; then
    rm -rf .venv
fi
# An environment that was half made has no pip.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    say "making .venv with Python $version"
    "$python" -m venv .venv
fi

# Exactly what was locked: every file is checked against its hash, and nothing is built here but this package itself,
# with the locked build backend.
say "installing the locked packages"
.venv/bin/python -m pip install -q --require-hashes --only-binary :all: -r requirements/lock.txt </dev/null ||
    die "the locked packages could not be installed (see above)."
.venv/bin/python -m pip install -q --no-deps --no-build-isolation --no-index --editable . </dev/null ||
    die "this package could not be installed (see above)."
.venv/bin/python -m pip check >/dev/null ||
    die "requirements/lock.txt no longer agrees with pyproject.toml. Run: make lock"

: > .venv/.ready
say "ready"
