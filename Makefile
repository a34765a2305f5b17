# How long each fuzz target runs: a time (10s) or a number of inputs (1000x).
FUZZTIME ?= 10s
# How often make histories runs each race.
ROUNDS ?= 100000
# How long make faults goes on with each fault set, and which sets, as in pause|kill.
FAULTTIME ?= 5m
FAULTS ?= .*
# How many connections and streams make connections opens at each framework's server.
CONNECTIONS ?= 10000
STREAMS ?= 1500
# The newest versions that make newest tests with; go.mod names the lowest. fasthttp's security fixes are in 1.70 and later;
# from 1.76 on it needs a module that not every proxy has. quic-go 0.59.0, which Gin 1.12 requires, has a known hole.
NEWEST = github.com/gin-gonic/gin@v1.12.0 github.com/labstack/echo/v4@v4.16.0 github.com/gofiber/fiber/v2@v2.52.15 \
	github.com/valyala/fasthttp@v1.74.0 github.com/quic-go/quic-go@v0.59.1 github.com/redis/go-redis/v9@v9.23.0 \
	github.com/coder/websocket@v1.8.15 github.com/anishathalye/porcupine@v1.3.1
NEWEST_echov5session = github.com/labstack/echo/v5@v5.3.1
NEWEST_fiberv3session = github.com/gofiber/fiber/v3@v3.5.0 github.com/valyala/fasthttp@v1.74.0
NEWTESTS = ./ginsession ./echosession ./fibersession ./nethttpsession ./internal/parity ./internal/storemodel ./core/redisstore
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Adapters that are modules of their own.
ADAPTERS = echosession/echov5session fibersession/fiberv3session
MODULES = . $(ADAPTERS) internal/lab

export REDIS_REQUIRED = 1
export PYTHON_REQUIRED = 1
export NGINX_REQUIRED = 1

.NOTPARALLEL:
.PHONY: help test lint race newest fuzz smoke bench histories faults connections e2e screenshots cover tools browser

help:
	@echo 'make test    all of: lint, smoke, fuzz (short), race, newest; installs redis-server and what else is missing'
	@echo 'make lint    gofmt, go vet, staticcheck'
	@echo 'make race    the tests, with the race detector and real Redis servers'
	@echo 'make newest  the adapters and redisstore with the newest frameworks, fasthttp and go-redis'
	@echo 'make fuzz    every fuzz target for FUZZTIME ($(FUZZTIME)) each'
	@echo 'make smoke   every benchmark once'
	@echo 'make bench   the measurements in docs/performance-notes.md, with the plot: half an hour, on a quiet machine'
	@echo 'make histories  the long forms: ROUNDS ($(ROUNDS)) races of each kind, 10 times as many requests and cookies'
	@echo 'make faults  the fault sets FAULTS ($(FAULTS)) for FAULTTIME ($(FAULTTIME)) each; writes the table in docs/reliability.md'
	@echo 'make connections  CONNECTIONS ($(CONNECTIONS)) idle connections and STREAMS ($(STREAMS)) streams at each framework; writes the table in docs/connections.md'
	@echo 'make e2e     the examples in Chromium, which it installs if it is missing'
	@echo 'make screenshots  the pictures in docs'
	@echo 'make cover   the coverage of the tests, by function and in coverage.out'

# A number of inputs, not a time: go1.26 may fail a target whose time is up
# (https://go.dev/issue/75804). The tests come last, so that their verdict does.
test: FUZZTIME = 2000x
test: lint smoke fuzz race newest

# each runs its argument in every module's folder and stops at the first failure.
define each
@set -e; for module in $(MODULES); do echo "== $@ $$module"; ( cd "$$module"; $(1) ); done
endef

lint:
	@files=$$(gofmt -l .) || exit 1; \
	if [ -n "$$files" ]; then echo "gofmt would change:"; echo "$$files"; exit 1; fi
	$(call each,go vet ./...; go run $(STATICCHECK) ./...)

race: tools browser
	CGO_ENABLED=1 go test -race -shuffle=on -count=1 ./...
	@set -e; for module in $(ADAPTERS); do ( cd $$module; CGO_ENABLED=1 go test -race -shuffle=on -count=1 ./... ); done
	cd internal/lab && CGO_ENABLED=1 go test -race -shuffle=on -count=1 -p 1 ./...

# newest tests the packages $(3) of the module $(1) with the versions $(2).
define newest
@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && cd $(1) && cp go.mod go.sum "$$dir" && \
go get -modfile="$$dir/go.mod" $(2) && \
go test -modfile="$$dir/go.mod" -count=1 $(3)

endef

newest: tools
	$(call newest,.,$(NEWEST),$(NEWTESTS))
	$(foreach module,$(ADAPTERS),$(call newest,$(module),$(NEWEST_$(notdir $(module))),.))

