# Trialbox. `make run` and `make test` need Go and make; test installs the rest.
SHELL := /bin/bash
BIN   := $(CURDIR)/.bin
WASM  := GOOS=js GOARCH=wasm
# A large environment ends js/wasm programs at their start, so they get a small one.
SMALL := env -i PATH="$(PATH)" HOME="$(HOME)" GOFLAGS="$(GOFLAGS)" GOPROXY="$$(go env GOPROXY)" GOCACHE="$$(go env GOCACHE)" GOMODCACHE="$$(go env GOMODCACHE)" $(WASM)

.PHONY: help run build size test test-native test-node test-browser test-journey test-r bench simulate check tools clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t16

run: build ## build, serve on 127.0.0.1:7438, open the browser
	go run ./wasm serve -dir dist/site -open

build: ## write dist/site, dist/trialbox.html and dist/trialbox
	go run ./wasm build -o dist

size: ## print the sizes of what was built; fail over a budget
	go run ./wasm build -size -o dist

test: tools ## everything; installs Chromium and Node where they are missing
	$(MAKE) --no-print-directory test-native
	$(MAKE) --no-print-directory test-node
	$(MAKE) --no-print-directory test-browser
	$(MAKE) --no-print-directory build
	$(MAKE) --no-print-directory size
	$(MAKE) --no-print-directory test-journey

test-native: ## vet for both targets, and all tests but those in a browser
	go vet ./...
	$(WASM) go vet ./...
	go test $$(go list ./... | grep -v /wasm/journey)

test-node: ## the statistics once more, as WebAssembly
	$(SMALL) go test -exec="$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./stats/... ./wasm/wire

test-browser: $(BIN)/wasmbrowsertest ## the store, the worker pool and the same bits in a browser
	$(SMALL) WASM_HEADLESS=on go test -exec="$(BIN)/wasmbrowsertest" ./wasm/browser ./stats/same

test-journey: ## the built forms in a browser, end to end (after build)
	TRIALBOX_E2E=1 go test -count=1 -timeout 15m ./wasm/journey

test-r: ## analysis.R run by R on the reference trial; installs R, lme4 and ordinal on Debian
	Rscript -e 'library(lme4); library(ordinal)' >/dev/null 2>&1 || { SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$SUDO apt-get update && $$SUDO apt-get install -y --no-install-recommends r-base-core r-cran-lme4 r-cran-ordinal; }
	TRIALBOX_R=1 go test -count=1 -run 'TestRScript' ./app/report

bench: build ## replicates a second: native, in one browser worker, and R where it is installed
	go test -run '^$$' -bench . -benchtime 2s ./stats/...
	$(SMALL) go test -exec="$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" -run '^$$' -bench AllInstruments ./app/trial
	TRIALBOX_E2E=1 TRIALBOX_BENCH=1 go test -count=1 -v -run TestBench ./wasm/journey

simulate: ## bias, coverage and type I error of every method over 1,000 simulated trials a shape (hours)
	TRIALBOX_SIMULATE=1000 go test -count=1 -v -timeout 24h -run 'TestSimulate' ./stats/boot

check: $(BIN)/staticcheck ## formatting, vet, staticcheck, tests
	@test -z "$$(gofmt -l .)" || { echo "not formatted (gofmt -w):"; gofmt -l .; exit 1; }
	$(BIN)/staticcheck ./...
	$(WASM) $(BIN)/staticcheck ./wasm/...
	$(MAKE) --no-print-directory test

$(BIN)/wasmbrowsertest:
	@echo "Installing wasmbrowsertest into .bin (apart from go.mod: it needs an older chromedp)."
	GOBIN=$(BIN) go install github.com/agnivade/wasmbrowsertest@v0.11.0

$(BIN)/staticcheck:
	@echo "Installing staticcheck into .bin."
	GOBIN=$(BIN) go install honnef.co/go/tools/cmd/staticcheck@latest

tools: $(BIN)/wasmbrowsertest
	@want=""; \
	command -v node >/dev/null || want="$$want nodejs"; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || want="$$want chromium fonts-liberation"; \
	test -z "$$want" && exit 0; \
	line="apt-get update && apt-get install -y$$want"; \
	if ! command -v apt-get >/dev/null; then echo "The tests need:$$want. Install them and run make test again."; exit 1; fi; \
	if test "$$(id -u)" = 0; then echo "Installing for the tests:$$want"; apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$want; \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then echo "Installing for the tests, by sudo:$$want"; sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$want; \
	else echo "The tests need:$$want. Run this line as root, then make test again:"; echo "  $$line"; exit 1; fi

clean: ## remove what was built and installed here
	rm -rf dist .bin
