// Command nethttp is a small application with a login, on net/http. Its handlers are in the folder nethttpapp.
package main

import (
	"github.com/ringsession/ringsession/examples/nethttp/nethttpapp"
	"github.com/ringsession/ringsession/examples/site"
)

func main() { site.Main("nethttp", nethttpapp.New) }