smoke: tools
	$(call each,go test -run '^$$' -bench . -benchtime 1x ./...)

# go test -list prints a package's targets, then a line "ok package time".
fuzz: tools
	$(call each,list=$$(go test -list '^Fuzz' ./...) || { echo "$$list"; exit 1; }; \
	echo "$$list" | awk '/^Fuzz/ { f[n++] = $$1 } /^ok/ { while (n > 0) print f[--n] " " $$2 }' | \
	while read -r target package; do \
		echo "$$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null || exit 1; \
	done)

bench: tools
	cd internal/lab && go run ./sessionbench -page $(CURDIR)/docs/performance-notes.md
	cd internal/lab && RINGREPORT=$(CURDIR)/docs/performance-notes.md go test -timeout 0 -count=1 -v -run '^TestReport$$' ./ringbench

histories: tools
	STORETEST_ROUNDS=$(ROUNDS) go test -timeout 0 -count=1 -run 'TestContract|TestStoreOnAServer' ./core/memstore ./core/redisstore
	STORETEST_ROUNDS=$(ROUNDS) go test -timeout 0 -count=1 -run 'TestStoreOfThreeProcesses/^race-end' ./core/redisstore
	ADAPTERTEST_ROUNDS=$$(($(ROUNDS) / 10)) go test -timeout 0 -count=1 -run TestScenarios ./nethttpsession ./ginsession ./echosession ./fibersession
	@set -e; for module in $(ADAPTERS); do ( cd $$module; \
	ADAPTERTEST_ROUNDS=$$(($(ROUNDS) / 10)) go test -timeout 0 -count=1 -run TestScenarios . ); done
	PARITY_CASES=$$(($(ROUNDS) * 10)) go test -timeout 0 -count=1 -run TestAdaptersJudgeCookiesAlike ./internal/parity
	PARITY_REQUESTS=$$(($(ROUNDS) * 10)) go test -race -timeout 0 -count=1 -run TestNobodyReadsAnotherUsersData ./internal/parity

faults: tools
	cd internal/lab && FAULTTIME=$(FAULTTIME) FAULTREPORT=$(CURDIR)/docs/reliability.md \
	go test -timeout 0 -count=1 -v -run 'TestFaults/^($(FAULTS))$$' ./faults

connections: tools
	cd internal/lab && CONNECTIONS=$(CONNECTIONS) STREAMS=$(STREAMS) CONNECTIONSREPORT=$(CURDIR)/docs/connections.md \
	go test -timeout 0 -count=1 -v -run TestConnections ./connections

e2e: browser
	cd internal/lab && BROWSER_REQUIRED=1 go test -race -shuffle=on -count=1 ./browser

screenshots: browser
	cd internal/lab && BROWSER_REQUIRED=1 E2E_SCREENSHOTS=$(CURDIR)/docs go test -count=1 -run TestScreenshots ./browser

cover: tools
	go test -count=1 -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -func=coverage.out

tools:
	@need=; brews=; \
	if ! command -v "$${REDIS_SERVER:-redis-server}" >/dev/null && ! command -v valkey-server >/dev/null; then \
		need=redis-server; brews=redis; fi; \
	if ! command -v nginx >/dev/null && ! [ -x /usr/sbin/nginx ] && ! [ -x /usr/local/sbin/nginx ]; then \
		need="$$need nginx-light"; brews="$$brews nginx"; fi; \
	if ! command -v python3 >/dev/null; then need="$$need python3"; brews="$$brews python"; fi; \
	if ! command -v "$$(go env CC)" >/dev/null; then need="$$need gcc libc6-dev"; brews="$$brews gcc"; fi; \
	[ -n "$$need" ] || exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
		echo "== installing $$need"; \
		$$sudo apt-get -qq update && \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$need && exit 0; \
	elif command -v brew >/dev/null; then \
		echo "== installing $$brews"; brew install $$brews && exit 0; \
	fi; \
	echo "The tests need $$need, which could not be installed from here: install it and run make again." >&2; \
	exit 1

BROWSERS = chromium chromium-headless-shell chromium-browser google-chrome google-chrome-stable chrome

browser:
	@for name in $${CHROMIUM:-} $(BROWSERS) "/Applications/Chromium.app/Contents/MacOS/Chromium" \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do \
		if command -v "$$name" >/dev/null; then exit 0; fi; done; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
		echo '== installing chromium'; \
		$$sudo apt-get -qq update && \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-liberation && exit 0; \
	elif command -v brew >/dev/null; then \
		echo '== installing chromium'; brew install --cask chromium && exit 0; \
	fi; \
	echo 'There is no Chromium, and none could be installed from here: the tests in a browser are skipped.' >&2; \
	[ "$$BROWSER_REQUIRED" != 1 ]
