package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// odd are keys and values that a store might take for something else.
func odd() fields {
	odd := fields{
		"empty": "", "null": "null", "quotes": `"say \"hi\" 'there' \\"`, "lines": "\"a\\nb\"\n\r\n\t",
		"unicode": `"žluťoučký 日本 🙂"`, "nul": "a\x00b", "binary": "\xff\xfe\x80\x00",
		"number": "12345678901234567890", "float": "1e400", "space": "  ",
		"markup": "</script>{{.}}%s%d$1", "lua": "]]..redis.call('FLUSHALL')",
		"crlf": "x\r\n*1\r\n$4\r\nPING\r\n",
	}
	for _, key := range []string{
		" ", "\x00", "\xff\xfe", "\r\n", "ключ 🗝", `"`, "'", "{}", "*", "a b", "a:b", "a.b",
		"%s", "-1", "0", "1",
		"user", "login", "created", "deadline", "nonce", "renewed", "fields", "expires",
		"a@b", "nil", "__proto__",
		strings.Repeat("long", 500),
	} {
		odd[key] = "value of " + key
	}
	return odd
}

func valuesOdd(x *trial) {
	want := odd()
	created, saved := x.create(store.Delta{Set: want}), x.create(store.Delta{})
	x.save(saved, store.Delta{Set: want}, ok)
	x.holds(created, want)
	x.holds(saved, want)
	x.holds(x.renewal(created, store.Delta{}), want)
	x.save(saved, store.Delta{Delete: slices.Collect(maps.Keys(want))}, ok)
	x.holds(saved, nil)
}

func usersOdd(x *trial) {
	for _, user := range []string{
		"0", " ", "a\x00b", "\xff", "ada@example.org", "\"ada\"\r\n", "žofie 🙂",
		strings.Repeat("u", 4096),
	} {
		created := x.create(login(user))
		renewed := x.renewal(x.create(store.Delta{Set: fields{"a": "1"}}), login(user))
		for _, id := range []store.ID{created, renewed} {
			x.user(x.load(id), user)
		}
	}
}

func valuesLarge(x *trial) {
	large := strings.Repeat("0123456789abcde\n", 60<<10/16)
	id := x.create(store.Delta{Set: fields{"large": large}})
	x.holds(id, fields{"large": large})
	x.save(id, store.Delta{Delete: []string{"large"}, Set: fields{"larger": large + "!"}}, ok)
	next := x.renewal(id, store.Delta{Set: fields{"small": "1"}})
	x.holds(next, fields{"larger": large + "!", "small": "1"})
}

// many is more than the arguments that Lua's unpack puts on its stack at once.
const many = 3000

func manyFields(prefix string) (set fields, keys []string) {
	set = make(fields, many)
	for i := range many {
		set[fmt.Sprint(prefix, i)] = fmt.Sprint(i)
	}
	return set, slices.Collect(maps.Keys(set))
}

func manyCreated(x *trial) {
	set, _ := manyFields("k")
	x.holds(x.create(store.Delta{Set: set}), set)
}

func manySaved(x *trial) {
	set, keys := manyFields("k")
	id := x.create(store.Delta{Set: fields{"a": "1"}})
	x.save(id, store.Delta{Set: set}, ok)
	set["a"] = "1"
	x.holds(id, set)
	other, _ := manyFields("other")
	x.save(id, store.Delta{Delete: keys, Set: other}, ok)
	other["a"] = "1"
	x.holds(id, other)
}

func manyDropped(x *trial) {
	set, keys := manyFields("k")
	full := loginSet("ada", set)
	deleted, cleared := x.create(full), x.create(full)
	x.save(deleted, store.Delta{Delete: keys}, ok)
	x.save(cleared, store.Delta{Clear: true}, ok)
	for _, id := range []store.ID{deleted, cleared} {
		x.user(x.holds(id, nil), "ada")
	}
}

// manyAtOnce has no time limit, but a store that looks through a list for every
// field takes so long that somebody will notice.
func manyAtOnce(x *trial) {
	const all = 50_000
	names := make([]string, all)
	for i := range names {
		names[i] = fmt.Sprint("k", i)
	}
	id := x.create(set("a", "1"))
	for part := range slices.Chunk(names[:all/2], 5000) {
		written := make(fields, len(part))
		for _, name := range part {
			written[name] = "1"
		}
		x.save(id, store.Delta{Set: written}, ok)
	}
	d := store.Delta{Delete: names, Set: fields{"b": "2", "k7": "3"}}
	d.Limits = store.Limits{Bytes: 1 << 20, Fields: 10}
	x.save(id, d, ok)
	x.holds(id, fields{"a": "1", "b": "2", "k7": "3"})
}

func manyRenewed(x *trial) {
	set, keys := manyFields("k")
	other, _ := manyFields("other")
	deleted, cleared := x.create(store.Delta{Set: set}), x.create(store.Delta{Set: set})
	x.holds(x.renewal(deleted, store.Delta{Delete: keys, Set: other}), other)
	x.holds(x.renewal(cleared, store.Delta{Clear: true, Set: other}), other)
}
