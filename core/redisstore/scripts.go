package redisstore

import (
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
	createScript  = redis.NewScript(prelude + createSource)
	saveScript    = redis.NewScript(prelude + saveSource)
	renewScript   = redis.NewScript(prelude + renewSource)
	refreshScript = redis.NewScript(prelude + refreshSource)
	destroyScript = redis.NewScript(prelude + destroySource)
)

// The statuses that scripts reply with, as lua/prelude.lua names them.
const (
	statusGone    = 0
	statusOK      = 1
	statusRenewed = 2
	statusExists  = 3
)

func statusError(status int) error {
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

// deltaArgs appends the delta to args in the form that change in lua/prelude.lua reads.
func deltaArgs(args []any, d core.Delta) []any {
	clearing := ""
	if d.Clear {
		clearing = "1"
	}
	args = append(args, d.Idle.Milliseconds(), d.Absolute.Milliseconds(), d.Login, clearing, len(d.Delete))
	for _, field := range d.Delete {
		args = append(args, field)
	}
	for field, value := range d.Set {
		args = append(args, field, value)
	}
	return args
}
