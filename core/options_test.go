package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

func TestAWrongOptionIsAnErrorThatNamesTheValue(t *testing.T) {
	for _, test := range []struct {
		options core.Options
		want    string
	}{
		{core.Options{IdleTimeout: -time.Second}, "idle timeout -1s"},
		{core.Options{IdleTimeout: time.Microsecond}, "idle timeout 1µs is shorter than a millisecond"},
		{core.Options{IdleTimeout: 24 * time.Hour}, "absolute timeout 12h0m0s is shorter than the idle timeout 24h0m0s"},
		{core.Options{AbsoluteTimeout: time.Minute}, "absolute timeout 1m0s is shorter than the idle timeout 30m0s"},
		{core.Options{StoreTimeout: -1}, "store timeout -1ns is negative"},
		{core.Options{MaxBytes: -5}, "MaxBytes -5 is negative"},
		{core.Options{MaxKeys: -5}, "MaxKeys -5 is negative"},
		{core.Options{MaxSessions: -1}, "MaxSessions -1 is negative"},
		{core.Options{WatchInterval: -time.Second}, "WatchInterval -1s"},
		{core.Options{AtLimit: 2}, "AtLimit 2 is unknown"},
		{core.Options{Guest: core.Guest{MaxBytes: -1}}, "Guest.MaxBytes -1 is not from 1 to MaxBytes, 65536"},
		{core.Options{Guest: core.Guest{MaxBytes: 65537}}, "Guest.MaxBytes 65537 is not from 1 to MaxBytes, 65536"},
		{core.Options{Guest: core.Guest{MaxKeys: 1025}}, "Guest.MaxKeys 1025 is not from 1 to MaxKeys, 1024"},
		{core.Options{Guest: core.Guest{Lifetimes: core.Lifetimes{Locks: true}}}, "Guest.Locks: there is no login"},
		{core.Options{Guest: core.Guest{Lifetimes: core.Lifetimes{Idle: time.Microsecond}}},
			"Guest: the idle timeout 1µs is shorter than a millisecond"},
		{core.Options{Remember: core.Lifetimes{Idle: time.Hour, Absolute: time.Minute}},
			"Remember: the absolute timeout 1m0s is shorter than the idle timeout 1h0m0s"},
	} {
		if _, err := core.New(memstore.New(), secret, &test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New with %+v: error %v, want %q", test.options, err, test.want)
		}
	}
	if _, err := core.New(nil, secret, nil); err == nil {
		t.Error("New without a store: no error")
	}
}

func TestNewLeavesTheCallersOptionsAlone(t *testing.T) {
	var o core.Options
	if _, err := core.New(memstore.New(), secret, &o); err != nil {
		t.Fatal(err)
	}
	if o.IdleTimeout != 0 || o.Cookie != (core.Cookie{}) || o.MaxBytes != 0 {
		t.Errorf("New filled in the caller's options: %+v", o)
	}
}
