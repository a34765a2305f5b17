package parity_test

import (
	"path"
	"path/filepath"
	"slices"
	"testing"
)

const module = "github.com/ringsession/ringsession"

// An adapter is one of the packages that this folder compares.
type adapter struct {
	folder    string
	framework string // as its documentation calls it
	imports   string // the framework's package
}

var adapters = []adapter{
	{"nethttpsession", "net/http", "net/http"},
	{"ginsession", "Gin", "github.com/gin-gonic/gin"},
	{"echosession", "Echo v4", "github.com/labstack/echo/v4"},
	{"fibersession", "Fiber v2", "github.com/gofiber/fiber/v2"},
}

// allAdapters has those that are modules of their own, which this one cannot import, as well.
var allAdapters = append(slices.Clone(adapters),
	adapter{"echosession/echov5session", "Echo v5", "github.com/labstack/echo/v5"},
	adapter{"fibersession/fiberv3session", "Fiber v3", "github.com/gofiber/fiber/v3"},
)

// name is that of the package.
func (a adapter) name() string { return path.Base(a.folder) }

// frameworkModules are the modules that a user of another framework must not get.
func (a adapter) frameworkModules() []string {
	switch a.name() {
	case "ginsession":
		return []string{"github.com/gin-gonic/gin", "github.com/gin-contrib/sse"}
	case "echosession":
		return []string{"github.com/labstack/echo/v4", "github.com/labstack/gommon"}
	case "fibersession":
		return []string{"github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp"}
	case "echov5session":
		return []string{"github.com/labstack/echo/v5"}
	case "fiberv3session":
		return []string{"github.com/gofiber/fiber/v3", "github.com/valyala/fasthttp"}
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
