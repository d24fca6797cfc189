# Two commands matter to whoever opens the project:
#   make demo    the guided tour on the embedded Kinetic server
#   make test    all that every change must keep
GO ?= go
# The race detector needs a C compiler; everything else needs Go alone.
RACE := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)
FUZZTIME ?= 20s
CROSS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: test lint cross bench bench-engine weight ratios fuzz slt integration demo

# The race detector makes the conformance suites of the providers take minutes.
test: lint
	$(GO) test $(RACE) -timeout 30m ./...

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# The product has no C in it: it must build for every target without cgo.
cross:
	@for t in $(CROSS); do echo "build $$t"; \
	CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) build ./... || exit 1; done

# Benchmarks; pipe two runs to benchstat to compare them.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(MAKE) ratios

# The figures that travel between machines: interleaved, medians, CPU time.
ratios:
	$(GO) test -count=1 -v -p 1 -run 'Ratios|Goals' ./internal/jsonpage . -ratios

# The engine beside DuckDB and SQLite: a table of CPU times; fails when a goal is missed.
bench-engine:
	cd integration && $(GO) run ./enginebench

# What the driver adds to a program that has database/sql and net/http; fails
# beyond the goal.
weight:
	@cd integration && $(GO) run ./enginebench/weigh

# Each fuzz target for FUZZTIME; findings stay in testdata/fuzz.
fuzz:
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

# Outside SQL test suites, from the folder that EPICORERP_CORPORA names, over
# tables in memory and over OData. The summary is at the end of each test.
slt:
	@$(GO) test -count=1 -timeout 60m -v -run 'Sqllogictest|RecordedScripts|TPCH|FilterGrammar' ./internal/corpora ./sqlengine ./providers/odata/odatatest >.slt.log 2>&1; \
	status=$$?; grep -aE 'all: |^--- |^ +--- FAIL|^ok|^FAIL|_test.go:[0-9]+: .*:[0-9]*: ' .slt.log | tail -n 200; exit $$status

# Real servers and databases, installed from the package registries.
integration:
	bash integration/run.sh

demo:
	$(GO) run ./cmd/epicorsql demo
