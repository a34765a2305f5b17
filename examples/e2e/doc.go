// Package e2e uses the examples as people do: with a browser.
package e2e
