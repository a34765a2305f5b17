package redisstore_test

import (
	"context"
	"testing"
	"time"
	"fmt"

	"github.com/alicebob/miniredis/v2"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

func id(t *testing.T, s core.Store, n int) core.ID {
	p, err := s.NewPlace(context.Background())
	if err != nil { t.Fatal(err) }
	id, err := core.ParseID(p + fmt.Sprintf("%032d", n))
	if err != nil { t.Fatal(err) }
	return id
}

func smoke(t *testing.T, url string) {
	ctx := context.Background()
	s, err := redisstore.Open(ctx, []redisstore.Shard{{Name: "a", URL: url}}, nil)
	if err != nil { t.Fatal(err) }
	life := core.Lifetimes{Idle: time.Minute, Absolute: time.Hour}
	a := id(t, s, 1)
	check := func(what string, err error) { t.Helper(); t.Log(what, err) }
	check("create", s.Create(ctx, a, "n", core.Delta{Set: map[string]string{"x": "1"}, Lifetimes: life}))
	check("create again", s.Create(ctx, a, "n", core.Delta{Lifetimes: life}))
	check("create other", s.Create(ctx, a, "m", core.Delta{Lifetimes: life}))
	r, err := s.Load(ctx, a); t.Log(r, err)
	check("save", s.Save(ctx, a, core.Delta{Clear: true, Set: map[string]string{"y": "2"}, Lifetimes: life}))
	b, _ := core.ParseID(a.Place() + fmt.Sprintf("%032d", 2))
	check("renew", s.Renew(ctx, a, b, core.Delta{Delete: []string{"y"}, Login: "ada", Set: map[string]string{"z": "3"}, Lifetimes: life}))
	check("renew again", s.Renew(ctx, a, b, core.Delta{Login: "ada", Lifetimes: life}))
	r, err = s.Load(ctx, a); t.Log(r, err)
	r, err = s.Load(ctx, b); t.Log(r, err)
	check("save old", s.Save(ctx, a, core.Delta{Lifetimes: life}))
	check("refresh", s.Refresh(ctx, b, life))
	check("destroy old", s.Destroy(ctx, a))
	r, err = s.Load(ctx, b); t.Log(r, err)
	check("save dead", s.Save(ctx, b, core.Delta{Lifetimes: life}))
}

func TestMini(t *testing.T) { m := miniredis.RunT(t); smoke(t, "redis://"+m.Addr()) }
func TestReal(t *testing.T) { m := redistest.Start(t); smoke(t, m.URL()) }
