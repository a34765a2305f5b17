// Package storemodel is the contract of package core/store as a model: what a
// store may answer to a history of calls on one session. core/storetest and the
// fault lab check their histories with it, so there is one model of the
// contract.
package storemodel
