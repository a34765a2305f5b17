package docs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
	"github.com/ringsession/ringsession/nethttpsession"
)

const readersSecret = "V3C9KX2Zqg9vW7lS8WJtJm7vYw0z1c4d5e6f7g8h9i0="

// The reader of docs/storage-format.md, which knows of the format what the page says, finds what Go stored.
func TestTheReaderInPythonReadsALiveSession(t *testing.T) {
	python := needPython(t)
	a, b := redistest.Start(t), redistest.Start(t, "--requirepass", "p@ss")
	list := fmt.Sprintf("redis://%s?name=a,redis://:p%%40ss@%s/1?name=b", a.Addr(), b.Addr())
	shards, err := redisstore.ParseShards(list)
	if err != nil {
		t.Fatal(err)
	}
	keep, err := redisstore.Open(t.Context(), shards, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keep.Close() }()
	site := readersSite(t, keep)
	read := func(cookie string) (string, error) {
		command := exec.Command(python, filepath.Join(root, "docs", "read_session.py"), list, cookie)
		command.Env = append(os.Environ(), "SESSION_SECRET="+readersSecret)
		out, err := command.CombinedOutput()
		return string(out), err
	}

	owners, cookies := map[string]bool{}, []string{}
	for len(owners) < 2 {
		cookie := site("/login", "")
		owner, err := keep.Owner(cookie[:store.PlaceLen])
		if err != nil {
			t.Fatal(err)
		}
		if !owners[owner] {
			owners[owner], cookies = true, append(cookies, cookie)
		}
	}
	for _, cookie := range cookies {
		out, err := read(cookie)
		var found struct {
			User          string
			Fields        map[string]any
			TTL, Deadline int64
		}
		if err != nil || json.Unmarshal([]byte(out), &found) != nil {
			t.Fatalf("error %v: %s", err, out)
		}
		want := map[string]any{"visits": 1.0, "name": "Ada Łovelace", "cart": []any{map[string]any{"article": "tea", "count": 2.0}},
			"note": strings.Repeat("it is long ", 20)}
		if found.User != "ada" || !reflect.DeepEqual(found.Fields, want) || found.TTL < 1 || found.TTL > 30*60*1000 || found.Deadline < found.TTL {
			t.Errorf("read %+v", found)
		}
	}

	last := cookies[0][:len(cookies[0])-1]
	renewed := site("/login", cookies[1])
	site("/logout", cookies[0])
	for name, row := range map[string]struct{ cookie, want string }{
		"after the logout":      {cookies[0], "no session: it has ended"},
		"forged":                {last + "!", "no session: the signature is wrong"},
		"nothing":               {"", "no session: the signature is wrong"},
		"the id before a login": {cookies[1], "no session: it has got another id"},
		"the id after a login":  {renewed, `"user": "ada"`},
	} {
		if out, err := read(row.cookie); !strings.Contains(out, row.want) || (err == nil) != (name == "the id after a login") {
			t.Errorf("%s: error %v: %s", name, err, out)
		}
	}
}

// readersSite returns a site as a function of path and cookie that returns the new cookie.
func readersSite(t *testing.T, keep store.Store) func(path, cookie string) string {
	t.Helper()
	sessions, err := core.New(keep, []byte(readersSecret), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := nethttpsession.Middleware(sessions)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		if r.URL.Path == "/logout" {
			s.Logout()
			return
		}
		s.Login("ada")
		s.Set("visits", 1)
		s.Set("name", "Ada Łovelace")
		s.Set("cart", []map[string]any{{"article": "tea", "count": 2}})
		s.Set("note", strings.Repeat("it is long ", 20)) // and so in parts
	}))
	return func(path, cookie string) string {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Cookie", "__Host-session="+cookie)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Result().Cookies(); len(got) == 1 {
			return got[0].Value
		}
		t.Fatalf("%s: status %d, cookies %v", path, w.Code, w.Result().Cookies())
		return ""
	}
}

// needPython returns the program, or skips the test; it fails it if PYTHON_REQUIRED is 1.
func needPython(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	switch {
	case err == nil:
	case os.Getenv("PYTHON_REQUIRED") == "1":
		t.Fatalf("PYTHON_REQUIRED is 1: %v", err)
	default:
		t.Skipf("no python3: %v", err)
	}
	return python
}
