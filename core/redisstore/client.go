package redisstore

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// timeout bounds dialling, reading and writing where the URL does not say otherwise.
const timeout = time.Second

// ClientOptions returns the options of go-redis for the URL, with the settings that the store uses for its own clients, for
// those who want to change one and pass a [Shard.Client]: it fails soon and never sends a command twice. With go-redis's
// defaults one call to a silent server takes up to 100 seconds, and each retry repeats a script that may have run.
//
// Errors do not repeat the URL.
func ClientOptions(rawURL string) (*redis.Options, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: write redis://host:port, rediss://host:port or unix:///path", bare(err))
	}
	switch u.Scheme {
	case "redis", "rediss", "unix":
	default:
		return nil, fmt.Errorf("the URL begins with %q: write redis://host:port, rediss://host:port or unix:///path", u.Scheme+"://")
	}
	o, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, bare(err)
	}
	for _, d := range []*time.Duration{&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout} {
		if *d == 0 {
			*d = timeout
		}
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = -1
	}
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// checkClient refuses clients with which the store could not keep its promises.
func checkClient(c redis.UniversalClient) error {
	switch c := c.(type) {
	case *redis.Client:
		return needContextTimeout(c.Options().ContextTimeoutEnabled)
	case *redis.ClusterClient:
		o := c.Options()
		if o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			return errors.New("the Cluster client reads from replicas, which may still have sessions that have ended: " +
				"leave ReadOnly, RouteByLatency and RouteRandomly false")
		}
		return needContextTimeout(o.ContextTimeoutEnabled)
	case *redis.Ring:
		return errors.New("a redis.Ring serves keys from another server while one is down: give each of its servers a Shard")
	}
	return nil
}

func needContextTimeout(enabled bool) error {
	if !enabled {
		return errors.New("the client ignores deadlines: set ContextTimeoutEnabled: true in its options")
	}
	return nil
}
