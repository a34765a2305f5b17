// Package report writes what was measured into the pages of docs: the section of a page, tables, numbers and spreads.
package report
