package redisstore_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
)

func TestAWrongShardIsAnErrorThatNamesIt(t *testing.T) {
	good := redis.Options{ContextTimeoutEnabled: true}
	for _, test := range []struct {
		shards []redisstore.Shard
		want   string
	}{
		{nil, "redisstore: no shards"},
		{[]redisstore.Shard{{URL: redisstore.NewURL("redis://h")}}, "redisstore: shard 1 of 1: has no name"},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h")}, {Name: "b"}}, `redisstore: shard 2 of 2: "b": has neither URL nor Client, or the URL is empty`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h"), Client: redis.NewClient(&good)}}, `"a": has both URL and Client`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h"), Weight: -2}}, `"a": the weight -2 is negative`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h")}, {Name: "a", URL: redisstore.NewURL("redis://i")}}, `two shards have the name "a"`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h"), Drain: true, Retired: true}}, `"a": choose Drain`},
		// Two names whose SHA-256 begin with the same 24 bits.
		{[]redisstore.Shard{{Name: "shard-1126", URL: redisstore.NewURL("redis://h")}, {Name: "shard-1453", URL: redisstore.NewURL("redis://i")}}, `the names "shard-1126" and "shard-1453" hash to the same tag`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("http://h")}}, `shard "a": the URL begins with "http://"`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("10.0.0.1")}}, `shard "a": the URL begins with "://"`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h/x")}}, `shard "a": redis: invalid database number: "x"`},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://h?no_such=1")}}, `shard "a": redis: unexpected option: no_such`},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewClient(&redis.Options{})}}, `shard "a": the client ignores deadlines: set ContextTimeoutEnabled: true`},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"h:1"}})}}, "set ContextTimeoutEnabled: true"},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"h:1"}, ContextTimeoutEnabled: true, ReadOnly: true})}}, "reads from replicas"},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewRing(&redis.RingOptions{})}}, "a redis.Ring serves keys from another server"},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewClient(&good)}}, `shard "a": the client sends a command up to 3 times more`},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewClient(&good)}}, "set MaxRetries: -1 in its options"},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://127.0.0.1:1?max_retries=2")}}, "up to 2 times more"},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewFailoverClient(&redis.FailoverOptions{SentinelAddrs: []string{"h:1"}, ContextTimeoutEnabled: true})}}, "set MaxRetries: -1"},
		{[]redisstore.Shard{{Name: "a", Client: redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"h:1"}, ContextTimeoutEnabled: true, MaxRetries: 1})}}, "up to 1 times more"},
		{[]redisstore.Shard{{Name: "a", Client: ringInside{redis.NewRing(&redis.RingOptions{})}}}, "the client is a redisstore_test.ringInside: use a *redis.Client or a *redis.ClusterClient"},
		{[]redisstore.Shard{{Name: "a", Client: uncomparable{redis.NewClient(&good), nil}}}, "the client is a redisstore_test.uncomparable"},
		{[]redisstore.Shard{{Name: "a", Client: (*redis.Client)(nil)}}, "the client is a nil *redis.Client"},
		{[]redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://127.0.0.1:1"), Weight: 1 << 20}}, "1048576"},
	} {
		s, err := redisstore.Open(t.Context(), test.shards, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Open(%+v) = %v, error %v; want %s", test.shards, s, err, test.want)
		}
	}
}

// Types that embed a client of go-redis and may do anything with a command.
type (
	ringInside   struct{ *redis.Ring }
	uncomparable struct {
		redis.UniversalClient
		_ []int
	}
)

func TestSetShardsRefusesAClientThatCannotBeCompared(t *testing.T) {
	a, m := shardOn(t, "a")
	client := clientOf(t, m.Addr())
	for _, first := range []redisstore.Shard{a, {Name: "a", Client: client}} {
		s := open(t, first)
		for range 2 {
			err := s.SetShards(t.Context(), []redisstore.Shard{{Name: "a", Client: uncomparable{client, nil}}})
			if err == nil || !strings.Contains(err.Error(), "the client is a redisstore_test.uncomparable") {
				t.Errorf("SetShards: %v", err)
			}
		}
		create(t, s)
	}
}

