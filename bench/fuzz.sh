#!/usr/bin/env bash
# Runs every fuzz target, those of loadtest/compat included, for the given time (5m)
# or number of runs (30000x) each. CI counts runs: go's fuzzer sometimes takes its
# own deadline for a failure of the target.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30000x}
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/^func //' | sort -u); do
		echo "-- $dir $target"
		# From within: the directory may belong to another module.
		(cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x .)
	done
done
