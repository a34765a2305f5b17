package redisstore

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// A sender sends commands that are about one key in one write and returns the first error among them.
type sender interface {
	send(ctx context.Context, key string, cmds ...redis.Cmder) error
}

// newSender returns the sender for the client: in batches where the server of a key is known, unless plain.
func newSender(client redis.UniversalClient, plain, reserve bool) sender {
	switch c := client.(type) {
	case *redis.Client:
		if !plain {
			b := newBatcher(c)
			b.reserve = reserve
			return b
		}
	case *redis.ClusterClient:
		if !plain {
			return &fleet{cluster: c, plain: newPlain(c)}
		}
	}
	return newPlain(client)
}

// A fleet sends to a Cluster, in batches for each of its servers, so that one that hangs holds up no call to the others.
type fleet struct {
	cluster  *redis.ClusterClient
	plain    *batcher
	batchers sync.Map // of *batcher by the server's *redis.Client
}

func (f *fleet) send(ctx context.Context, key string, cmds ...redis.Cmder) error {
	server, err := f.cluster.MasterForKey(ctx, key)
	if err != nil {
		return f.plain.send(ctx, key, cmds...)
	}
	b, ok := f.batchers.Load(server)
	if !ok {
		b, _ = f.batchers.LoadOrStore(server, newBatcher(server))
	}
	if err = b.(*batcher).send(ctx, key, cmds...); isElsewhere(err) {
		// Nothing was done there, and the Cluster's client knows how to go on.
		return f.plain.send(ctx, key, cmds...)
	}
	return err
}

// elsewhere are the beginnings of replies with which a server of a Cluster says that the key is not its own, or not now.
var elsewhere = []string{"MOVED", "ASK", "TRYAGAIN", "READONLY"}

func isElsewhere(err error) bool {
	_, refused := replyIn(err, elsewhere)
	return refused || errors.Is(err, redis.ErrClosed)
}
