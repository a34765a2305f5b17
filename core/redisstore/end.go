package redisstore

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// endPage is how many sessions End ends in one write to a server. It is large
// enough that the round trip does not matter, and small enough that other
// clients of the server do not wait long.
const endPage = 100

// End implements [store.UserIndex]. It works on all shards at the same time,
// page by page, with two round trips for each page. If a shard does not answer
// within a second, End leaves an order. If ctx has a deadline, a quarter of the
// time is kept for leaving orders.
//
// With [Options.WaitReplicas] End waits for the replicas after each page. If
// they do not have the page in time, the sessions have ended at the primary,
// and an order stays until the replicas have it.
func (s *Store) End(ctx context.Context, of store.Owner, e store.Ending) (n int, err error) {
	index := s.indexKey(of)
	if index == "" {
		return 0, nil
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	names, err := s.names(e.Only)
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex
	progress := func(ended int) {
		mu.Lock()
		defer mu.Unlock()
		if n += ended; e.Progress != nil && ended > 0 {
			e.Progress(n)
		}
	}
	began := time.Now()
	work, cancel := withoutLastQuarter(ctx, e.Orders > 0)
	defer cancel()
	failed := s.onShards(work, names, func(ctx context.Context, sh *shard) error {
		x := &ender{s: s, conn: sh.conn, of: of, index: index, progress: progress}
		x.except, x.only = e.Except, e.Only
		x.send, x.write = sh.sendEach, s.durablyEach(sh.conn)
		if err := x.run(ctx); err != nil {
			return err
		}
		return sh.conn.confirmPrimary(ctx, true)
	})
	partial := failed.partial()
	if partial == nil {
		return n, nil
	}
	if e.Orders > 0 {
		partial.Ordered = s.leaveOrders(ctx, failed, of, e, began)
	}
	return n, partial
}

// withoutLastQuarter returns a context that ends before ctx does, if it is to,
// so that there is time left for what must follow a time-out.
func withoutLastQuarter(ctx context.Context, wanted bool) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || !wanted {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/4))
}

// A lastLogin is the time of the latest login to end, in Unix milliseconds by
// the clock of the session's server. So it does not matter when the script
// arrives there.
type lastLogin string

const (
	anyLogin lastLogin = ""  // whenever it was
	noLogin  lastLogin = "0" // before there were any sessions
)

// An ender ends sessions of an owner on one shard.
type ender struct {
	s            *Store
	conn         *conn
	send, write  sendEach
	of           store.Owner
	index        string
	except, only string
	given        time.Time // by an order; zero without
	progress     func(ended int)
}

// run ends them all. Each page begins where the one before ended, so entries
// that stay and logins that come meanwhile do not delay it. If one server of a
// Cluster fails, run goes on with the others for a while.
func (x *ender) run(ctx context.Context) (failed error) {
	if x.only != "" {
		return x.end(ctx, []string{x.only})
	}
	var lost time.Duration
	for after := (position{}); ; {
		list, more, err := x.page(ctx, after)
		if err != nil {
			return err
		}
		var places []string
		for _, p := range list {
			after = p
			if p.place != x.except {
				places = append(places, p.place)
			}
		}
		begun := time.Now()
		err = x.end(ctx, places)
		if failed = cmp.Or(err, failed); err != nil {
			lost += time.Since(begun)
		}
		if errors.Is(err, errNotReplicated) {
			// The primary has it. The others need not wait for the order that
			// will follow.
			x.write, lost, err = x.send, 0, nil
		}
		if !more || err != nil && x.conn.cluster == nil || lost > 2*timeout ||
			failed != nil && ctx.Err() != nil {
			return failed
		}
	}
}

func (x *ender) page(ctx context.Context, after position) ([]position, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return positions(ctx, x.send, x.index, after, endPage)
}

