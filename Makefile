# What .ci/run runs, a person can run: each target stands for itself.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

FUZZTIME ?= 20s
# Concurrency lives in these; the race detector costs too much time for the others.
RACED := ./engine ./proctor ./web
# SQLite in Go is C that was translated: one call at a time on each connection, and no generic
# function that our code could share. Watching each of its bytes takes most of the time.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false
# make check vets. Many tests wait for a disk or a clock: more run at a time than there are processors.
GOTEST := go test -vet=off -parallel 4
# Tests need no build that is guided by a profile: everything would be compiled once more.
prepare plain raced scripts browser check: export GOFLAGS += -pgo=off
BINARY := $(CURDIR)/terang

.PHONY: help
help: ## list the targets
	@awk -F ': .*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## hold a whole sitting on this machine, with simulated candidates
	go run ./cmd/terang demo

.PHONY: build
build: ## build ./terang
	go build -o $(BINARY) ./cmd/terang

.PHONY: prepare
prepare:
	@.ci/prepare

# One after the other: each uses all processors, and many judge by the clock what became of
# a candidate's time.
.PHONY: test
test: prepare plain raced scripts browser ## test everything; as root, installs what is missing

.NOTPARALLEL:

.PHONY: units
units: plain raced ## test the Go packages only, some with the race detector

.PHONY: plain
plain:
	$(GOTEST) -timeout 30m $$(.ci/packages without $(RACED))

.PHONY: raced
raced:
	if .ci/packages race; then $(GOTEST) $(RACE) -timeout 25m $(RACED); else $(GOTEST) -timeout 25m $(RACED); fi

.PHONY: scripts
scripts: ## test the pages' scripts only, in node
	node web/e2e/run.mjs $$(find web/static -name '*.test.js' | sort)

.PHONY: browser
browser: build ## test the pages only, in a real Chromium
	npm ci --prefix web/e2e --no-audit --no-fund --loglevel=error
	TERANG_BIN=$(BINARY) node web/e2e/run.mjs $$(find web/e2e -maxdepth 1 -name '*.test.mjs' | sort)

.PHONY: check
check: ## format, vet, lint, known vulnerabilities
	@.ci/check

.PHONY: bench
bench: ## measure, beside a baseline in the same run (an hour)
	go test -run '^$$' -bench . -benchmem ./...

# What the compiler is told about where time goes: it shifts with the code, and is renewed now and
# then. A profile names the files of the program and the program's own: neither tells whose machine it was.
PROFILED := /tmp/terang-profile
.PHONY: profile
profile: ## renew the profile that builds are guided by (three minutes)
	rm -rf $(PROFILED) && mkdir $(PROFILED)
	go build -trimpath -o $(PROFILED)/terang ./cmd/terang
	for n in 1000 64; do TERANG_CPUPROFILE=$(PROFILED) $(PROFILED)/terang rehearse --profile max --candidates $$n --for 15s; done
	find $(PROFILED) -name '*.pb.gz' -size +1k -exec go tool pprof -proto {} + >cmd/terang/default.pgo
	rm -rf $(PROFILED)

.PHONY: fuzz
fuzz: ## let every fuzz test look for FUZZTIME (20s)
	@.ci/fuzz $(FUZZTIME)

.PHONY: crash
crash: ## kill, stop and cut every part under load, and compare (half an hour)
	TERANG_CRASH=full go test -count=1 -v -timeout 45m -run 'Dies|Killed|BeforeTheCommit|InOrder|WithoutIts|Outlive|Hangs|Cut|Leaves' ./cmd/terang ./engine/...
