package redisstore

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// ParseShards returns the shards in one string, such as an environment
// variable. The string is a list of URLs as in [Shard], separated by commas.
// The query of each URL has the shard's name, and may have weight, drain,
// retired and start_empty:
//
//	redis://10.0.0.1:6379?name=a,redis://10.0.0.2:6379?name=b&weight=2
//
// Everything else in a query is for go-redis. Write a comma within a URL as
// %2C. The error names the number of the wrong entry and repeats no password.
func ParseShards(list string) ([]Shard, error) {
	if strings.TrimSpace(list) == "" {
		return nil, errors.New("redisstore: the list of shards is empty")
	}
	var shards []Shard
	for i, text := range strings.Split(list, ",") {
		sh, err := parseShard(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("redisstore: shard %d of the list: %w", i+1, err)
		}
		shards = append(shards, sh)
	}
	return shards, checkAll(shards)
}

func parseShard(text string) (Shard, error) {
	u, err := parseURL(text)
	if err != nil {
		return Shard{}, err
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Shard{}, err
	}
	for key, values := range q {
		if len(values) > 1 {
			return Shard{}, fmt.Errorf("%s is given %d times", key, len(values))
		}
	}
	sh := Shard{Name: q.Get("name")}
	if sh.Name == "" {
		return Shard{}, errors.New("no name: add ?name=… to the URL")
	}
	if text := q.Get("weight"); text != "" {
		if sh.Weight, err = strconv.Atoi(text); err != nil || sh.Weight < 1 {
			return Shard{}, fmt.Errorf("%q: the weight %q is not a whole number above 0",
				sh.Name, text)
		}
	}
	for name, to := range map[string]*bool{
		"drain": &sh.Drain, "retired": &sh.Retired, "start_empty": &sh.StartEmpty,
	} {
		if text := q.Get(name); text != "" {
			if *to, err = strconv.ParseBool(text); err != nil {
				return Shard{}, fmt.Errorf("%q: %s is %q, neither true nor false",
					sh.Name, name, text)
			}
		}
	}
	for _, key := range []string{"name", "weight", "drain", "retired", "start_empty"} {
		q.Del(key)
	}
	if u.RawQuery = q.Encode(); u.Scheme != "" {
		sh.URL = NewURL(u.String())
	}
	return sh, nil
}
