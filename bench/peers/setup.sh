#!/bin/sh
# Installs what the comparison needs besides Go: Mosquitto, from the Debian
# package of that name. The other peers are built from Go modules. What is there
# already is left alone.
set -eu
. "$(dirname -- "$0")/../../loadtest/compat/debian.sh"

if command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ]; then
	echo "setup: mosquitto: $(command -v mosquitto || echo /usr/sbin/mosquitto)"
else
	debian mosquitto
fi

if ! command -v taskset >/dev/null; then
	echo "setup: taskset is missing; it is in the package util-linux" >&2
	exit 1
fi
