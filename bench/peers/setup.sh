#!/bin/sh
# Installs what the comparison needs besides Go: Mosquitto, from the Debian
# package of that name. The other peers are built from Go modules. What is there
# already is left alone.
set -eu

if command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ]; then
	echo "setup: mosquitto: $(command -v mosquitto || echo /usr/sbin/mosquitto)"
else
	echo "setup: installing mosquitto with apt-get"
	sudo=
	if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
	$sudo apt-get update -q
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends mosquitto
fi

if ! command -v taskset >/dev/null; then
	echo "setup: taskset is missing; it is in the package util-linux" >&2
	exit 1
fi
