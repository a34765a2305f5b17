package redisstore

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// A Shard is one part of the store: a server, a primary with replicas behind
// Sentinel, or a Cluster.
type Shard struct {
	// Name identifies the shard. It is permanent: sessions are found by it. The
	// shard's address can change.
	Name string
	// URL is the address of one server; see [NewURL]. The store makes the
	// client and closes it.
	URL URL
	// Client is used instead of URL, for Sentinel ([redis.NewFailoverClient]),
	// Cluster ([redis.NewClusterClient]) or settings that a URL cannot express.
	// It must have ContextTimeoutEnabled and read from primaries. Unless it is
	// a Cluster's, it must have MaxRetries -1. [ClientOptions] has further
	// settings that we advise. Types that embed a client are refused. The store
	// does not close the client.
	Client redis.UniversalClient `json:"-"`
	// Weight is the shard's part of new sessions, relative to the other
	// weights. Default 1.
	Weight int
	// Drain keeps new sessions away. The shard still serves those that it has.
	// Default false.
	Drain bool
	// Retired means that the shard no longer exists and its sessions are gone.
	// A request with one of its cookies is treated as signed out. A retired
	// shard needs neither URL nor Client. Default false.
	Retired bool
	// StartEmpty allows the server to be empty although the shard had sessions.
	// These sessions end. Without it, [Open] returns an error if the address
	// changed to that of an empty server, and if the name is that of a retired
	// shard. Set it for one start only. Default false.
	StartEmpty bool
}

// check returns what is wrong with the shard. It never repeats the URL, which
// may hold a password.
func (sh Shard) check() error {
	switch {
	case sh.Name == "":
		return errors.New("has no name")
	case sh.Weight < 0:
		return fmt.Errorf("%q: the weight %d is negative", sh.Name, sh.Weight)
	case sh.Drain && sh.Retired:
		return fmt.Errorf("%q: choose Drain (it keeps its sessions) "+
			"or Retired (they are gone), not both", sh.Name)
	case sh.Retired:
		return nil
	case sh.URL == (URL{}) && sh.Client == nil:
		return fmt.Errorf("%q: has neither URL nor Client, or the URL is empty", sh.Name)
	case sh.URL != (URL{}) && sh.Client != nil:
		return fmt.Errorf("%q: has both URL and Client", sh.Name)
	}
	return nil
}

// tagLen and spreadLen are the lengths of the parts of a place, in base64url
// characters.
const (
	tagLen    = 4
	spreadLen = 8
)

// tag returns the beginning of the places of the shard's sessions: 24 bits of
// the SHA-256 of its name.
func (sh Shard) tag() string {
	sum := sha256.Sum256([]byte(sh.Name))
	return base64.RawURLEncoding.EncodeToString(sum[:tagLen*6/8])
}
