package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

// An order is to end sessions on a shard that did not answer. Other shards, its
// holders, keep it for as long as the sessions may live, and any process
// carries it out when the shard answers again. So it is carried out even if the
// process that left it has died. It may be carried out more than once: it does
// not end sessions whose login is later than the order.
//
// A holder has a sorted set for each shard that has orders. The members are
// orders as JSON, and the scores are the times when they expire. All sets of a
// Cluster are on one of its servers.
type order struct {
	ID       string `json:"id"`
	At       int64  `json:"given,omitempty"` // Unix milliseconds by the holder's clock
	User     []byte `json:"user,omitempty"`  // bytes, because JSON has no others than UTF-8
	External []byte `json:"external,omitempty"`
	Only     string `json:"only,omitempty"`
	Except   string `json:"except,omitempty"`
}

func (o order) owner() store.Owner {
	return store.Owner{User: string(o.User), External: string(o.External)}
}

// ordersKey returns the key of the orders for the shard.
func (s *Store) ordersKey(sh Shard) string { return s.prefix + "{orders}:" + sh.tag() }

// maxOrders is how many orders for one shard a process keeps in mind. The
// holders have the others.
const maxOrders = 10_000

// orders are those that this process knows, and which have not been carried
// out. It is safe for concurrent use.
type orders struct {
	mu sync.Mutex
	of map[string]map[string]*pending // by the shard's name and the order's id
}

// A pending order may change only under the lock of orders.
type pending struct {
	order
	given  time.Time         // by the clock of this process
	until  time.Time         // when it expires
	copies map[string]string // what the holders have, by their names
}

// add adds an order for the shard, or a copy of one.
func (o *orders) add(shard string, p pending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of == nil {
		o.of = make(map[string]map[string]*pending)
	}
	all := o.of[shard]
	if all == nil {
		all = make(map[string]*pending)
		o.of[shard] = all
	}
	if before := all[p.ID]; before != nil {
		maps.Copy(before.copies, p.copies)
		if p.given.Before(before.given) { // both are too late, if anything
			before.given = p.given
		}
	} else if len(all) < maxOrders {
		p.copies = maps.Clone(p.copies)
		if p.copies == nil {
			p.copies = make(map[string]string)
		}
		all[p.ID] = &p
	}
}

// list returns the orders for the shard that have not expired.
func (o *orders) list(shard string) (list []pending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, p := range o.of[shard] {
		if time.Now().After(p.until) {
			delete(o.of[shard], id)
			continue
		}
		copied := *p
		copied.copies = maps.Clone(p.copies)
		list = append(list, copied)
	}
	return list
}

// has reports whether there are orders for the shard, or for any if it is "".
func (o *orders) has(shard string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, all := range o.of {
		if len(all) > 0 && (shard == "" || shard == name) {
			return true
		}
	}
	return false
}

// remove removes the order and returns the copies of it.
func (o *orders) remove(shard, id string) map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.of[shard][id]
	if p == nil {
		return nil
	}
	delete(o.of[shard], id)
	return p.copies
}

// leaveOrders leaves orders for the shards that failed, and reports whether
// other servers keep all of them. This process carries them out too.
func (s *Store) leaveOrders(
	ctx context.Context, failed failures, of store.Owner, e store.Ending, began time.Time,
) (ordered bool) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	t := s.topology.Load()
	if t == nil {
		return false
	}
	// Logins before the call must end, and those after it live. The middle of
	// the call leaves the most room for the errors of clocks and replies.
	began = began.Add(time.Since(began) / 2)
	var targets []*shard
	given := make(map[string]order)
	for name := range failed {
		if sh := t.byName[name]; sh != nil && !sh.Retired {
			targets = append(targets, sh)
			o := order{ID: rand.Text(), Only: e.Only, Except: e.Except}
			o.User, o.External = []byte(of.User), []byte(of.External)
			given[name] = o
			s.orders.add(name, pending{order: o, given: began, until: began.Add(e.Orders)})
		}
	}
	var wg sync.WaitGroup
	for _, holder := range t.shards {
		others := slices.DeleteFunc(slices.Clone(targets), func(sh *shard) bool {
			return !holder.holds(sh) || failed[holder.Name] != nil && sh != holder
		})
		if holder.conn != nil && len(others) > 0 {
			wg.Go(func() { s.leaveAt(ctx, holder, others, given, e.Orders, began) })
		}
	}
	wg.Wait()
	ordered = true
	for _, sh := range targets {
		e := core.Event{
			Kind: core.EventEndOrdered, Shard: sh.Name, User: of.User, Err: failed[sh.Name],
		}
		if !s.orders.isHeld(sh.Name, given[sh.Name].ID) {
			ordered, e.Reason = false, "no other shard keeps the order"
		}
		s.tell(e)
	}
	s.wakeWatch()
	return ordered
}

