package core

import (
	"context"
	"net/http"

	"github.com/ringsession/ringsession/core/adapter"
)

// checkOrigin refuses an unsafe request of another origin.
// [http.CrossOriginProtection] decides. If the browser sent Sec-Fetch-Site,
// that counts. Otherwise Origin must match Host. A request without both is not
// from a browser.
func (m *Manager) checkOrigin(ctx context.Context, r adapter.Request) error {
	switch r.Method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil // without the allocations below
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
	return &adapter.Refusal{Status: http.StatusForbidden, Reason: err.Error()}
}
