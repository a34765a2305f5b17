package core

import (
	"context"
	"fmt"
	"net/http"
)

// newOrigins returns nil if requests of all origins may pass.
func newOrigins(o Options) (*http.CrossOriginProtection, error) {
	if o.InsecureCrossOrigin {
		return nil, nil
	}
	origins := http.NewCrossOriginProtection()
	for _, origin := range o.TrustedOrigins {
		if err := origins.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("session: TrustedOrigins: %w", err)
		}
	}
	return origins, nil
}

// CheckOrigin returns a [Refusal] with status 403 if another origin sent an
// unsafe request: one with another method than GET, HEAD or OPTIONS. The rules
// are those of [http.CrossOriginProtection], whose code decides: the browser's
// Sec-Fetch-Site counts, without it Origin must match Host, and a request
// without both is no browser's. [Options.TrustedOrigins] may send everything.
//
// Adapters call it before [Manager.Start], so that nothing foreign reaches a
// handler. The error page of such a request finds no session: where one page
// serves all errors, it asks [FromContext]. A refusal is reported as
// [EventRefused].
func (m *Manager) CheckOrigin(ctx context.Context, r Request) error {
	switch r.Method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil // Without the allocations below.
	}
	if m.origins == nil {
		return nil
	}
	err := m.origins.Check(&http.Request{Method: r.Method(), Host: r.Host(), Header: http.Header{
		"Origin": {r.Header("Origin")}, "Sec-Fetch-Site": {r.Header("Sec-Fetch-Site")},
	}})
	if err == nil {
		return nil
	}
	m.emit(ctx, Event{Kind: EventRefused, Reason: err.Error()})
	return &Refusal{Status: http.StatusForbidden, Reason: err.Error()}
}
