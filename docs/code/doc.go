// Package code is the code that the pages of docs quote: programs before and after a change of library, an adapter and a
// store. It is a module of its own, so that the libraries which it needs are no business of the library's users.
package code
