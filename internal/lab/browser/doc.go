// Package browser uses the examples as people do: with a browser.
package browser
