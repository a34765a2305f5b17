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

// An evaluation is a script with its keys and arguments. They are given to go-redis by pointers into the evaluation, which it
// takes as it takes the values, so that they need no boxes.
type evaluation struct {
	script         *script
	key, second    string
	login          string
	idle, absolute int64 // milliseconds

	args  []any // of EVALSHA
	space [24]any
	cmds  [1]redis.Cmder
}

// evaluate returns an evaluation with one key, or two.
func (s *script) evaluate(key, second string) *evaluation {
	e := &evaluation{script: s, key: key, second: second}
	e.args = append(e.space[:0], "evalsha", &s.hash, 1, &e.key)
	if second != "" {
		e.args[2] = 2
		e.args = append(e.args, &e.second)
	}
	return e
}

// with appends arguments.
func (e *evaluation) with(args ...any) *evaluation {
	e.args = append(e.args, args...)
	return e
}

// change appends the delta in the form that change in lua/prelude.lua reads.
func (e *evaluation) change(d core.Delta) *evaluation {
	e.login, e.idle, e.absolute = d.Login, d.Idle.Milliseconds(), d.Absolute.Milliseconds()
	clearing := ""
	if d.Clear {
		clearing = "1"
	}
	e.args = append(e.args, &e.idle, &e.absolute, &e.login, clearing, len(d.Delete))
	for _, field := range d.Delete {
		e.args = append(e.args, field)
	}
	for field, value := range d.Set {
		e.args = append(e.args, field, value)
	}
	return e
}

// on sends the evaluation, if need be with the source.
func (e *evaluation) on(ctx context.Context, send func(context.Context, string, ...redis.Cmder) error) (status int64, err error) {
	cmd := redis.NewIntCmd(ctx, e.args...)
	e.cmds[0] = cmd
	if err = send(ctx, e.key, e.cmds[:]...); err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		cmd = redis.NewIntCmd(ctx, append([]any{"eval", e.script.source}, e.args[2:]...)...)
		err = send(ctx, e.key, cmd)
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
