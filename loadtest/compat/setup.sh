#!/bin/sh
# Installs what the end-to-end tests need and Go modules cannot bring:
# mosquitto_pub/sub/rr (Debian package mosquitto-clients) and the nats CLI.
# Usage: setup.sh [DIRECTORY]   the nats CLI goes to DIRECTORY (default: .cache/bin
# at the root of the checkout). What is there already is left alone.
set -eu

natscli=v0.5.1
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
bin=${1:-$root/.cache/bin}
. "$root/loadtest/compat/debian.sh"

if command -v mosquitto_pub >/dev/null && command -v mosquitto_sub >/dev/null && command -v mosquitto_rr >/dev/null; then
	echo "setup: mosquitto clients: $(command -v mosquitto_sub)"
else
	debian mosquitto-clients
fi

if command -v gcc >/dev/null; then
	echo "setup: C compiler for the race detector: $(command -v gcc)"
else
	debian gcc libc6-dev
fi

mkdir -p "$bin"
bin=$(CDPATH= cd -- "$bin" && pwd)
if [ -x "$bin/nats" ]; then
	echo "setup: nats CLI: $bin/nats"
else
	echo "setup: building the nats CLI $natscli into $bin (about a minute)"
	GOBIN=$bin GOFLAGS= go install "github.com/nats-io/natscli/nats@$natscli"
fi
