package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

// Devices are the sessions of a user, for a list.
type Devices struct {
	List []Device
	// Missing are the shards that do not answer. What they keep is not in the list.
	Missing []string
}

// A Device is a session in the answer of /devices.
type Device struct {
	Place    string    `json:"place"` // names it for /devices/end
	Device   string    `json:"device"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"last_used"` // exact to a tenth of the idle timeout
	Shard    string    `json:"shard"`
	Current  bool      `json:"current"` // it is the session of the request
}

// maxDevices is how many a list shows.
const maxDevices = 1000

// Devices returns the sessions of the visitor.
func (p Pages) Devices(ctx context.Context, session *core.Session) (Devices, error) {
	d := Devices{List: []Device{}}
	for page, err := range p.site.Sessions.Pages(ctx, session.User()) {
		partial := (*core.PartialError)(nil)
		if errors.As(err, &partial) {
			d.Missing = partial.Shards
		} else if err != nil {
			return d, err
		}
		for _, s := range page {
			d.List = append(d.List, Device{
				Place: s.Place, Device: s.Device, Shard: s.Shard, Current: s.Current(session),
				Created: s.Created.UTC(), LastUsed: s.LastUsed.UTC(),
			})
		}
		if len(d.List) >= maxDevices {
			break
		}
	}
	return d, nil
}

// SetHeaders tells programs which shards do not answer: the list is the body. set is the framework's way to set a header.
func (d Devices) SetHeaders(set func(name, value string)) {
	set("Vary", "Accept")
	if len(d.Missing) > 0 {
		set("Missing-Shards", strings.Join(d.Missing, ", "))
	}
}

// WantsJSON reports whether an Accept header is that of a program that asks for JSON.
func WantsJSON(accept string) bool {
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// DevicesPage is the list for people.
func (p Pages) DevicesPage(session *core.Session, d Devices) Page {
	news, _ := News.Pop(session)
	return p.page("devices", map[string]any{
		"Framework": p.framework, "News": news, "Devices": d, "Admin": IsAdmin(session), "MaxName": maxName,
	})
}

// Trouble says which shards do not answer, or "".
func (d Devices) Trouble() string {
	if len(d.Missing) == 0 {
		return ""
	}
	return Missing(d.Missing) + ": sessions there are not listed."
}

// Used says when the device was last used.
func (d Device) Used() string { return Ago(d.LastUsed) }

// Since says when the device signed in for the first time.
func (d Device) Since() string { return day(d.Created) }

// Ago says how long ago something was, by this machine's clock, in one unit.
func Ago(t time.Time) string {
	switch ago := time.Since(t); {
	case ago < time.Minute:
		return "just now"
	case ago < time.Hour:
		return fmt.Sprintf("%d min ago", int(ago.Minutes()))
	case ago < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(ago.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(ago.Hours()/24))
	}
}
