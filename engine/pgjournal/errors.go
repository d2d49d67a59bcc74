package pgjournal

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"terang/engine"
)

// attempts is how often a statement is tried that did nothing because it met another.
const attempts = 4

// SQLSTATE classes and codes, as PostgreSQL's appendix A lists them.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	uniqueViolation      = "23505"
	diskFull             = "53100"
)

// answered returns the server's word that a statement failed. Its transaction was rolled
// back: an ERROR can not follow a commit. A FATAL can, for example when the server shuts
// down while the commit waits for a replica.
func answered(err error) *pgconn.PgError {
	var e *pgconn.PgError
	if errors.As(err, &e) && (e.SeverityUnlocalized == "ERROR" || e.SeverityUnlocalized == "" && e.Severity == "ERROR") {
		return e
	}
	return nil
}

// racy: the statement met another one, did nothing, and may be tried again at once.
func racy(err error) bool {
	e := answered(err)
	return e != nil && (e.Code == serializationFailure || e.Code == deadlockDetected || e.Code == uniqueViolation)
}

// lost: the connection broke, or there was none.
func lost(err error) bool {
	return err != nil && answered(err) == nil && !errors.Is(err, pgx.ErrNoRows) &&
		!errors.Is(err, engine.ErrAbsent) && !errors.Is(err, errDamaged) && !errors.Is(err, ErrSetBack)
}

// judge says what a failed statement has left: nothing for want of room, nothing, or
// nobody knows.
func judge(err error) error {
	switch e := answered(err); {
	case err == nil || errors.Is(err, ErrSetBack):
		return err
	case e != nil && e.Code == diskFull:
		return fmt.Errorf("%w (%w)", engine.ErrFull, err)
	case e != nil:
		return fmt.Errorf("nothing was stored: %w", err)
	case pgconn.SafeToRetry(err):
		return fmt.Errorf("nothing was sent: %w", err)
	}
	return fmt.Errorf("outcome unknown: %w", err)
}
