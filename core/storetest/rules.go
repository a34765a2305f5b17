package storetest

import (
	"fmt"
	"strings"
)

// A rule is one sentence of the contract and the steps that show whether a
// store keeps it.
type rule struct {
	name  string
	says  string
	steps func(*trial)
}

// The comments are ids of the requirements that a rule proves.
var rules = []rule{
	{"place", "a new place is 12 base64url characters, was never used and takes a session",
		placeForm},

	{"create", "load returns what create stored: the fields, the times, and no user", createStores},
	{"create-login", "a create with a login stores the user and the time", createLogsIn},
	{"create-empty", "a session may have no fields", createEmpty},
	{"create-delta", "create looks at what is to be set and not at what is to be dropped",
		createSetsOnly},
	{"create-copy", "a store keeps nothing of the delta's map when the call has ended",
		createCopies},
	// H19
	{"create-repeat", "a create that is repeated succeeds and undoes nothing", createRepeats},
	// R3
	{"create-taken", "a create at a place that is taken fails with ErrExists and changes nothing",
		createTaken},
	{"create-renewed", "the place of a renewed session is taken, also for its first ID",
		createRenewed},
	// R24
	{"create-destroyed", "the place of a destroyed session is taken as long as the store remembers it",
		createDestroyed},
	{"create-expired", "the place of an expired session is free, and nothing is left of it",
		createForgets},

	// R3
	{"load-unknown", "a place where nothing is answers ErrNotFound, and nothing is created there",
		loadUnknown},
	{"load-other", "another fingerprint answers ErrNotFound and changes nothing", loadOther},
	{"load-copy", "a record belongs to the caller: changing it changes nothing that is stored",
		loadCopies},

	{"save", "save changes what the delta names and nothing else", saveNames},
	{"save-nothing", "a save without changes changes nothing", saveNothing},
	{"save-clear", "a clear drops all fields and keeps the login", saveClears},
	{"save-order", "a delta clears first, then deletes, then sets", saveOrders},
	// H1
	{"save-two", "two saves of different fields both last", saveTwo},
	// H19
	{"save-nonce", "a save with one of the last nonces succeeds and changes nothing", saveRepeats},
	{"save-nonce-only", "a repeated save does not extend the life, and a nonce belongs to one session",
		saveRepeatsOnly},
	{"save-nonce-empty", "a save with the empty nonce is never taken for a repeated one",
		saveWithoutNonce},
	{"save-nonce-odd", "a nonce is any printable text, and none is taken for another",
		saveOddNonces},
	// R3
	{"save-missing", "save of a session that is not there fails with ErrNotFound and creates nothing",
		saveMissing},

	{"values-odd", "keys and values may hold any bytes and be any words", valuesOdd},
	{"values-users", "users may have any name", usersOdd},
	{"values-large", "a value may have 60 KiB", valuesLarge},
	{"values-many-created", "a create may set 3,000 fields", manyCreated},
	{"values-many-saved", "a save may set and delete 3,000 fields", manySaved},
	{"values-many-dropped", "3,000 fields may be deleted or cleared at once", manyDropped},
	{"values-many-renewed", "a renewal may set, delete and clear 3,000 fields", manyRenewed},
	{"values-many-deleted", "a save may delete 50,000 fields", manyAtOnce},

	// H36
	{"count", "what is added to a field counts from what it holds, or from zero", countAdds},
	{"count-renew", "a renewal adds and takes as a save does, once", countRenews},
	{"count-integer", "to add to what is no integer is an error that changes nothing", countIntegers},
	{"count-overflow", "a sum beyond MaxCount is an error that changes nothing", countOverflows},
	{"count-limit", "a sum beyond its own limit is an error that changes nothing", countLimits},
	{"count-size", "what is added counts for the session's limits", countSizes},
	{"take", "what is taken is dropped, and if one field is missing nothing is changed", takeDrops},
	{"take-many", "a save may take 3,000 fields and add to as many", takeMany},
	// H19
	{"once-repeat", "a repetition of one of the last saves with a Once succeeds and changes nothing",
		onceRepeats},
	{"once-never", "no save with a Once is applied twice, however many come between", onceNever},
	{"once-told", "a save with a Once whose first attempt never came is applied if that is known",
		onceTold},
	{"once-late", "a first attempt that comes after its repetition changes nothing", onceLate},
	{"once-forgotten", "a save with a Once that the store cannot tell changes nothing", onceForgotten},

	{"limit-bytes", "no change passes the limit of bytes, and the error has both numbers",
		limitBytes},
	{"limit-fields", "no change passes the limit of fields, and the error has both numbers",
		limitFields},
	{"limit-after", "what counts is what the session would hold after the change", limitAfter},
	{"limit-blind", "what counts is what the session holds, not what was written to it",
		limitBlind},
	{"limit-over", "a session over a limit can be changed, renewed and ended, not made larger",
		limitOver},
	{"limit-nothing", "a change that a limit refuses changes nothing at all", limitNothing},
	{"limit-create", "a create that a limit refuses leaves its place free", limitCreate},
	{"limit-guest", "a session without a login has the limits of guests, if there are any",
		guestLimits},
	{"limit-guest-over", "a login lifts the limits of guests", guestOver},
	{"limit-repeat", "a repeated save or renewal succeeds whatever the session holds by then",
		limitRepeats},

	{"renew", "renew gives the session a new ID and keeps all it has", renewKeeps},
	// R23
	{"renew-old", "an ID that was renewed answers a GoneError to every call, and changes nothing",
		renewReplaces},
	{"renew-ago", "the GoneError has the time since the latest renewal while the session lives",
		renewAgo},
	{"renew-old-use", "calls with a renewed ID do not extend the life of the session",
		renewOldExtends},
	// H19
	{"renew-repeat", "a renewal that is repeated succeeds and does nothing more", renewRepeats},
	// R3
	{"renew-missing", "renew of what is not there fails with ErrNotFound and creates nothing",
		renewMissing},
	{"renew-login", "a renewal with a login sets the user and restarts the absolute lifetime",
		renewLogsIn},
	{"renew-delta", "renew applies the delta to the session", renewApplies},
	// R23
	{"renew-chain", "a session may be renewed again and again; only its latest ID opens it",
		renewChains},

	// R24
	{"destroy", "a destroyed session cannot be loaded, saved, refreshed or renewed", destroyEnds},
	{"destroy-memory", "the store remembers the end of a session for Memory and no longer",
		destroyRemembers},
	{"destroy-repeat", "to destroy what is not there is no error, and is remembered too",
		destroyRepeats},
	// R24
	{"destroy-within", "destroy under an old ID ends the session if it was renewed within the time",
		destroyWithin},
	{"destroy-late", "destroy under an ID renewed longer ago fails and ends nothing",
		destroyLate},
	{"destroy-other", "destroy with another fingerprint fails with ErrNotFound and ends nothing",
		destroyOther},
	{"destroy-others", "destroy leaves the other sessions alone", destroySpares},
	{"destroy-user", "destroy returns the user whose session it ended, and no other", destroyUser},
	{"destroy-missed", "a destroy that ended nothing returns no user", destroyMissed},

	// R20
	{"idle", "a session that nobody uses is alive just before the idle timeout and dead just after",
		idleEnds},
	{"idle-load", "load does not extend the life of a session", loadReadsOnly},
	{"clock", "all times of a record are by one clock, the store's", clockIsOne},
	// R20
	{"idle-use", "refresh, save and renew extend the life of a session by the idle timeout",
		useExtends},
	{"idle-own", "a use without a login takes no lifetimes: the session keeps its own",
		useKeepsIdle},
	{"idle-exact", "lifetimes are exact to the millisecond, and may be months", idleExact},
	{"refresh", "refresh changes nothing but the end of the life", refreshKeeps},
	{"refresh-missing", "refresh of a session that is not there fails and creates nothing",
		refreshMissing},
	// R21
	{"absolute", "no use keeps a session alive beyond its deadline", absoluteEnds},
	{"absolute-idle", "the time left never passes the deadline", absoluteCutsIdle},
	{"absolute-first", "the time left never passes the deadline, from the creation on",
		absoluteCutsFirst},
	// R21
	{"absolute-login", "a login restarts the absolute lifetime, once", loginRestarts},
	{"login-lifetimes", "a login gives the session its own lifetimes", loginTakes},

	{"login", "a record has all of its login, whatever else is changed", loginKept},
	{"login-again", "the next login replaces all of the login before", loginReplaced},
	{"login-none", "a login without a user is none", loginNone},
	{"login-odd", "what a login brings beside its user may be any text", loginOdd},
	{"used", "a record has the time of its last use, exactly, until its deadline", usedAt},
	{"used-not", "what was repeated or refused, or came under an old ID, is no use", usedNot},

	{"lock-own", "whether the idle time locks is decided by the creation and by logins", lockOwn},
	{"lock-use", "a session that locks is used like any other, and lives until its deadline", lockUse},
	{"lock", "a session that nobody used locks: calls work, and are no use of it", lockLocked},
	{"lock-unlock", "a renewal that unlocks is a use, and keeps the deadline", lockUnlock},
	{"lock-repeat", "a renewal that is repeated or refused unlocks nothing", lockRepeat},
	{"lock-login", "a login unlocks and restarts the absolute lifetime", lockLogin},
	{"lock-deadline", "a session that locks is gone after its deadline", lockEnds},
	{"lock-destroy", "a locked session can be destroyed", lockDestroyed},

	// R30
	{"context-cancelled", "a call with a cancelled context fails, and not as if the session had ended",
		contextCancelled},
	{"context-expired", "a call whose deadline is over fails, and not as if the session had ended",
		contextExpired},
	{"context-in-time", "a call with a deadline that is far succeeds", contextInTime},
	// R30
	{"context-runs-out", "a call that runs out of time returns soon, and the session stays usable",
		contextRunsOut},

	// H1
	{"race-writers", "saves of different fields at the same moment all last", writersOfKeys},
	{"race-limit", "saves at the same moment never pass a limit together", writersAtTheLimit},
	{"race-repeat", "a save that is repeated while it is on its way takes effect once",
		repeatsAtOnce},
	// H36
	{"race-count", "what is added to one field at the same moment all counts", parallelAdds},
	{"race-count-limit", "additions at the same moment never pass their limit together",
		parallelAddsUpTo},
	{"race-take", "of several calls that take a field at the same moment one succeeds",
		parallelTakes},
	{"race-once", "attempts of one save with a Once at the same moment are applied once",
		parallelRepeats},
	// H2
	{"race-create-destroy", "a create at the moment of a destroy leaves no session",
		createAgainstDestroy},
	{"race-save-destroy", "a save at the moment of a destroy does not bring the session back",
		saveAgainstDestroy},
	{"race-refresh-destroy", "a refresh at the moment of a destroy does not bring the session back",
		refreshAgainstDestroy},
	{"race-renew-destroy", "a renewal at the moment of a destroy does not save the session from it",
		renewAgainstDestroy},
	{"race-renew-destroy-old", "a renewal does not save a session from a destroy under an older ID",
		renewAgainstDestroyOfOld},
	{"race-destroy", "of several destroys at the same moment one returns the user",
		parallelDestroys},
	{"race-save-renew", "a save at the moment of a renewal either lasts or fails",
		saveAgainstRenew},
	// H6
	{"race-renew", "of many renewals of one ID at the same moment one succeeds", parallelRenews},
	{"race-create", "of many creates at one place at the same moment one succeeds",
		parallelCreates},
	// R31
	{"race-read-save", "a reader sees all of a save or nothing of it", readersOfSaves},
	{"race-read-renew", "a reader sees all of a renewal or nothing of it", readersOfRenewals},
	{"race-read-destroy", "a reader finds all of a session that is being destroyed or nothing",
		readersOfDestroys},
	// R31
	{"histories", "some order of the calls of several clients explains what they saw", histories},
}

