// Command gin is a small application with a login, on Gin. Its handlers are in the folder ginapp.
package main

import (
	"github.com/ringsession/ringsession/examples/gin/ginapp"
	"github.com/ringsession/ringsession/examples/site"
)

func main() { site.Main("gin", ginapp.New) }
