package pgjournal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

// Level says how much a finding matters.
type Level string

// The levels.
const (
	Fine   Level = "fine"
	Unwise Level = "unwise" // it works, until something else goes wrong
	Danger Level = "danger" // Open refuses
)

// Finding is one line of what Check has looked at.
type Finding struct {
	Name   string // a setting's name, or what was looked at
	Value  string
	Level  Level
	Remedy string // what to do about it; empty if it is fine
}

func (f Finding) String() string { return fmt.Sprintf("%s is %s: %s", f.Name, f.Value, f.Remedy) }

// vital are the settings that make a commit durable.
var vital = []struct {
	name   string
	not    string
	remedy string
}{
	{"fsync", "off", "the journal would be corrupt after a power failure; set fsync = on in postgresql.conf and restart the server"},
	{"full_page_writes", "off", "pages torn by a power failure could not be repaired; set full_page_writes = on in postgresql.conf and reload the server"},
	{"synchronous_commit", "off", "answers would be acknowledged before they are on the disk; set synchronous_commit = on for the server, this database and this role, " +
		"and look for it in the connection's options"},
}

// refuse returns ErrUnsafe with every setting that endangers durability.
func refuse(ctx context.Context, conn *pgx.Conn) error {
	found, err := settings(ctx, conn)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Level == Danger {
			err = errors.Join(err, fmt.Errorf("%w: %s", ErrUnsafe, f))
		}
	}
	return err
}

// settings is what every new connection is checked for.
func settings(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	var found []Finding
	for _, v := range vital {
		f := Finding{Name: v.name, Level: Fine}
		if err := conn.QueryRow(ctx, `select current_setting($1)`, v.name).Scan(&f.Value); err != nil {
			return nil, err
		}
		if f.Value == v.not {
			f.Level, f.Remedy = Danger, v.remedy
		}
		found = append(found, f)
	}
	replica := Finding{Name: "role of the server", Value: "primary", Level: Fine}
	var standby bool
	if err := conn.QueryRow(ctx, `select pg_is_in_recovery()`).Scan(&standby); err != nil {
		return nil, err
	}
	if standby {
		replica = Finding{Name: replica.Name, Value: "replica", Level: Danger,
			Remedy: "a replica takes no writes; name the primary, or all hosts with target_session_attrs=read-write"}
	}
	return append(found, replica), nil
}

// Check looks at a database without changing it, for an operator who asks before an exam.
// now is the node's clock.
func Check(ctx context.Context, dsn string, opts Options, now func() engine.Instant) ([]Finding, error) {
	opts = opts.withDefaults()
	config, err := configure(dsn, opts)
	if err != nil {
		return nil, fmt.Errorf("check the journal's database: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("check the journal's database: %w", err)
	}
	found, err := findings(ctx, conn, opts, now)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return nil, fmt.Errorf("check the journal's database: %w", err)
	}
	return found, nil
}

func findings(ctx context.Context, conn *pgx.Conn, opts Options, now func() engine.Instant) ([]Finding, error) {
	found, err := settings(ctx, conn)
	for _, look := range []func(context.Context, *pgx.Conn) (Finding, error){
		serverVersion,
		schemaVersion,
		checksums,
		checkpoints,
		replicas,
		longest,
		func(ctx context.Context, conn *pgx.Conn) (Finding, error) { return room(ctx, conn, opts.Conns+1) },
		func(ctx context.Context, conn *pgx.Conn) (Finding, error) { return clocks(ctx, conn, now) },
	} {
		if err != nil {
			return nil, err
		}
		var f Finding
		if f, err = look(ctx, conn); f.Remedy == "" {
			f.Level = Fine
		} else if f.Level == "" {
			f.Level = Unwise
		}
		found = append(found, f)
	}
	return found, err
}

// oldest is the first version that this was tested with.
const oldest = 150000

func serverVersion(ctx context.Context, conn *pgx.Conn) (Finding, error) {
	f := Finding{Name: "PostgreSQL"}
	var number int
	err := conn.QueryRow(ctx, `select current_setting('server_version'), current_setting('server_version_num')::int`).Scan(&f.Value, &number)
	if number < oldest {
		f.Remedy = "this program is tested with version 15 and later: upgrade the server"
	}
	return f, err
}

