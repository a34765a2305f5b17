package core

import (
	"context"
	"net/http"

	"github.com/ringsession/ringsession/core/adapter"
)

// checkOrigin refuses an unsafe request of another origin. The rules are those of
// [http.CrossOriginProtection], whose code decides: the browser's Sec-Fetch-Site
// counts, without it Origin must match Host, and a request without both is no
// browser's.
func (m *Manager) checkOrigin(ctx context.Context, r adapter.Request) error {
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
	return &adapter.Refusal{Status: http.StatusForbidden, Reason: err.Error()}
}
