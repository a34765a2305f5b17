// Package docs keeps the documentation true: its tests build the code of README.md and look for every test that
// docs/requirements.md names.
package docs
