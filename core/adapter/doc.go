// Package adapter is the contract between package core and the adapter of a web
// framework. Authors of adapters read it; applications do not need it. It
// imports the standard library only.
//
// An adapter is a package of three functions. Middleware begins an [Exchange]
// for each request, and commits it before the response's headers leave:
//
//	x, err := m.Begin(r.Context(), adapter.NewRequest(r)) // m is a *core.Manager
//	if err != nil {
//		m.WriteError(w, r, err)
//		return
//	}
//	r = r.WithContext(x.Context(r.Context()))
//	response := adapter.NewResponse(w, x, func(err error) { m.WriteError(w, r, err) })
//	response.Run(func() { next.ServeHTTP(response, r) })
//	_ = response.Finish()
//
// From returns core.MustFromContext. LoginRequired calls core.Guard.Check. For
// every error, [NewAnswer] makes the answer to the client.
//
// Adapters decide nothing. They pass what the framework knows of a request to
// this package, and write its results into the framework's response.
// docs/adding-a-framework.md explains a complete adapter step by step. Package
// core/adaptertest tests it.
package adapter