// holds reports whether orders for the other shard may be at sh: a Cluster that
// lacks one server may have its own at another.
func (sh *shard) holds(other *shard) bool {
	return sh.conn != nil && (sh != other || sh.conn.cluster != nil)
}

// isHeld reports whether a holder has a copy of the order, or has had one until
// it was carried out.
func (o *orders) isHeld(shard, id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.of[shard][id]
	return p == nil || len(p.copies) > 0
}

// leaveAt leaves the orders for the shards at a holder.
func (s *Store) leaveAt(
	ctx context.Context, holder *shard, shards []*shard,
	given map[string]order, life time.Duration, began time.Time,
) {
	if !holder.tryEnter() {
		return
	}
	defer holder.leave()
	var keys []string
	var cmds []redis.Cmder
	for _, sh := range shards {
		text, err := json.Marshal(given[sh.Name])
		if err != nil {
			return
		}
		key := s.ordersKey(sh.Shard)
		e := enterScript.evaluate(key, string(text[1:])).
			with(life.Milliseconds(), time.Since(began).Milliseconds())
		keys, cmds = append(keys, key), append(cmds, redis.NewCmd(ctx, e.args...))
	}
	_ = holder.sendEach(ctx, keys, cmds)
	for i, sh := range shards {
		if cmds[i] == nil || cmds[i].Err() != nil {
			continue
		}
		if member, ok := cmds[i].(*redis.Cmd).Val().(string); ok {
			copies := map[string]string{holder.Name: member}
			s.orders.add(sh.Name, pending{
				order: given[sh.Name], given: began, until: began.Add(life), copies: copies,
			})
		}
	}
}

// readOrders asks a holder for the orders for the shards.
func (s *Store) readOrders(
	ctx context.Context, holder *shard, send sendEach, shards []*shard,
) error {
	keys := make([]string, len(shards))
	for i, sh := range shards {
		keys[i] = s.ordersKey(sh.Shard)
	}
	ask := ordersScript.evaluate(keys[0], "")
	ask.reaches(keys[1:]...)
	cmd := redis.NewCmd(ctx, ask.args...)
	if err := send(ctx, keys[:1], []redis.Cmder{cmd}); err != nil {
		return err
	}
	// The holder looked at its clock before it replied. So orders seem later
	// than they are, by the time that the reply took. A login in that time may
	// end. A login from before the order certainly ends.
	read := time.Now()
	now, sets := readOrdersReply(cmd)
	for _, part := range sets {
		set, _ := part.([]any)
		if len(set) != 2 {
			continue
		}
		at, _ := set[0].(int64)
		members, _ := set[1].([]any)
		if at < 1 || int(at) > len(shards) {
			continue
		}
		sh := shards[at-1]
		if sh.Retired {
			// Its sessions are gone.
			drop := redis.NewBoolCmd(ctx, "pexpire", keys[at-1], 0)
			_ = send(ctx, keys[at-1:at], []redis.Cmder{drop})
			continue
		}
		for _, m := range members {
			text, _ := m.(string)
			p := pending{until: read.Add(time.Minute), copies: map[string]string{holder.Name: text}}
			if json.Unmarshal([]byte(text), &p.order) == nil && p.ID != "" {
				p.given = read.Add(-max(0, time.Duration(int64(now)-p.At)*time.Millisecond))
				s.orders.add(sh.Name, p)
			}
		}
	}
	return nil
}

// readOrdersReply returns the time by the server's clock, and what follows.
func readOrdersReply(cmd *redis.Cmd) (now number, sets []any) {
	reply, _ := cmd.Slice()
	if len(reply) == 0 {
		return notANumber, nil
	}
	text, _ := reply[0].(string)
	now.read(text)
	return now, reply[1:]
}

// gather asks all holders for the orders for the shard.
func (s *Store) gather(ctx context.Context, t *topology, sh *shard) {
	var wg sync.WaitGroup
	for _, holder := range t.shards {
		if holder.holds(sh) && holder.tryEnter() {
			send := holder.sendEach
			if holder == sh {
				send = sh.sendDirect // its breaker may wait for this
			}
			wg.Go(func() {
				defer holder.leave()
				_ = s.readOrders(ctx, holder, send, []*shard{sh})
			})
		}
	}
	wg.Wait()
}

