#!/bin/sh
# Installs what the end-to-end tests need and Go modules cannot bring:
#   mosquitto_pub/sub/rr, the C clients of Paho and NATS with a compiler, Node.js
#                          (Debian packages)
#   the nats CLI           (built with go install)
#   MQTT.js and nats.js    (npm, the versions of js/package-lock.json)
# Usage: setup.sh [DIRECTORY]   the nats CLI goes to DIRECTORY (default: .cache/bin
# at the root of the checkout). What is there already is left alone.
set -eu

natscli=v0.5.1
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
bin=${1:-$root/.cache/bin}
. "$root/loadtest/compat/debian.sh"

# have says whether each of the programs is there.
have() {
	for program in "$@"; do
		command -v "$program" >/dev/null || return 1
	done
}

packages=
want() { packages="$packages $*"; }

have mosquitto_pub mosquitto_sub mosquitto_rr || want mosquitto-clients
have gcc || want gcc libc6-dev # for the race detector, too
have pkg-config || want pkg-config
have node npm || want nodejs npm
[ -f /usr/include/MQTTClient.h ] || want libpaho-mqtt-dev
[ -f /usr/include/nats/nats.h ] || want libnats-dev
if [ -n "$packages" ]; then
	# shellcheck disable=SC2086 # a list of names
	debian $packages
fi
echo "setup: $(command -v mosquitto_sub), $(command -v gcc), $(command -v node), libpaho-mqtt, libnats"

# npm ci removes node_modules before it fills it, so the file that it writes last
# stands for all of it.
if [ "$here/js/node_modules/.package-lock.json" -nt "$here/js/package-lock.json" ]; then
	echo "setup: MQTT.js and nats.js: $here/js/node_modules"
else
	echo "setup: installing MQTT.js and nats.js with npm"
	(cd "$here/js" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
	touch "$here/js/node_modules/.package-lock.json"
fi

mkdir -p "$bin"
bin=$(CDPATH= cd -- "$bin" && pwd)
if [ -x "$bin/nats" ]; then
	echo "setup: nats CLI: $bin/nats"
else
	echo "setup: building the nats CLI $natscli into $bin (about a minute)"
	GOBIN=$bin GOFLAGS= go install "github.com/nats-io/natscli/nats@$natscli"
fi
