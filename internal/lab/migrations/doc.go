// Package migrations runs the programs that the pages of docs quote: before a change of library, after it, and with both;
// and what the README says of each library.
package migrations
