// Package adapter is the contract between package core and the adapter of a web
// framework, for those who write one. It imports the standard library only.
//
// An adapter is a package of three functions. Middleware begins an [Exchange] for
// each request, and commits it before the response's headers leave:
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
// From returns core.MustFromContext. LoginRequired asks core.Guard.Check. For
// every error, [NewAnswer] says what the client gets.
//
// Adapters decide nothing: they tell this package what the framework knows of a
// request, and write what it says into the framework's response. docs/adding-a-framework.md
// has a whole one, step by step, and core/adaptertest proves it.
package adapter
