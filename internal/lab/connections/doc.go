// Package connections measures what open connections cost: many that idle, each with its own session, and many streams. Its
// test has a short form; make connections runs the long one and writes docs/connections.md.
package connections
