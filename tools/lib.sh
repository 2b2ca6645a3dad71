# shellcheck shell=sh
# What the scripts beside this one share; each begins with: . "$(dirname "$0")/lib.sh"
set -eu
umask 022
[ -n "${HOME:-}" ] || unset HOME # an empty one is not the root folder
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

fail() {
	echo "awt: $*" >&2
	exit 1
}

# Install Debian packages: debian PACKAGE...
debian() {
	command -v apt-get >/dev/null || fail "please install what this system calls: $*"
	if [ "$(id -u)" = 0 ]; then
		"$top/tools/apt-install" "$@"
	elif command -v sudo >/dev/null; then
		sudo "$top/tools/apt-install" "$@"
	else
		fail "please run as root: apt-get install $*"
	fi
}

# Print the path of a Python that is new enough and that a command can start: find_python COMMAND...
find_python() {
	for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3}; do
		found=$("$@" "$candidate" -c '
import os, sys
if sys.version_info >= (3, 11): print(os.path.realpath(sys.executable))' 2>/dev/null) || continue
		[ -z "$found" ] || break
	done
	[ -n "${found:-}" ] || fail "Python 3.11 or later is needed: apt-get install python3"
	echo "$found"
}

# Make a virtual environment unless it is there and works: make_venv FOLDER PYTHON
make_venv() {
	"$1/bin/python" -m pip --version >/dev/null 2>&1 && return
	if ! "$2" -c 'import ensurepip, venv' 2>/dev/null; then
		debian python3-venv
		"$2" -c 'import ensurepip, venv' || fail "$2 cannot make virtual environments"
	fi
	"$2" -m venv --clear "$1"
}