// R48: no way to print, log or encode a shard shows a password, not even from an
// unexported field, where fmt calls no methods.
func TestAShardShowsNoPassword(t *testing.T) {
	const secret = "hunter2"
	type holder struct {
		sh   redisstore.Shard
		p    *redisstore.Shard
		u    redisstore.URL
		list []redisstore.Shard
	}
	client := redis.NewClient(&redis.Options{Addr: "h:1", Username: "ada", Password: secret})
	defer func() { _ = client.Close() }()
	for _, url := range []string{
		"redis://ada:hunter2@h:1/3?pool_size=5", "rediss://:hunter2@h", "unix://ada:hunter2@/run/redis.sock", "redis://hunter2@h",
		"redis://h?password=hunter2", "ada:hunter2@h:1", "http://hunter2@h", "redis://ada:hunter2@h\x7f", "redis://ada:hunter2@h:port", "hunter2", "",
		"redis://ada:1/hunter2@h", "redis://ada:1#hunter2@h", "redis://ada:1?hunter2@h", "redis://ada:7@hunter2/x@h", "redis:///ada:hunter2@h",
		"redis:/hunter2@h", "unix://ada:1/hunter2@/run/redis.sock",
	} {
		sh := redisstore.Shard{Name: "a", URL: redisstore.NewURL(url), Client: client, Weight: 7}
		list := []redisstore.Shard{sh}
		for name, v := range map[string]any{
			"a shard": sh, "a pointer": &sh, "a list": list, "a map": map[string]any{"7": sh},
			"unexported fields": holder{sh, &sh, sh.URL, list}, "a pointer to them": &holder{sh, &sh, sh.URL, list},
		} {
			var text strings.Builder
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%e", "%c", "%U", "%p"} {
				fmt.Fprintf(&text, verb+"\n", v)
			}
			slog.New(slog.NewTextHandler(&text, nil)).Info("text", "value", v)
			slog.New(slog.NewJSONHandler(&text, nil)).Info("json", "value", v)
			encoded, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(encoded)
			for _, part := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
				if strings.Contains(text.String(), part) {
					t.Errorf("%s with the URL %q is shown with %q:\n%s", name, url, part, text.String())
				}
			}
			if !strings.Contains(text.String(), "7") {
				t.Errorf("%s is not shown:\n%s", name, text.String())
			}
		}
	}
}

func TestAShardIsShownWithItsAddress(t *testing.T) {
	sh := redisstore.Shard{Name: "a", URL: redisstore.NewURL("redis://ada:pw@h:1/3?pool_size=5"), Weight: 2}
	if got, want := fmt.Sprintf("%+v", sh), "{Name:a URL:redis://h:1/3 Client:<nil> Weight:2 Drain:false Retired:false StartEmpty:false}"; got != want {
		t.Errorf("shown as %s, want %s", got, want)
	}
	const text = `{"Name":"a","URL":"redis://h:1/3","Weight":2,"Drain":false,"Retired":false,"StartEmpty":false}`
	if got, err := json.Marshal(sh); string(got) != text || err != nil {
		t.Errorf("encoded as %s, error %v; want %s", got, err, text)
	}
	var decoded redisstore.Shard
	if err := json.Unmarshal([]byte(`{"URL":"redis://ada:pw@h:1/3?pool_size=5"}`), &decoded); err != nil || decoded.URL != sh.URL {
		t.Errorf("decoded as %v, error %v", decoded, err)
	}
}

func TestErrorsShowNoPassword(t *testing.T) {
	m := miniredis.RunT(t)
	m.RequireAuth("right")
	for _, url := range []string{
		"redis://ada:hunter2@" + m.Addr(),
		"redis://ada:hunter2@127.0.0.1:1",
		"redis://ada:hunter2@h:port",
		"redis://ada:hunter2@h/db",
		"redis://ada:hunter2@127.0.0.1:1?x=%zz",
		"redis://ada:hunter2@h\x7f",
		"http://ada:hunter2@h",
		// A character that is not encoded ends the password for a parser.
		"redis://ada:hunter2#x@h", "redis://ada:hunter2/x@h", "redis://ada:hunter2?x@h", "redis://ada:1/hunter2@h", "redis://ada:1?hunter2@h",
		"redis://ada:x%hunter2@h", "redis://ada:x@hunter2/x@h", "redis:///ada:hunter2@h", "ada:hunter2@h", "hunter2:ada@h",
	} {
		_, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(url)}}, nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("Open: error %v, want one that names the shard and hides the password", err)
		}
		for _, list := range []string{url, url + "?name=a&weight=x", url + "?name=a", url + "?name=a,redis://h"} {
			if _, err := redisstore.ParseShards(list); err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("ParseShards: error %v shows the password", err)
			}
		}
	}
}

// Otherwise the host would be what precedes the character.
func TestAPasswordThatIsNotEncodedIsAMistake(t *testing.T) {
	for _, url := range []string{"redis://ada:1#2@h", "redis://ada:1/2@h", "redis://ada:1?2@h", "redis://ada:x#2@h"} {
		if _, err := redisstore.ClientOptions(url); err == nil || !strings.Contains(err.Error(), "%23 for #, %2F for / and %3F for ?") {
			t.Errorf("%s: error %v, want one that says how to write it", url, err)
		}
	}
	if o, err := redisstore.ClientOptions("redis://ada:1%232%2F3%3F@h"); err != nil || o.Password != "1#2/3?" || o.Addr != "h:6379" {
		t.Errorf("encoded: %v", err)
	}
}

