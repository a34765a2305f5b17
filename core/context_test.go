package core_test

import (
	"context"
	"testing"

	"github.com/ringsession/ringsession/core"
)

func TestAContextCarriesTheSessionsOfSeveralManagers(t *testing.T) {
	type other struct{}
	named := func(name string) *core.Manager { return newSessions(&core.Options{Cookie: core.Cookie{Name: name}}) }
	a, b, c := named("a"), named("b"), named("c")
	ctx := context.WithValue(context.Background(), other{}, "kept")
	inA, inB := a.Start(ctx), b.Start(ctx)
	ctx = core.NewContext(context.WithValue(core.NewContext(ctx, inA), other{}, "newer"), inB)
	if s, ok := core.FromContext(ctx); s != inB || !ok {
		t.Errorf("FromContext = %v, %v; want that of the innermost", s, ok)
	}
	for _, test := range []struct {
		name string
		m    *core.Manager
		want *core.Session
	}{{"outer", a, inA}, {"inner", b, inB}, {"not mounted", c, nil}} {
		if s, ok := test.m.FromContext(ctx); s != test.want || ok != (test.want != nil) {
			t.Errorf("%s: FromContext = %v, %v", test.name, s, ok)
		}
	}
	if s, ok := core.FromContext(context.Background()); s != nil || ok || ctx.Value(other{}) != "newer" {
		t.Error("a session from nowhere, or a value lost")
	}
}

// One of the two would replace the other's cookie in every response, or take its token.
func TestTwoManagersWithOneCookieInARequestAreAMistake(t *testing.T) {
	for want, options := range map[string][2]core.Options{
		`session: two Managers of this request have the cookie "__Host-session": ` +
			"give one another Cookie.Name": {},
		"session: two Managers of this request have Options.Bearer: " +
			"a request has one bearer token, so only one can take it": {
			{Bearer: true, Cookie: core.Cookie{Name: "a"}}, {Bearer: true, Cookie: core.Cookie{Name: "b"}},
		},
	} {
		a, b := newSessions(&options[0]), newSessions(&options[1])
		ctx := core.NewContext(t.Context(), a.Start(t.Context()))
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic: got %v, want %q", got, want)
				}
			}()
			core.NewContext(ctx, b.Start(ctx))
		}()
	}
}
