package storetest

import (
	"fmt"
	"strings"
)

// A rule is one sentence of the contract and the steps that show whether a store keeps it.
type rule struct {
	name  string
	says  string
	steps func(*trial)
}

// The comments are ids of the requirements that a rule proves.
var rules = []rule{
	{"place", "a new place is 12 base64url characters, at which sessions can be created", placeForm},

	{"create", "load returns what create stored: the fields, the times, and no user", createStores},
	{"create-login", "a create with a login stores the user and the time", createLogsIn},
	{"create-empty", "a session may have no fields", createEmpty},
	{"create-delta", "create looks at what is to be set and not at what is to be dropped", createSetsOnly},
	{"create-copy", "what the caller does to the delta's fields after a create or save changes nothing", createCopies},
	// H19
	{"create-repeat", "a create that is repeated with its nonce succeeds and undoes nothing", createRepeats},
	// R3
	{"create-taken", "a create with another nonce fails with ErrExists and changes nothing", createTaken},
	{"create-renewed", "an id that was renewed cannot be created again while it is marked", createRenewed},
	{"create-expired", "an id whose session expired can be created again, without anything of the old session", createForgets},

	// R3
	{"load-unknown", "load of an id that no session has fails with ErrNotFound and creates nothing", loadUnknown},
	{"load-copy", "a record belongs to the caller: changing it changes nothing that is stored", loadCopies},

	{"save", "save changes what the delta names and nothing else", saveNames},
	{"save-nothing", "a save without changes changes nothing", saveNothing},
	{"save-clear", "a clear drops all fields and keeps the login", saveClears},
	{"save-order", "a delta clears first, then deletes, then sets", saveOrders},
	// H1
	{"save-two", "two saves of different fields both last", saveTwo},
	// H19
	{"save-repeat", "a save that is repeated changes nothing more", saveRepeats},
	// R3
	{"save-missing", "save of a session that is not there fails with ErrGone and creates nothing", saveMissing},

	{"values-odd", "keys and values may hold any bytes and be any words", valuesOdd},
	{"values-users", "users may have any name", usersOdd},
	{"values-large", "a value may have 60 KiB", valuesLarge},
	{"values-many-created", "a create may set 3,000 fields", manyCreated},
	{"values-many-saved", "a save may set and delete 3,000 fields", manySaved},
	{"values-many-dropped", "3,000 fields may be deleted or cleared at once", manyDropped},
	{"values-many-renewed", "a renewal may set, delete and clear 3,000 fields", manyRenewed},

	{"renew", "renew moves the session with all it has to the new id", renewMoves},
	// R23
	{"renew-mark", "an id that was renewed answers ErrRenewed to load, save and renew, and changes nothing", renewMarks},
	{"renew-grace", "the mark of a renewed id lasts for RenewGrace; then the id is unknown", renewGrace},
	{"renew-mark-ends", "refresh, save and renew under a renewed id prolong neither the mark nor the session", renewMarkEnds},
	// H19
	{"renew-repeat", "a renewal that is repeated succeeds and does nothing more", renewRepeats},
	{"renew-taken", "renew to an id that is taken fails with ErrExists and changes nothing", renewTaken},
	// R3
	{"renew-missing", "renew of a session that is not there fails with ErrGone and creates nothing", renewMissing},
	{"renew-login", "a renewal with a login sets the user and restarts the absolute lifetime", renewLogsIn},
	{"renew-delta", "renew applies the delta to the session that it moves", renewApplies},
	// R23
	{"renew-chain", "a session may be renewed again and again; only its latest id opens it", renewChains},

	// R24
	{"destroy", "a destroyed session cannot be loaded, saved, refreshed or renewed", destroyEnds},
	{"destroy-repeat", "destroying what is not there is no error and leaves nothing behind", destroyRepeats},
	// R24
	{"destroy-renewed", "destroy under an old id ends the session under the id that it has by now", destroyFollows},
	{"destroy-others", "destroy leaves the other sessions alone", destroySpares},

	// R20
	{"idle", "a session that nobody uses is alive just before the idle timeout and dead just after", idleEnds},
	{"idle-load", "load does not extend the life of a session", loadReadsOnly},
	// R20
	{"idle-use", "refresh, save and renew extend the life of a session by the idle timeout", useExtends},
	{"idle-latest", "a use may bring a longer idle timeout", useTakesIdle},
	{"refresh-missing", "refresh of a session that is not there is no error and creates nothing", refreshMissing},
	// R21
	{"absolute", "no use keeps a session alive beyond its deadline", absoluteEnds},
	{"absolute-idle", "the idle time never passes the deadline, and Final tells when it reaches it", absoluteCutsIdle},
	{"absolute-first", "the idle time never passes the deadline, from the creation on", absoluteCutsFirst},
	{"absolute-stays", "a use that brings a longer absolute timeout does not move the deadline", absoluteStays},
	// R21
	{"absolute-login", "a login restarts the absolute lifetime, once", loginRestarts},

	// R30
	{"context-cancelled", "a call with a cancelled context fails, and not as if the session had ended", contextCancelled},
	{"context-expired", "a call whose deadline is over fails, and not as if the session had ended", contextExpired},
	{"context-in-time", "a call with a deadline that is far succeeds", contextInTime},
	// R30
	{"context-runs-out", "a call whose deadline comes while it lasts returns soon, and the session stays usable", contextRunsOut},

	// H1
	{"race-writers", "saves of different fields at the same moment all last", writersOfKeys},
	// H2
	{"race-save-destroy", "a save at the moment of a destroy does not bring the session back", saveAgainstDestroy},
	{"race-refresh-destroy", "a refresh at the moment of a destroy does not bring the session back", refreshAgainstDestroy},
	{"race-renew-destroy", "a renewal at the moment of a destroy does not save the session from it", renewAgainstDestroy},
	{"race-renew-destroy-old", "a renewal at the moment of a destroy under an older id does not save the session from it",
		renewAgainstDestroyOfOld},
	{"race-save-renew", "a save at the moment of a renewal either lasts or fails", saveAgainstRenew},
	// H6
	{"race-renew", "of many renewals of one id at the same moment one succeeds", parallelRenews},
	{"race-create", "of many creates of one id at the same moment one succeeds", parallelCreates},
	// R31
	{"race-read-save", "a reader sees all of a save or nothing of it", readersOfSaves},
	{"race-read-renew", "a reader finds the session under one id or the other of a renewal, without its delta or with it",
		readersOfRenewals},
	{"race-read-destroy", "a reader finds all of a session that is being destroyed or nothing", readersOfDestroys},
	// R31
	{"histories", "whatever several clients do at the same time, some order of their calls explains what they saw", histories},
}

// verify puts the trial's store to the test. The error names the rule and tells what was done.
func (r rule) verify(x *trial) error {
	if x.run(r.steps) {
		return nil
	}
	const tail = 150 // enough for a whole history
	done := x.done
	if len(done) > tail {
		done = append([]string{fmt.Sprintf("(%d steps before)", len(done)-tail)}, done[len(done)-tail:]...)
	}
	return fmt.Errorf("this rule is broken: %s\n%s\nwhat was done:\n  %s", r.says, x.problem, strings.Join(done, "\n  "))
}
