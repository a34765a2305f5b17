// Package routers has examples of routers whose handlers are those of net/http, and
// of huma on top of one. It has tests only.
package routers
