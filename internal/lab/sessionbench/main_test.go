package main

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if isChild() {
		child()
		return
	}
	os.Exit(m.Run())
}
