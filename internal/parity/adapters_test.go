package parity_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

const module = "github.com/ringsession/ringsession"

// secret signs the tokens of all tests here.
var secret = bytes.Repeat([]byte("parity.."), 4)

// An adapter is one of the packages that this folder compares.
type adapter struct {
	name      string // of the package and its folder
	framework string // as its documentation calls it
	imports   string // the framework's package
}

var adapters = []adapter{
	{"nethttpsession", "net/http", "net/http"},
	{"ginsession", "Gin", "github.com/gin-gonic/gin"},
	{"echosession", "Echo v4", "github.com/labstack/echo/v4"},
	{"fibersession", "Fiber v2", "github.com/gofiber/fiber/v2"},
}

// frameworkModules are the modules that a user of another framework must not get.
func (a adapter) frameworkModules() []string {
	switch a.name {
	case "ginsession":
		return []string{"github.com/gin-gonic/gin", "github.com/gin-contrib/sse"}
	case "echosession":
		return []string{"github.com/labstack/echo/v4", "github.com/labstack/gommon"}
	case "fibersession":
		return []string{"github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp"}
	}
	return nil
}

// root returns the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// number returns how much of something a test does: what the environment says, by default the short form.
func number(t testing.TB, variable string, short int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number", variable, text)
	}
	return n
}
