package redisstore

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
)

//go:embed lua/prelude.lua
var prelude string

//go:embed lua/create.lua
var createSource string

//go:embed lua/save.lua
var saveSource string

//go:embed lua/renew.lua
var renewSource string

//go:embed lua/refresh.lua
var refreshSource string

//go:embed lua/destroy.lua
var destroySource string

var (
	createScript  = newScript(createSource)
	saveScript    = newScript(saveSource)
	renewScript   = newScript(renewSource)
	refreshScript = newScript(refreshSource)
	destroyScript = newScript(destroySource)
)

// A script is Lua that replies with a status. The server knows it by its hash once it has seen the source.
type script struct{ source, hash string }

func newScript(source string) *script {
	s := redis.NewScript(prelude + source)
	return &script{prelude + source, s.Hash()}
}

// An evaluation is a script with its keys and arguments.
type evaluation struct {
	script *script
	args   []any // of EVALSHA
}

// evaluate returns an evaluation with the keys, and room for so many arguments.
func (s *script) evaluate(room int, keys ...string) *evaluation {
	args := append(make([]any, 0, 3+len(keys)+room), "evalsha", s.hash, len(keys))
	for _, key := range keys {
		args = append(args, key)
	}
	return &evaluation{s, args}
}

// with appends arguments.
func (e *evaluation) with(args ...any) *evaluation {
	e.args = append(e.args, args...)
	return e
}

// on sends the evaluation, if need be with the source.
func (e *evaluation) on(ctx context.Context, send func(context.Context, ...redis.Cmder) error) (status int64, err error) {
	cmd := redis.NewIntCmd(ctx, e.args...)
	if err = send(ctx, cmd); redis.HasErrorPrefix(err, "NOSCRIPT") {
		cmd = redis.NewIntCmd(ctx, append([]any{"eval", e.script.source}, e.args[2:]...)...)
		err = send(ctx, cmd)
	}
	if err != nil {
		return 0, err
	}
	return cmd.Val(), nil
}

// The statuses that scripts reply with, as lua/prelude.lua names them.
const (
	statusGone    = 0
	statusOK      = 1
	statusRenewed = 2
	statusExists  = 3
)

func statusError(status int64) error {
	switch status {
	case statusOK:
		return nil
	case statusGone:
		return core.ErrGone
	case statusRenewed:
		return core.ErrRenewed
	case statusExists:
		return core.ErrExists
	}
	return fmt.Errorf("unknown reply %d from a script", status)
}

// change appends the delta in the form that change in lua/prelude.lua reads.
func (e *evaluation) change(d core.Delta) *evaluation {
	clearing := ""
	if d.Clear {
		clearing = "1"
	}
	e.with(d.Idle.Milliseconds(), d.Absolute.Milliseconds(), d.Login, clearing, len(d.Delete))
	for _, field := range d.Delete {
		e.args = append(e.args, field)
	}
	for field, value := range d.Set {
		e.args = append(e.args, field, value)
	}
	return e
}

// room is how many arguments change appends, and up to three others.
func room(d core.Delta) int { return 8 + len(d.Delete) + 2*len(d.Set) }
