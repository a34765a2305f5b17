module github.com/ringsession/ringsession/ring/ringbench

go 1.26.0

replace github.com/ringsession/ringsession => ../..

require github.com/ringsession/ringsession v0.0.0

require github.com/spaolacci/murmur3 v1.1.0 // indirect

require (
	github.com/cespare/xxhash/v2 v2.3.0
	github.com/dgryski/go-jump v0.0.0-20170409065014-e1f439676b57
	github.com/dgryski/go-rendezvous v0.0.0-20200823014737-9f7001d12a5f
	github.com/golang/groupcache v0.0.0-20241129210726-2c02b8208cf8
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
	github.com/serialx/hashring v0.0.0-20200727003509-22c0c7ab6b1b
	github.com/zeebo/xxh3 v1.1.0
	github.com/zeromicro/go-zero v1.10.3
	golang.org/x/sys v0.48.0 // indirect
	stathat.com/c/consistent v1.0.0
)

replace stathat.com/c/consistent => github.com/stathat/consistent v1.0.0