// carryOutAll carries out the known orders for the shard. It asks the holders
// again if they have more orders than one reply takes.
func (s *Store) carryOutAll(ctx context.Context, t *topology, sh *shard) error {
	for s.orders.has(sh.Name) {
		if err := s.carryOut(ctx, sh); err != nil {
			return err
		}
		few, cancel := context.WithTimeout(ctx, gatherTimeout)
		s.gather(few, t, sh)
		cancel()
	}
	return nil
}

// carryOut ends what the known orders for the shard say, and takes them from
// their holders. The caller has entered the shard.
func (s *Store) carryOut(ctx context.Context, sh *shard) error {
	select {
	case sh.watched.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	var done []core.Event
	defer func() {
		<-sh.watched.turn
		for _, e := range done {
			s.tell(e)
		}
	}()
	list := s.orders.list(sh.Name)
	if len(list) == 0 {
		return nil
	}
	if err := sh.conn.confirmPrimary(ctx, false); err != nil {
		return err
	}
	var over []pending
	var failed error
	failures := 0
	for _, p := range list {
		of, ended := p.owner(), 0
		x := &ender{s: s, conn: sh.conn, of: of, index: s.indexKey(of), given: p.given}
		x.except, x.only = p.Except, p.Only
		x.send, x.write = sh.sendDirect, sh.sendDirect
		x.progress = func(n int) { ended += n }
		if err := x.run(ctx); err != nil {
			// The order may be about servers of a Cluster that do not answer,
			// and the next one not.
			failed = refused(sh.conn, err)
			if failures++; sh.conn.cluster == nil || failures == 3 || ctx.Err() != nil {
				break
			}
			continue
		}
		over = append(over, p)
		done = append(done, core.Event{
			Kind: core.EventEndCarriedOut, Shard: sh.Name, User: of.User, Count: ended,
		})
	}
	// A failover to a replica that has not seen the end would bring the
	// sessions back, and the order would be gone.
	if err := s.confirmOver(ctx, sh, over); err != nil {
		done = nil
		return err
	}
	for _, p := range over {
		s.withdraw(ctx, sh, p.ID)
	}
	return failed
}

// confirmOver returns an error unless the orders are carried out for good.
func (s *Store) confirmOver(ctx context.Context, sh *shard, over []pending) error {
	if len(over) == 0 {
		return nil
	}
	if err := sh.conn.confirmPrimary(ctx, false); err != nil || s.replicas == 0 {
		return err
	}
	return s.confirmReplicas(ctx, sh.conn)
}

// withdraw takes an order that was carried out from its holders. A copy that
// stays is carried out again, and ends nothing.
func (s *Store) withdraw(ctx context.Context, sh *shard, id string) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	t := s.topology.Load()
	if t == nil {
		return
	}
	key := []string{s.ordersKey(sh.Shard)}
	for name, member := range s.orders.remove(sh.Name, id) {
		if holder := t.byName[name]; holder != nil && holder.conn != nil && holder.tryEnter() {
			_ = holder.sendEach(ctx, key, removals(ctx, key, member))
			holder.leave()
		}
	}
}

// beforeServing carries out the orders for a shard whose server did not answer,
// before the server serves again. It goes on if the holders do not answer. It
// does nothing if this process has no order and nobody else can have left one.
func (s *Store) beforeServing(
	ctx context.Context, name string, ping func(context.Context) error,
) error {
	t := s.topology.Load()
	sh := t.find(name)
	if sh == nil || sh.conn == nil || !t.hasHolders() && !s.orders.has(name) {
		return nil
	}
	if err := ping(ctx); err != nil {
		return err
	}
	few, cancel := context.WithTimeout(ctx, gatherTimeout)
	defer cancel()
	s.gather(few, t, sh)
	if !s.orders.has(name) || !sh.tryEnter() {
		return nil
	}
	defer sh.leave()
	err := s.carryOutAll(ctx, t, sh)
	if isComplete(err) || sh.conn.cluster != nil { // whose other servers must not hold this one up
		return nil
	}
	return err
}

// gatherTimeout bounds how long a shard that could serve waits for the holders.
const gatherTimeout = 250 * time.Millisecond
