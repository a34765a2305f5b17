package main

import "fmt"

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
