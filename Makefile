# make help lists the targets.
GO       ?= go
CACHE    := $(CURDIR)/.cache
TOOLS    := $(CACHE)/bin
RELEASE  ?= $(shell git describe --tags --always --dirty 2>/dev/null)
FUZZTIME ?= 30000x
SOAK_TIME ?= 10m
SOAK_SEED ?=

COMPARISON = bash bench/peers/setup.sh && cd bench/peers && $(GO) run . \
	-page ../../docs/performance.md -results ../results -gate
# More flags for it, such as -merge -run '^N-N/', which renew some rows only.
COMPARE ?=

# What make bench runs: codecs, translation, trie, hub, sessions, and all of them
# together. Without what has to fill a trie of a million first.
BENCH = $(GO) test -run '^$$' -bench . -skip 'OfMillion|OneOf|Churn' -benchmem -count 6 -benchtime 80ms \
	./codec/... ./translate ./trie ./hub ./session/... ./bench
# Parts for make scale, such as "fan-out live"; all if empty.
SCALE ?=

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BENCHSTAT   := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

.PHONY: help build run test test-unit test-alloc test-tools test-e2e conformance yardsticks test-all setup fmt vet lint fuzz fuzz-short bench bench-baseline scale peers compare compare-all soak soak-short cross check clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## build bin/isthmus and bin/isthmus-load
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.release=$(RELEASE)" -o bin/ ./cmd/isthmus ./cmd/isthmus-load

run: build ## build and start with defaults
	./bin/isthmus

test: setup test-unit test-alloc test-tools test-e2e ## everything that must be green, with what it needs installed

setup: ## install what the tests need (Debian packages, the nats command)
	bash loadtest/compat/setup.sh $(TOOLS)

test-unit: ## unit, transcript and property tests under the race detector
	$(GO) test -race -shuffle=on ./...

test-alloc: ## allocation and budget tests, which the race detector would distort
	$(GO) test -run 'Alloc|Budget|Leak' ./...

test-tools: ## the comparison's own tests; docs/scale.md and its plots are those of the newest results
	cd bench/peers && $(GO) test -count=1 ./...
	cd bench/plot && $(GO) test -count=1 ./...

test-e2e: ## the started binary with real clients
	cd loadtest/compat && PATH="$(TOOLS):$$PATH" $(GO) test -count=1 -shuffle=on ./...

conformance: ## hold the started binary against MQTT 3.1.1 and 5.0, and write docs/conformance.md
	cd loadtest/compat/conformance && $(GO) test -count=1 -rewrite .

yardsticks: ## published tests of Eclipse and Mosquitto: PAHO= and MOSQUITTO= are checkouts of theirs
	cd loadtest/compat && PAHO="$(abspath $(PAHO))" MOSQUITTO="$(abspath $(MOSQUITTO))" $(GO) test -count=1 -tags yardsticks -v ./yardsticks

test-all: test fuzz-short ## make test, the slow tests, and the binary under the race detector
	$(GO) test -count=1 -tags slow -v -run HundredThousand ./loadtest/disturb
	cd loadtest/compat && PATH="$(TOOLS):$$PATH" $(GO) test -count=1 -tags slow ./...
	cd loadtest/compat && PATH="$(TOOLS):$$PATH" ISTHMUS_RACE=1 $(GO) test -count=1 ./...

fmt: ## gofmt everything
	gofmt -w $$(git ls-files '*.go')

vet: ## go vet, all modules
	$(GO) vet ./...
	cd loadtest/compat && $(GO) vet ./...
	cd bench/peers && $(GO) vet ./...
	cd bench/plot && $(GO) vet ./...

lint: vet $(TOOLS)/staticcheck ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run make fmt"; exit 1; }
	$(TOOLS)/staticcheck ./...

$(TOOLS)/staticcheck:
	GOBIN=$(TOOLS) $(GO) install $(STATICCHECK)

fuzz-short: ## every fuzz target for FUZZTIME (30000 runs)
	bash bench/fuzz.sh $(FUZZTIME)

fuzz: ## every fuzz target for five minutes
	bash bench/fuzz.sh 5m

bench: $(TOOLS)/benchstat ## in-process benchmarks, compared with bench/baseline.txt, in under 5 minutes
	$(BENCH) > $(CACHE)/bench.txt || { cat $(CACHE)/bench.txt; exit 1; }
	$(TOOLS)/benchstat bench/baseline.txt $(CACHE)/bench.txt

bench-baseline: ## measure bench/baseline.txt anew; on a machine at rest
	@mkdir -p $(CACHE)
	{ echo "# make bench-baseline at $(RELEASE), $$(date -u '+%Y-%m-%d %H:%M UTC'); Linux $$(uname -r);" \
		"$$(nproc) cores; $$($(GO) env GOVERSION); load average at the start $$(cut -d' ' -f1-3 /proc/loadavg)"; \
		$(BENCH); } > $(CACHE)/baseline.txt || { cat $(CACHE)/baseline.txt; exit 1; }
	cp $(CACHE)/baseline.txt bench/baseline.txt

$(TOOLS)/benchstat:
	GOBIN=$(TOOLS) $(GO) install $(BENCHSTAT)

scale: ## how cost grows: a million sessions in process, 15,000 real connections; docs/scale.md (a quarter of an hour, 5 GB)
	$(GO) run ./bench/scale $(SCALE)
	cd bench/plot && $(GO) run .

peers: build ## measure against nats-server and, where installed, Mosquitto
	cd bench/peers && $(GO) run . $(PEERS)

compare: ## the comparison in docs/performance.md, core rows in under 20 minutes; fails if a floor is missed
	$(COMPARISON) -core -rounds 3 -seconds 0.7 $(COMPARE)

compare-all: ## the same with all rows, in about 40 minutes; a run that takes over 4 minutes is given up, and named
	$(COMPARISON) -rounds 3 -seconds 0.7 -limit 4m $(COMPARE)

soak: ## random traffic, clients that die, exact accounts: SOAK_TIME for each number of lanes, under the race detector
	SOAK_TIME=$(SOAK_TIME) SOAK_SEED=$(SOAK_SEED) $(GO) test -race -count=1 -timeout 0 -v -run 'TestSoak|TestVisibility' ./loadtest/soak

soak-short: ## half a minute of it
	$(MAKE) soak SOAK_TIME=30s

cross: ## build for the other architectures
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/isthmus
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/isthmus-load

check: test soak-short lint fuzz-short cross ## what CI runs

clean: ## remove what was built
	rm -rf bin .cache
