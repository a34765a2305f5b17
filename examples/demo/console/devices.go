package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/ringsession/ringsession/examples/embedded"
	"github.com/ringsession/ringsession/examples/site"
)

const maxDevices = 5 // of a user

// Devices are browsers of the demo's own, on which visitors are signed in a second time.
type devices struct {
	site *site.Site

	mu   sync.Mutex
	list []*device
}

type device struct {
	*client
	user string
	mark string // of its session's id
}

func newDevices(s *site.Site) *devices { return &devices{site: s} }

// ofVisitor answers a form of a visitor who is signed in; device is the mark of the session that the form names.
func (c *console) ofVisitor(do func(ctx context.Context, user, device string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, err := c.visitor(r)
		switch {
		case err != nil:
			c.unavailable(w)
			return
		case session.User() == "":
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		if err := do(r.Context(), session.User(), r.PostFormValue("device")); err != nil {
			c.journal.add("That did not work: %v.", err)
		}
		http.Redirect(w, r, "/#devices", http.StatusSeeOther)
	}
}

// signIn signs the user in on another device.
func (d *devices) signIn(ctx context.Context, user, _ string) error {
	if len(d.of(user)) >= maxDevices {
		return errors.New("these are devices enough")
	}
	one := &device{client: newClient(d.site.URL(), &http.Transport{DisableKeepAlives: true}), user: user}
	if err := one.signIn(ctx, user); err != nil {
		return err
	}
	if _, _, err := one.ask(ctx, http.MethodGet, "/", nil); err != nil {
		return err
	}
	one.mark = embedded.Mark(d.site.Sessions.Start(ctx, one.cookies()...).ID())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, one)
	return nil
}

// visit reloads the page on the device.
func (d *devices) visit(ctx context.Context, user, mark string) error {
	return d.use(ctx, user, mark, http.MethodGet, "/", nil)
}

// leave signs the device out.
func (d *devices) leave(ctx context.Context, user, mark string) error {
	return d.use(ctx, user, mark, http.MethodPost, "/logout", url.Values{})
}

func (d *devices) use(ctx context.Context, user, mark, method, path string, form url.Values) error {
	list := d.of(user)
	i := slices.IndexFunc(list, func(one *device) bool { return one.mark == mark })
	if i < 0 {
		return errors.New("that device is not signed in any more")
	}
	status, _, err := list[i].ask(ctx, method, path, form)
	if err == nil && status >= http.StatusInternalServerError {
		err = fmt.Errorf("the other device got %d", status)
	}
	return err
}

// of returns the devices of the user, without those whose sessions have ended.
func (d *devices) of(user string) []*device {
	alive := make(map[string]bool)
	for _, s := range d.site.Embedded.Sessions() {
		alive[s.Mark] = s.User == user
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = slices.DeleteFunc(d.list, func(one *device) bool { return one.user == user && !alive[one.mark] })
	return slices.DeleteFunc(slices.Clone(d.list), func(one *device) bool { return one.user != user })
}
