package main

import (
	"strings"
	"testing"
)

func TestAForgedCookieIsNotTheCookie(t *testing.T) {
	for _, cookie := range []string{"a=" + strings.Repeat("A", 40), "a=" + strings.Repeat("B", 40)} {
		if forged := forge(cookie); forged == cookie || len(forged) != len(cookie) || forged[:30] != cookie[:30] {
			t.Errorf("%s became %s", cookie, forged)
		}
	}
}
