package main

import (
	"encoding/gob"
	"fmt"
	"strings"
)

// keys are what every session holds: five values of 250 bytes in all, under names of 25 bytes, 50 more with quotes and framing.
var keys = [5]string{"email", "theme", "order", "token", "title"}

// valuesOf returns the values of the session with this number. No two sessions have one in common, so that a client notices
// when it gets another's.
func valuesOf(n int) (values [5]string) {
	for i, key := range keys {
		values[i] = fmt.Sprintf("%s of session %08d, fifty bytes with all of these", key, n)[:50]
	}
	return values
}

// pageOf returns what the page of a session shows: every value on a line. Without a session the lines are empty.
func pageOf(values [5]string) (page []byte) {
	for _, value := range values {
		page = append(append(page, value...), '\n')
	}
	return page
}

// An entry is what a session holds under a key.
type entry struct {
	key   string
	value any
}

// entriesOf returns the values of the session with this number as its entries.
func entriesOf(n int) (entries []entry) {
	for i, value := range valuesOf(n) {
		entries = append(entries, entry{keys[i], value})
	}
	return entries
}

// personOf returns what sessions hold in real life: an e-mail address, a token, and a struct, which has 200 bytes as JSON.
func personOf(n int) []entry {
	return []entry{
		{"email", fmt.Sprintf("ada.%08d@example.com", n)},
		{"token", fmt.Sprintf("%08d%s", n, strings.Repeat("token", 7))},
		{"profile", profile{
			ID: n, Name: "Ada Lovelace", City: "London", Language: "en", Newsletter: true,
			Address: fmt.Sprintf("%08d St James's Square, Westminster, London SW1Y 4LE, United Kingdom, second floor, on the left ", n),
		}},
	}
}

type profile struct {
	ID                            int
	Name, City, Language, Address string
	Newsletter                    bool
}

func init() { gob.Register(profile{}) } // for the libraries that need it
