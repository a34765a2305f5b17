package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A sessionView is what the page shows of the visitor's session.
type sessionView struct {
	User           string // "" if it ended
	Shard          string
	Colour         int
	Place, Mark    string // of its id
	Idle, Absolute lifeView
	Values         []valueView
	Unavailable    bool // the shard does not answer

	id store.ID
}

type valueView struct{ Key, JSON string }

// mark returns a short sign by which people can tell an id from others.
func mark(id store.ID) string {
	sum := sha256.Sum256([]byte(id.Place + id.Fingerprint))
	return hex.EncodeToString(sum[:4])
}

// A lifeView is how much time is left, as a text and in seconds.
type lifeView struct {
	Left          string
	Seconds, From int
}

func newLife(left, from time.Duration) lifeView {
	left = max(0, left.Round(time.Second))
	return lifeView{spell(left), int(left.Seconds()), int(from.Seconds())}
}

// spell writes the two largest units of d.
func spell(d time.Duration) string {
	hours, minutes, seconds := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case hours >= 48:
		return fmt.Sprintf("%d days %d h", hours/24, hours%24)
	case hours > 0:
		return fmt.Sprintf("%d h %02d min", hours, minutes)
	}
	return fmt.Sprintf("%d min %02d s", minutes, seconds)
}

// session returns what the store has under the id. Asking the store, not the session, does not count as a use.
func (c *console) session(ctx context.Context, id store.ID) sessionView {
	v := sessionView{id: id}
	if id == (store.ID{}) {
		return v
	}
	v.Place, v.Mark = id.Place, mark(id)
	v.Shard, _ = c.site.Store.Owner(id.Place)
	v.Colour = c.colour(v.Shard)
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	record, err := c.site.Store.Load(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrCorrupt), errors.As(err, new(*store.GoneError)):
	case err != nil:
		v.Unavailable = true
	default:
		v.User = record.User
		v.Idle = newLife(record.Left, record.Idle)
		v.Absolute = newLife(record.Deadline.Sub(record.Now), record.Deadline.Sub(record.LoggedIn))
		for key, value := range record.Fields {
			v.Values = append(v.Values, valueView{key, value})
		}
		slices.SortFunc(v.Values, func(a, b valueView) int { return strings.Compare(a.Key, b.Key) })
	}
	return v
}
