# Every target is described by the comment behind it; plain `make` prints them.
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help

GO ?= go
BIN := bin
# -race needs a C compiler; `make check` demands one, `make test` takes it where it is.
RACE := $(shell command -v "$${CC:-cc}" >/dev/null 2>&1 && echo -race)
# A count, never a duration: until Go 1.27 the end of a duration can fail a target that found nothing (go.dev/issue/75804).
FUZZTIME ?= 20000x
BENCHTIME ?= 1x
# What tests build and run is not known to go's cache of results, so `make check` does not believe it.
COUNT ?= -count=1
# Go's own bound, 10 minutes for a package, is little on two busy cores with the race detector.
TESTTIMEOUT ?= 25m
GOLANGCI_VERSION := v2.15.0
GOLANGCI := $(shell command -v golangci-lint 2>/dev/null || echo $(CURDIR)/$(BIN)/golangci-lint)
FUZZ := schema:FuzzParse schema:FuzzMends schema/diag:FuzzWriters compiler:FuzzFit compiler:FuzzSecretBy emit:FuzzEncode emit:FuzzDiff emit:FuzzApply \
	emit:FuzzRecords emit:FuzzUnfactor emit/impact:FuzzMarkdown emit/kinds:FuzzCompile runner:FuzzCheckpoint runner/contract:FuzzRoundTrip \
	runner/contract:FuzzParse runner/contract:FuzzEscape runner:FuzzMark runner/record:FuzzParseDelayed runner/record:FuzzParseParked cmd/pipelinectl/internal/origin:FuzzParsePath cmd/pipelinectl/internal/fields:FuzzFind \
	cmd/pipelinectl/internal/krm:FuzzRun cmd/pipelinectl/internal/deadletters:FuzzFromJSON cmd/pipelinectl/internal/deadletters:FuzzParseMarks

# ENVTEST is the folder of etcd and kube-apiserver for `make envtest`.
ENVTEST ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pipelinectl/envtest

.PHONY: help build test envtest kafka chaos lint generate golden fuzz bench demo check clean

help: ## print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

build: ## build bin/pipelinectl and bin/runner
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/ ./cmd/pipelinectl ./cmd/runner

test: ## run every test (with -race where there is a C compiler)
	$(GO) test $(RACE) -timeout $(TESTTIMEOUT) ./...

envtest: ## run the tests that need an API server; PIPELINECTL_CRDS names a folder of the CRDs that it is to serve
	@test -d "$${PIPELINECTL_CRDS:-}" || { echo "make envtest needs PIPELINECTL_CRDS: a folder with the CRDs of Strimzi, its access operator, Emissary, cert-manager, the Prometheus operator, Flux and Argo CD" >&2; exit 1; }
	.ci/envtest "$(ENVTEST)"
	PIPELINECTL_CRDS="$$(cd "$$PIPELINECTL_CRDS" && pwd)" KUBEBUILDER_ASSETS="$(abspath $(ENVTEST))" $(GO) test -count=1 ./emit/kinds ./cmd/pipelinectl/internal/cli -run Server

kafka: ## run the tests that need a real Kafka: that at KAFKA_BOOTSTRAP, else one that docker starts
	.ci/kafka $(GO) test -count=1 -timeout $(TESTTIMEOUT) ./runner/... ./cmd/... -run Real

chaos: ## kill parts of a pipeline 50 times on the embedded broker, and prove on planted bugs that it would be noticed
	$(GO) test -count=1 -timeout $(TESTTIMEOUT) ./cmd/pipelinectl -run 'Chaos(Kills|Planted)' -chaos

lint: $(GOLANGCI) ## run the linters; any finding fails
	$(GOLANGCI) run ./...

$(CURDIR)/$(BIN)/golangci-lint:
	GOBIN=$(CURDIR)/$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

generate: build ## write the published JSON schemas, schema/v1alpha1/
	mkdir -p schema/v1alpha1
	$(BIN)/pipelinectl schema Pipeline >schema/v1alpha1/pipeline.schema.json
	$(BIN)/pipelinectl schema Environment >schema/v1alpha1/environment.schema.json
	$(BIN)/pipelinectl schema Defaults >schema/v1alpha1/defaults.schema.json
	$(BIN)/pipelinectl schema Project >schema/v1alpha1/project.schema.json

golden: ## write the golden files anew from what the code gives today
	$(GO) test ./cmd/pipelinectl -run 'Golden|Scripts' -update
	$(GO) test ./emit/gitops -run Trees -update

fuzz: ## run each fuzz target for FUZZTIME inputs
	for target in $(FUZZ); do $(GO) test "./$${target%%:*}" -run '^$$' -fuzz "^$${target##*:}\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x; done

bench: ## run the benchmarks; each prints its ratio to a reference in the same run
	$(GO) test ./... -run '^$$' -bench . -benchtime $(BENCHTIME)

demo: build ## compile the quickstart, run it on the embedded broker, feed it a text, show what arrives
	$(GO) run ./examples/quickstart/demo $(BIN)/pipelinectl LICENSE README.md

check: ## what CI runs: lint, tests with -race, generated files up to date, a little fuzzing, the benchmarks once
	@command -v "$${CC:-cc}" >/dev/null || { echo "make check needs a C compiler for -race" >&2; exit 1; }
	$(MAKE) lint
	$(GO) test -race $(COUNT) -timeout $(TESTTIMEOUT) ./...
	$(GO) test ./cmd/pipelinectl/internal/origin -count=1 -run Explained -all
	$(MAKE) generate golden
	git diff --exit-code -- schema testdata emit || { echo "generated files are stale: run 'make generate golden' and commit" >&2; exit 1; }
	@test -z "$$(git status --porcelain --untracked-files=all -- schema testdata emit)" || { git status --short -- schema testdata emit; echo "generated files are not committed" >&2; exit 1; }
	$(MAKE) fuzz FUZZTIME=5000x
	$(MAKE) bench

clean: ## remove what the other targets built
	rm -rf $(BIN) examples/*/deploy
