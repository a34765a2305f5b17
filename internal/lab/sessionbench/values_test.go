package main

import (
	"encoding/json"
	"testing"
)

func TestThePersonsStructHas200Bytes(t *testing.T) {
	text, err := json.Marshal(personOf(12345678)[2].value)
	if err != nil || len(text) != 200 {
		t.Errorf("%d bytes, %v: %s", len(text), err, text)
	}
}
