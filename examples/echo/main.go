// Command echo is a small application with a login, on Echo. Its handlers are in the folder echoapp.
package main

import (
	"github.com/ringsession/ringsession/examples/echo/echoapp"
	"github.com/ringsession/ringsession/examples/site"
)

func main() { site.Main("echo", echoapp.New) }
