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

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BENCHSTAT   := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908174016-cf3f1c6e6e2f

.PHONY: help build run test test-unit test-alloc test-e2e conformance yardsticks test-all setup fmt vet lint fuzz fuzz-short bench scale peers compare compare-all soak soak-short cross check clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## build bin/isthmus and bin/isthmus-load
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.release=$(RELEASE)" -o bin/ ./cmd/isthmus ./cmd/isthmus-load

run: build ## build and start with defaults
	./bin/isthmus

test: setup test-unit test-alloc test-e2e ## everything that must be green, with what it needs installed

setup: ## install what the tests need (Debian packages, the nats command)
	bash loadtest/compat/setup.sh $(TOOLS)

test-unit: ## unit, transcript and property tests under the race detector
	$(GO) test -race -shuffle=on ./...

test-alloc: ## allocation and budget tests, which the race detector would distort
	$(GO) test -run 'Alloc|Budget|Leak' ./...

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

lint: vet $(TOOLS)/staticcheck ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run make fmt"; exit 1; }
	$(TOOLS)/staticcheck ./...

$(TOOLS)/staticcheck:
	GOBIN=$(TOOLS) $(GO) install $(STATICCHECK)

fuzz-short: ## every fuzz target for FUZZTIME (30000 runs)
	bash bench/fuzz.sh $(FUZZTIME)

fuzz: ## every fuzz target for five minutes
	bash bench/fuzz.sh 5m

bench: ## in-process benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

scale: ## a million sessions in process: memory, pauses, cost per message (a quarter of an hour, 5 GB)
	$(GO) run ./bench/scale $(SCALE)

peers: build ## measure against nats-server and, where installed, Mosquitto
	cd bench/peers && $(GO) run . $(PEERS)

compare: ## the comparison in docs/performance.md, core rows in under 20 minutes; fails if a floor is missed
	$(COMPARISON) -core -rounds 3 -seconds 0.7 $(COMPARE)

compare-all: ## the same with all rows, in about 40 minutes
	$(COMPARISON) -rounds 3 -seconds 0.7 $(COMPARE)

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