func schemaVersion(ctx context.Context, conn *pgx.Conn) (Finding, error) {
	f := Finding{Name: "schema"}
	have, err := version(ctx, conn)
	if errors.Is(err, ErrForeign) {
		f.Value, f.Level, f.Remedy = "foreign", Danger, err.Error()
		return f, nil
	}
	f.Value = fmt.Sprintf("%d of %d", have, newest)
	return f, err // serve brings an older one up to date
}

func checksums(ctx context.Context, conn *pgx.Conn) (Finding, error) {
	f := Finding{Name: "data_checksums"}
	err := conn.QueryRow(ctx, `select current_setting('data_checksums')`).Scan(&f.Value)
	if f.Value == "off" {
		f.Remedy = "a failing disk is noticed late; stop the server once and run pg_checksums --enable"
	}
	return f, err
}

// What is flushed and written whole again at a checkpoint competes with the commits that
// candidates wait for. Within these no checkpoint comes by volume in a sitting of 20,000.
const (
	checkpointEvery = 15 * time.Minute
	walLeast        = 4096 // MB
)

func checkpoints(ctx context.Context, conn *pgx.Conn) (Finding, error) {
	f := Finding{Name: "checkpoints"}
	var seconds, megabytes int64
	err := conn.QueryRow(ctx, `select (select setting::bigint from pg_settings where name = 'checkpoint_timeout'),
		(select setting::bigint from pg_settings where name = 'max_wal_size')`).Scan(&seconds, &megabytes)
	every := time.Duration(seconds) * time.Second
	f.Value = fmt.Sprintf("every %v, or after %d MB", every, megabytes)
	if every < checkpointEvery || megabytes < walLeast {
		f.Remedy = "in a storm of starts or finishes they come one after the other, and commits wait for them; " +
			"set checkpoint_timeout = 30min, max_wal_size = 8GB and min_wal_size = 2GB, and reload the server"
	}
	return f, err
}

func replicas(ctx context.Context, conn *pgx.Conn) (Finding, error) {
	f := Finding{Name: "replicas"}
	var all, synchronous int
	err := conn.QueryRow(ctx, `select count(*), count(*) filter (where sync_state in ('sync', 'quorum'))
		from pg_stat_replication where state = 'streaming'`).Scan(&all, &synchronous)
	f.Value = fmt.Sprintf("%d, of which %d synchronous", all, synchronous)
	switch {
	case all == 0:
		f.Remedy = "if this server's disk is lost, so are the answers since the last backup; add a synchronous replica"
	case synchronous == 0:
		f.Remedy = "after a failover acknowledged answers may be missing; name the replica in synchronous_standby_names"
	}
	return f, err
}

func longest(ctx context.Context, conn *pgx.Conn) (Finding, error) {
	f := Finding{Name: "oldest transaction"}
	var seconds int64
	err := conn.QueryRow(ctx, `select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::bigint
		from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid()`).Scan(&seconds)
	f.Value = (time.Duration(seconds) * time.Second).String()
	if seconds > 600 {
		f.Remedy = "while it stands every append passes the old versions of the journal's head row, and gets slower; " +
			"find it in pg_stat_activity and end it, and do not dump during an exam"
	}
	return f, err
}

func room(ctx context.Context, conn *pgx.Conn, need int) (Finding, error) {
	f := Finding{Name: "free connections"}
	var free int
	err := conn.QueryRow(ctx, `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		- (select count(*) from pg_stat_activity where backend_type = 'client backend')::int`).Scan(&free)
	f.Value = fmt.Sprint(free)
	if free < need {
		f.Remedy = fmt.Sprintf("a node needs %d; raise max_connections in postgresql.conf and restart the server", need)
	}
	return f, err
}

func clocks(ctx context.Context, conn *pgx.Conn, now func() engine.Instant) (Finding, error) {
	f := Finding{Name: "this clock against the database's"}
	ahead, err := skew(ctx, conn, now)
	f.Value = fmt.Sprintf("%+d ms", ahead.Milliseconds())
	if ahead.Abs() > engine.StepMost {
		f.Remedy = "set both machines' clocks by the same time service (chrony, systemd-timesyncd)"
	}
	return f, err
}
