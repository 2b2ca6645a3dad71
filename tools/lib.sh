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

# Become a program of the project: start PROGRAM ARGUMENT...
#
# A user gets .venv in the checkout. Root gets a copy in /opt/awt/venv, which runs as the system user awt: that
# user may not read the checkout, nor may the program write to its own code. As root it works in /var/lib/awt
# or in AWT_DATA_DIR.
start() {
	if [ "$(id -u)" = 0 ]; then
		start_as_system_user "$@"
	fi
	"$top/tools/develop"
	cd "$top"
	program=$1
	shift
	exec ".venv/bin/$program" "$@"
}

start_as_system_user() {
	user=awt
	venv=/opt/awt/venv
	id "$user" >/dev/null 2>&1 ||
		useradd --system --user-group --home-dir /var/lib/awt --shell /usr/sbin/nologin "$user"

	AWT_DATA_DIR=${AWT_DATA_DIR:-/var/lib/awt}
	case $AWT_DATA_DIR in /*) ;; *) AWT_DATA_DIR=$top/$AWT_DATA_DIR ;; esac
	export AWT_DATA_DIR
	[ -e "$AWT_DATA_DIR" ] || install -d -m 700 -o "$user" -g "$user" "$AWT_DATA_DIR"

	unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME
	as_user="env HOME=/var/lib/awt USER=$user LOGNAME=$user
		setpriv --reuid=$user --regid=$user --init-groups --inh-caps=-all --"
	cd /
	is_current "$venv" || install_copy "$venv" "$as_user"
	program=$1
	shift
	# shellcheck disable=SC2086 # the words of a command
	exec $as_user "$venv/bin/$program" "$@"
}

# Tell whether a copy was made from this checkout as it is now: is_current VENV
is_current() {
	[ "$(cat "$1/.installed" 2>/dev/null)" = "$top" ] || return
	newer=$(find "$top/awt" "$top/twisted" "$top/pyproject.toml" "$top/setup.py" "$top/tools/lib.sh" \
		-name __pycache__ -prune -o -name dropin.cache -prune -o -newer "$1/.installed" -print)
	[ -z "$newer" ]
}

# Install the checkout into a virtual environment, leaving nothing behind in it: install_copy VENV COMMAND
install_copy() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	echo "$top" >"$work/installed" # an edit from here on makes the copy old
	mkdir "$work/source"
	for part in pyproject.toml setup.py README.md LICENSE awt twisted; do
		[ ! -e "$top/$part" ] || cp -R "$top/$part" "$work/source"
	done
	# shellcheck disable=SC2086
	python=$(find_python $2)
	make_venv "$1" "$python"
	echo "awt: installing into $1"
	"$1/bin/python" -m pip install --quiet --root-user-action=ignore "$work/source"
	"$1/bin/twistd" --help >/dev/null # writes twistd's list of plugins, which the user may not
	cp -p "$work/installed" "$1/.installed"
	rm -rf "$work"
	trap - EXIT INT TERM
}
