package site

import (
	"context"
	"log/slog"

	"github.com/ringsession/ringsession/examples/embedded"
)

// logger returns the default logger, which is not told of the failures of a server that was paused on purpose.
func (s *Site) logger() *slog.Logger {
	if s.Embedded == nil {
		return slog.Default()
	}
	return slog.New(calm{slog.Default().Handler(), s.Embedded})
}

type calm struct {
	slog.Handler
	servers *embedded.Servers
}

func (c calm) Enabled(ctx context.Context, level slog.Level) bool {
	return c.Handler.Enabled(ctx, level) && !c.servers.Disturbed()
}
