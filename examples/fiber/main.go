// Command fiber is a small application with a login, on Fiber. Its handlers are in the folder fiberapp.
package main

import (
	"github.com/ringsession/ringsession/examples/fiber/fiberapp"
	"github.com/ringsession/ringsession/examples/site"
)

func main() { site.Main("fiber", fiberapp.New) }