func TestParseShards(t *testing.T) {
	for _, test := range []struct {
		list string
		want []redisstore.Shard
		err  string
	}{
		{
			list: "redis://10.0.0.1:6379?name=a,redis://10.0.0.2:6379?name=b&weight=2",
			want: []redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://10.0.0.1:6379")}, {Name: "b", URL: redisstore.NewURL("redis://10.0.0.2:6379"), Weight: 2}},
		}, {
			list: " rediss://u:p%2Cw@h:1/3?pool_size=5&name=a&drain=true , unix:///run/redis.sock?db=2&name=b,?name=c&retired=1,redis://h?name=d&start_empty=1 ",
			want: []redisstore.Shard{
				{Name: "a", URL: redisstore.NewURL("rediss://u:p,w@h:1/3?pool_size=5"), Drain: true},
				{Name: "b", URL: redisstore.NewURL("unix:///run/redis.sock?db=2")},
				{Name: "c", Retired: true},
				{Name: "d", URL: redisstore.NewURL("redis://h"), StartEmpty: true},
			},
		},
		{list: " ", err: "redisstore: the list of shards is empty"},
		{list: "redis://h?name=a,", err: "redisstore: shard 2 of the list: no name: add ?name=… to the URL"},
		{list: "redis://h", err: "redisstore: shard 1 of the list: no name"},
		{list: "redis://h?name=a&weight=two", err: `redisstore: shard 1 of the list: "a": the weight "two" is not a whole number above 0`},
		{list: "redis://h?name=a&weight=0", err: `"a": the weight "0"`},
		{list: "redis://h?name=a&weight=-1", err: `"a": the weight "-1"`},
		{list: "redis://h?name=a&name=b", err: "name is given 2 times"},
		{list: "redis://h?name=a&drain=perhaps", err: `"a": drain is "perhaps", neither true nor false`},
		{list: "redis://h?name=a&drain=1&retired=1", err: `"a": choose Drain`},
		{list: "redis://h?name=a,redis://i?name=a", err: `two shards have the name "a"`},
		{list: "redis://h?name=%zz", err: "shard 1 of the list"},
		{list: "?name=a", err: `"a": has neither URL nor Client, or the URL is empty`},
	} {
		got, err := redisstore.ParseShards(test.list)
		switch {
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
			t.Errorf("ParseShards(%q): error %v, want %s", test.list, err, test.err)
		case test.err == "" && (err != nil || !reflect.DeepEqual(got, test.want)):
			t.Errorf("ParseShards(%q) = %+v, %v; want %+v", test.list, got, err, test.want)
		}
	}
}

func TestClientOptionsFailSoonAndSendOnce(t *testing.T) {
	o, err := redisstore.ClientOptions("rediss://ada:pw@h:7000/3?read_timeout=250ms&pool_size=7")
	if err != nil {
		t.Fatal(err)
	}
	if o.Addr != "h:7000" || o.Username != "ada" || o.Password != "pw" || o.DB != 3 || o.PoolSize != 7 || o.TLSConfig == nil || o.TLSConfig.MinVersion < tls.VersionTLS12 {
		t.Errorf("options %+v are not those of the URL", o)
	}
	if o.DialTimeout != time.Second || o.WriteTimeout != time.Second || o.ReadTimeout != 250*time.Millisecond {
		t.Errorf("timeouts: dial %v, write %v, read %v; want 1s, 1s, 250ms", o.DialTimeout, o.WriteTimeout, o.ReadTimeout)
	}
	if o.MaxRetries != -1 || o.DialerRetries != 1 || !o.ContextTimeoutEnabled || !o.DisableIdentity || o.MaintNotificationsConfig.Mode != "disabled" {
		t.Errorf("retries %d and %d, ContextTimeoutEnabled %v, DisableIdentity %v, maintenance notifications %q",
			o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled, o.DisableIdentity, o.MaintNotificationsConfig.Mode)
	}
	if o, err = redisstore.ClientOptions("unix:///run/redis.sock"); err != nil || o.Network != "unix" || o.Addr != "/run/redis.sock" {
		t.Errorf("options of a unix socket: %+v, %v", o, err)
	}
}

// Open keeps a shard that is down, because a program must be able to start then; it does not keep a mistake.
func TestOpenTellsAnOutageFromAMistake(t *testing.T) {
	up, locked := miniredis.RunT(t), miniredis.RunT(t)
	locked.RequireAuth("right")
	const nobody = "redis://127.0.0.1:1"
	for _, test := range []struct {
		name string
		urls []string
		want string
	}{
		{"one of two down", []string{"redis://" + up.Addr(), nobody}, ""},
		{"all down", []string{nobody, nobody}, `shard "b": dial tcp 127.0.0.1:1`},
		{"no password", []string{"redis://" + up.Addr(), "redis://" + locked.Addr()}, `shard "b": NOAUTH`},
		{"wrong password", []string{"redis://" + up.Addr(), "redis://:wrong@" + locked.Addr()}, `shard "b": WRONGPASS`},
		{"right password", []string{"redis://" + up.Addr(), "redis://:right@" + locked.Addr()}, ""},
	} {
		var shards []redisstore.Shard
		for i, url := range test.urls {
			shards = append(shards, redisstore.Shard{Name: string(rune('a' + i)), URL: redisstore.NewURL(url)})
		}
		s, err := redisstore.Open(t.Context(), shards, nil)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if err != nil {
			continue
		}
		err = s.Ping(t.Context())
		if down := test.name == "one of two down"; (err != nil) != down || down && !strings.Contains(err.Error(), `shard "b"`) {
			t.Errorf("%s: Ping: %v", test.name, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Ping(context.Background()); err == nil {
			t.Errorf("%s: Ping of a closed store: no error", test.name)
		}
	}
}