// indexRules are for a store that is a store.UserIndex.
var indexRules = []rule{
	// R40
	{"index", "a list has the sessions that the owner is logged in to, and nobody else's", listFinds},
	{"index-pages", "pages of any size have each session once", listPages},
	{"index-pages-change", "sessions that begin, end or are renewed between pages hide no other",
		listChanges},
	{"index-order", "on a page the session with the latest deadline comes first", listOrder},
	{"index-record", "a list has the records that load returns", listRecords},
	{"index-fields", "a list has the fields that were asked for, and no others", listFields},
	{"index-reads", "a list changes no session", listReads},
	{"index-uses", "no renewal, save or refresh hides a session before its deadline", listStays},
	{"index-ended", "a list has no session that was destroyed or expired", listEnds},
	{"index-login", "a session belongs to its latest login alone, and so does its place", listLatest},
	{"index-deadline", "a session is listed until the deadline of its latest login",
		listDeadlines},
	{"index-names", "owners may have any names, and none is taken for another", listOwners},
	{"index-external", "an external id owns the sessions whose login has it", listExternal},
	{"index-nobody", "a session without a login belongs to nobody", listNobody},
	{"index-locked", "a session that is locked is listed, and ends, like any other", listLocked},
	{"index-forgets", "sessions whose deadline is over do not make a list longer", listForgets},

	{"end", "end ends all of the owner's sessions, counts them, and spares all others", endAll},
	{"end-one", "end ends the one at the place that it is given", endOne},
	{"end-except", "end spares the one at the place that it is to spare", endOthers},
	{"end-foreign", "a place that belongs to somebody else, or to nobody, ends nothing", endForeign},
	{"end-final", "what ended is remembered like what was destroyed: no late call brings it back",
		endFinal},
	{"end-count", "end counts no session that had ended or expired before", endIdle},
	{"end-later", "a login after the call lives, and so does one that follows an order", endLater},
	{"end-many", "end ends 1,200 sessions and tells its progress", endMany},
	// R40
	{"race-end", "no use of a session saves it from an end at the same moment", endAgainstUses},
	{"race-end-login", "a login at the moment of an end is ended or listed", endAgainstLogins},
	{"race-end-other", "an end at the moment of another user's login ends only what is the user's",
		endAgainstOther},
	{"race-end-count", "each session is counted by one of the calls that end it", endsAtOnce},
	{"race-list", "a list at the moment of renewals, saves and logins has all sessions",
		listsAgainstUses},
	{"race-list-login", "a session that a reader finds is in the list that is read next",
		listsAgainstLogins},
}

// verify puts the trial's store to the test. The error names the rule and tells
// what was done.
func (r rule) verify(x *trial) error {
	if x.run(r.steps) {
		return nil
	}
	const tail = 150 // enough for a whole history
	done := x.done
	if len(done) > tail {
		before := fmt.Sprintf("(%d steps before)", len(done)-tail)
		done = append([]string{before}, done[len(done)-tail:]...)
	}
	return fmt.Errorf("this rule is broken: %s\n%s\nwhat was done:\n  %s",
		r.says, x.problem, strings.Join(done, "\n  "))
}
