//go:build !linux

package main

import "time"

func lockPrecise() (undo func()) { return func() {} }

func sleepUntil(t time.Time) { time.Sleep(time.Until(t)) }
