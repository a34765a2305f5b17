package redisstore

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// timeout limits dialling, reading and writing unless the URL sets other
// values.
const timeout = time.Second

// ClientOptions returns the options of go-redis for the URL, with the settings
// of the store's own clients. Use them to change one setting and make a
// [Shard.Client]. A client with these settings fails within seconds and never
// sends a command twice. With go-redis's defaults one call to a silent server
// takes up to 100 seconds, and each retry repeats a script that may have run.
//
// Errors repeat no user and no password.
func ClientOptions(rawURL string) (*redis.Options, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "redis", "rediss", "unix":
	default:
		return nil, fmt.Errorf("the URL begins with %q: "+
			"write redis://host:port, rediss://host:port or unix:///path", u.Scheme+"://")
	}
	o, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, err // which repeats what follows the host: there is no @ in it
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
// It accepts only go-redis's own types, because a type that embeds one may do
// anything with a command.
func checkClient(c redis.UniversalClient) error {
	if v := reflect.ValueOf(c); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("the client is a nil %T", c)
	}
	switch c := c.(type) {
	case *redis.Client:
		return checkSettings(c.Options().ContextTimeoutEnabled, c.Options().MaxRetries)
	case *redis.ClusterClient:
		o := c.Options()
		if o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			return errors.New("the Cluster client reads from replicas, " +
				"which may still have sessions that have ended: " +
				"leave ReadOnly, RouteByLatency and RouteRandomly false")
		}
		return checkSettings(o.ContextTimeoutEnabled, o.MaxRetries)
	case *redis.Ring:
		return errors.New("a redis.Ring serves keys from another server while one is down: " +
			"give each of its servers a Shard")
	}
	return fmt.Errorf("the client is a %T: use a *redis.Client or a *redis.ClusterClient, "+
		"and its AddHook to see or change what it sends", c)
}

// checkSettings checks the settings that both kinds of clients have. maxRetries
// is as go-redis keeps it: a client of one server has 0 for -1, and a Cluster's
// keeps -1.
func checkSettings(contextTimeout bool, maxRetries int) error {
	if !contextTimeout {
		return errors.New("the client ignores deadlines: " +
			"set ContextTimeoutEnabled: true in its options")
	}
	if maxRetries > 0 {
		return fmt.Errorf("the client sends a command up to %d times more if its reply is lost, "+
			"which can undo what another request stored meanwhile: "+
			"set MaxRetries: -1 in its options (0 means go-redis's default of 3)", maxRetries)
	}
	return nil
}
