package chaintest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// spellings are the segments of which Paths makes paths.
var spellings = []string{
	"admin", "%61dmin", "%2561dmin", "admin%2ff", "admin%252ff", `\admin\f`, "..", "%2e%2e", "%252e%252e", "..%2fadmin", ".", "",
	"f", "%25zz",
}

// Items are parameters of paths that may look as if they led elsewhere.
var Items = []string{
	"7", "a%2Fb", "https%3A%2F%2Fexample.com", "ada@example.com", "ada%40example.com", "%C3%BC", "a+b", "a..b", "...", ".well-known",
	"a%5Cb", "100%25", "%2Fadmin",
}

// Folder returns a folder with these files. Each says which it is.
func Folder(t *testing.T, files ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, file := range files {
		if err := os.MkdirAll(filepath.Join(folder, filepath.Dir(file)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), []byte("this is "+file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// Paths tests that no spelling of a path leads past a guard to a file (H38), and that the guard is in nobody's way. The
// handler guards /admin, serves the files of the folder at / and /files, guards /files/admin, and answers at /login with a
// cookie and at /item/:id with 200.
func Paths(t *testing.T, name string, handler func(folder string) http.Handler) {
	t.Helper()
	h := handler(Folder(t, "admin/f", "admin/index.html", "pub/f", "pub/a b", "pub/a+b", "pub/a..b", "pub/ü@example"))
	leads := 0
	EachPath(3, func(path string) {
		if body := Ask(h, path); strings.Contains(body, "this is admin") {
			if leads++; leads < 5 {
				t.Errorf("%s: %s: %q", name, path, body)
			}
		}
	})
	for _, path := range []string{"/pub/f", "/files/pub/f", "/pub/a%20b", "/pub/a+b", "/pub/a..b", "/pub/%C3%BC@example"} {
		if body := Ask(h, path); !strings.HasPrefix(body, "this is pub") {
			t.Errorf("%s: %s: %q, want the file", name, path, body)
		}
	}
	for _, id := range Items {
		Want(t, name+": /item/"+id, Ask(h, "/item/"+id), "an item")
	}
	ada := Get(h, "/login", nil)
	for _, path := range []string{"/admin/f", "/files/admin/f"} {
		Want(t, name+": with a login: "+path, Get(h, path, ada).Body.String(), "this is admin/f")
	}
}

// EachPath calls do with each path of up to so many segments, and with what would lead below /files.
func EachPath(segments int, do func(path string)) {
	var add func(path string, n int)
	add = func(path string, n int) {
		do(path)
		do(path + "/")
		for _, s := range spellings[:len(spellings)*min(n, 1)] {
			add(path+"/"+s, n-1)
		}
	}
	add("", segments)
	add("/files", segments-1)
	add("/%66iles", segments-1)
}

// Ask returns the body for a path that url.Parse may change.
func Ask(h http.Handler, path string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return "" // as net/http's server
	}
	r.URL, r.RequestURI = u, path
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}
