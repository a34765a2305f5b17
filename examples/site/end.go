package site

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// EndDevice ends the visitor's session at the place.
func (p Pages) EndDevice(ctx context.Context, session *core.Session, place string) error {
	switch place {
	case session.ID().Place:
		session.Logout()
		return nil
	case "":
		return tell(session, 0, "", nil)
	}
	n, err := p.site.Sessions.End(ctx, session.User(), place)
	return tell(session, n, "", err)
}

// EndOthers ends the visitor's sessions on all other devices.
func (p Pages) EndOthers(ctx context.Context, session *core.Session) error {
	n, err := session.EndOthers(ctx)
	return tell(session, n, "", err)
}

// EndUser ends all sessions of a user. The visitor [IsAdmin].
func (p Pages) EndUser(ctx context.Context, session *core.Session, user string) error {
	if user == "" {
		News.Set(session, "Please enter a name.")
		return nil
	}
	n, err := p.site.Sessions.EndAll(ctx, user)
	return tell(session, n, " of "+user, err)
}

// IsAdmin reports whether the visitor may end the sessions of others.
func IsAdmin(session *core.Session) bool { return session.User() == "admin" }

// NotAdmin is what others are told.
const NotAdmin = "Only admin may do that."

// tell makes news of the end of n sessions. It returns an error that is not about some of the shards alone.
func tell(session *core.Session, n int, whose string, err error) error {
	news := fmt.Sprintf("Ended %d sessions%s.", n, whose)
	switch n {
	case 0:
		news = fmt.Sprintf("Ended no session%s.", whose)
	case 1:
		news = fmt.Sprintf("Ended 1 session%s.", whose)
	}
	partial := (*core.PartialError)(nil)
	switch {
	case errors.As(err, &partial) && partial.Ordered:
		news += " " + Missing(partial.Shards) + ". The order waits, and ends the sessions there when it can."
	case partial != nil:
		news += " " + Missing(partial.Shards) + ", and no order waits. Please try again."
	case err != nil:
		return err
	}
	News.Set(session, news)
	return nil
}

// Missing says which shards do not answer.
func Missing(shards []string) string {
	if len(shards) == 1 {
		return fmt.Sprintf("Shard %s does not answer", shards[0])
	}
	return fmt.Sprintf("Shards %s do not answer", strings.Join(shards, ", "))
}
