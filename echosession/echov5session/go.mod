// The adapter of Echo v5 is a module of its own, so that only those who use Echo v5 get it.
module github.com/ringsession/ringsession/echosession/echov5session

go 1.26.0

// Work in this repository uses the folder above. Users get the version that is required below.
replace github.com/ringsession/ringsession => ../..

require (
	github.com/labstack/echo/v5 v5.2.1 // GHSA-3pmx-cf9f-34xr in 5.2.0: /%61dmin/f leads past a guard to a file
	github.com/ringsession/ringsession v0.0.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/coder/websocket v1.8.12 // indirect
	github.com/klauspost/cpuid/v2 v2.2.10 // indirect
	github.com/redis/go-redis/v9 v9.21.0 // indirect
	github.com/zeebo/xxh3 v1.1.0 // indirect
	go.uber.org/atomic v1.11.0 // indirect
	golang.org/x/sys v0.30.0 // indirect
	golang.org/x/time v0.14.0 // indirect
)
