// Package docs keeps the documentation true: its tests build the code of README.md, look for the code that the pages of docs
// show in the files that they link, for every test that a page names, and for every file and heading that a page links.
package docs
