package process

import (
	"context"
	"log"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"
)

// NewLog writes JSON to stderr: one line an event, for an operator.
func NewLog(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// HTTPErrors is where net/http says what went wrong, as NewLog would. What a stranger does
// wrong before a request is there, such as a handshake that a scanner breaks off, is no
// operator's business.
func HTTPErrors() *log.Logger { return log.New(httpErrors{NewLog(slog.LevelInfo)}, "", 0) }

type httpErrors struct{ *slog.Logger }

// Write implements io.Writer; a call is a line.
func (l httpErrors) Write(line []byte) (int, error) {
	if text := strings.TrimSpace(string(line)); !strings.HasPrefix(text, "http: TLS handshake error") {
		l.Warn("the HTTP server says", "what", text)
	}
	return len(line), nil
}

// Rest waits for d, or until ctx is done; then it returns its error.
func Rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ProcessTime is the processor time of a process so far, 0 where nobody can say: the 14th
// and 15th field of Linux's /proc/PID/stat, in hundredths. The second is the program's
// name in brackets, which may hold anything.
func ProcessTime(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
