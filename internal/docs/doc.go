// Package docs keeps the documentation true: its tests look for the code that README.md and the pages of docs
// show in the files that they link, for every test that a page names, and for every file and heading that a page links.
package docs