// end ends the sessions at the places, and removes their entries.
func (x *ender) end(ctx context.Context, places []string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	places, logins, clockErr := x.lastLogins(ctx, places)
	replies, err := endEach(ctx, x.write, x.s.prefix, x.scriptIndex(), x.of, places, logins)
	ended, entries := 0, make(map[string][]any)
	for i, r := range replies {
		l := r.ended
		if l != (store.Login{}) {
			ended++
			// Those of its other indexes too.
			for _, key := range x.s.indexKeys(l) {
				if key != x.scriptIndex() {
					entries[key] = append(entries[key], places[i])
				}
			}
		} else if r.status == statusEnded && x.conn.cluster != nil {
			entries[x.index] = append(entries[x.index], places[i])
		}
	}
	x.progress(ended)
	if len(entries) > 0 {
		var keys []string
		var cmds []redis.Cmder
		for key, places := range entries {
			keys, cmds = append(keys, key), append(cmds, removals(ctx, []string{key}, places...)...)
		}
		_ = x.send(ctx, keys, cmds) // they stay until their deadline
	}
	return cmp.Or(clockErr, err)
}

// clockError is how much later than an order a login may be and still end,
// because of the time that a server's reply took. Orders of others are read
// with the same error.
const clockError = ordersTimeout

// lastLogins returns the time of the latest login to end at each of the places.
// Without an order every login ends. With an order, lastLogins leaves out the
// places whose server does not tell its time, and returns an error.
func (x *ender) lastLogins(
	ctx context.Context, places []string,
) (known []string, logins []lastLogin, err error) {
	if x.given.IsZero() || len(places) == 0 {
		return places, make([]lastLogin, len(places)), nil
	}
	ctx, cancel := context.WithTimeout(ctx, clockError)
	defer cancel()
	asked := places
	if x.conn.cluster == nil {
		asked = places[:1] // one clock for all
	}
	keys, cmds := make([]string, len(asked)), make([]redis.Cmder, len(asked))
	for i, place := range asked {
		keys[i] = x.s.prefix + "{" + x.s.prefix + place + "}clock" // where the session is
		cmds[i] = redis.NewCmd(ctx, ordersScript.evaluate(keys[i], "").args...)
	}
	ago := time.Since(x.given).Milliseconds()
	err = x.send(ctx, keys, cmds)
	for i, place := range places {
		cmd := cmds[min(i, len(cmds)-1)]
		if cmd == nil || cmd.Err() != nil {
			continue
		}
		if now, _ := readOrdersReply(cmd.(*redis.Cmd)); now != notANumber {
			known = append(known, place)
			logins = append(logins, lastLogin(strconv.FormatInt(int64(now)-ago, 10)))
		}
	}
	return known, logins, err
}

// scriptIndex returns the index that the scripts remove entries from, or "".
func (x *ender) scriptIndex() string {
	if x.conn.cluster != nil {
		return ""
	}
	return x.index
}

// endEach runs the script that ends a session of the owner at each of the
// places. It spares logins that are later than those given. After an error, the
// replies that have come still count.
func endEach(
	ctx context.Context, send sendEach, prefix, index string,
	of store.Owner, places []string, logins []lastLogin,
) ([]reply, error) {
	if len(places) == 0 {
		return nil, nil
	}
	if of.User != "" {
		of.External = ""
	}
	keys, cmds := make([]string, len(places)), make([]redis.Cmder, len(places))
	for i, place := range places {
		keys[i] = prefix + place
		e := endScript.evaluate(keys[i], place)
		if index != "" {
			e.reaches(index)
		}
		e.with(of.User, of.External, string(logins[i]), store.Memory.Milliseconds())
		cmds[i] = redis.NewCmd(ctx, e.args...)
	}
	err := send(ctx, keys, cmds)
	replies := make([]reply, len(places))
	for i, cmd := range cmds {
		if cmd != nil && cmd.Err() == nil {
			replies[i] = readReply(cmd.(*redis.Cmd).Val())
		}
	}
	return replies, err
}
