package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// odd are keys and values that a store might take for something else.
func odd() fields {
	odd := fields{
		"empty": "", "null": "null", "quotes": `"say \"hi\" 'there' \\"`, "lines": "\"a\\nb\"\n\r\n\t",
		"unicode": `"žluťoučký 日本 🙂"`, "nul": "a\x00b", "binary": "\xff\xfe\x80\x00",
		"number": "12345678901234567890", "float": "1e400", "space": "  ",
		"markup": "</script>{{.}}%s%d$1", "lua": "]]..redis.call('FLUSHALL')", "crlf": "x\r\n*1\r\n$4\r\nPING\r\n",
	}
	for _, key := range []string{
		" ", "\x00", "\xff\xfe", "\r\n", "ключ 🗝", `"`, "'", "{}", "*", "a b", "a:b", "a.b", "%s", "-1", "0", "1",
		"user", "login", "created", "deadline", "nonce", "renewed", "fields", "expires", "a@b", "nil", "__proto__",
		strings.Repeat("long", 500),
	} {
		odd[key] = "value of " + key
	}
	return odd
}

func valuesOdd(x *trial) {
	want := odd()
	created, saved := x.create(core.Delta{Set: want}), x.create(core.Delta{})
	x.save(saved, core.Delta{Set: want}, nil)
	x.holds(created, want)
	x.holds(saved, want)
	x.holds(x.moved(created, core.Delta{}), want)
	x.save(saved, core.Delta{Delete: slices.Collect(maps.Keys(want))}, nil)
	x.holds(saved, nil)
}

func usersOdd(x *trial) {
	for _, user := range []string{
		"0", " ", "a\x00b", "\xff", "ada@example.org", "\"ada\"\r\n", "žofie 🙂", strings.Repeat("u", 4096),
	} {
		created := x.create(core.Delta{Login: user})
		renewed := x.moved(x.create(core.Delta{Set: fields{"a": "1"}}), core.Delta{Login: user})
		for _, id := range []core.ID{created, renewed} {
			if r := x.load(id); r.User != user {
				x.fail("the user is %.40q, want %.40q", r.User, user)
			}
		}
	}
}

func valuesLarge(x *trial) {
	large := strings.Repeat("0123456789abcde\n", 60<<10/16)
	id := x.create(core.Delta{Set: fields{"large": large}})
	x.holds(id, fields{"large": large})
	x.save(id, core.Delta{Delete: []string{"large"}, Set: fields{"larger": large + "!"}}, nil)
	next := x.moved(id, core.Delta{Set: fields{"small": "1"}})
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
	x.holds(x.create(core.Delta{Set: set}), set)
}

func manySaved(x *trial) {
	set, keys := manyFields("k")
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	x.save(id, core.Delta{Set: set}, nil)
	set["a"] = "1"
	x.holds(id, set)
	other, _ := manyFields("other")
	x.save(id, core.Delta{Delete: keys, Set: other}, nil)
	other["a"] = "1"
	x.holds(id, other)
}

func manyDropped(x *trial) {
	set, keys := manyFields("k")
	deleted, cleared := x.create(core.Delta{Login: "ada", Set: set}), x.create(core.Delta{Login: "ada", Set: set})
	x.save(deleted, core.Delta{Delete: keys}, nil)
	x.save(cleared, core.Delta{Clear: true}, nil)
	for _, id := range []core.ID{deleted, cleared} {
		if r := x.holds(id, nil); r.User != "ada" {
			x.fail("the user is %q, want %q", r.User, "ada")
		}
	}
}

func manyRenewed(x *trial) {
	set, keys := manyFields("k")
	other, _ := manyFields("other")
	deleted, cleared := x.create(core.Delta{Set: set}), x.create(core.Delta{Set: set})
	x.holds(x.moved(deleted, core.Delta{Delete: keys, Set: other}), other)
	x.holds(x.moved(cleared, core.Delta{Clear: true, Set: other}), other)
}
