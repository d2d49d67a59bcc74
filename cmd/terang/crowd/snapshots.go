package crowd

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Snapshots are readers who ask for a board again and again, each as a new one: at a rate,
// whether those before were answered or not.
type Snapshots struct {
	url  string
	rate int // a second

	mu     sync.Mutex
	took   *hdrhistogram.Histogram // microseconds
	faults int
	missed int // that were due while too many were not answered
	why    error
}

// SnapshotFigures are what they saw.
type SnapshotFigures struct {
	Answered, Faults, Missed int
	P50, P99                 time.Duration
	Why                      string
}

// NewSnapshots returns readers of the board at url, so many a second; Run them.
func NewSnapshots(url string, rate int) *Snapshots {
	return &Snapshots{url: url, rate: rate, took: newHistogram()}
}

const (
	snapshotsOpen = 512 // that may be unanswered at a time
	snapshotTurn  = 10 * time.Millisecond
)

// Run asks until ctx is done.
func (s *Snapshots) Run(ctx context.Context) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: snapshotsOpen, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	defer all.Wait()
	open := make(chan struct{}, snapshotsOpen)
	began, asked := time.Now(), 0
	tick := time.NewTicker(snapshotTurn)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for due := int(time.Since(began).Seconds() * float64(s.rate)); asked < due; asked++ {
			select {
			case open <- struct{}{}:
				all.Go(func() {
					defer func() { <-open }()
					s.ask(ctx, client)
				})
			default:
				s.mu.Lock()
				s.missed++
				s.mu.Unlock()
			}
		}
	}
}

func (s *Snapshots) ask(ctx context.Context, client *http.Client) {
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	var resp *http.Response
	if err == nil {
		req.Header.Set("Accept-Encoding", "gzip") // as every browser does
		resp, err = client.Do(req)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			err = errors.New(resp.Status)
		}
	}
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.faults, s.why = s.faults+1, err
		return
	}
	_ = s.took.RecordValue(max(1, time.Since(began).Microseconds()))
}

// Figures as they stand.
func (s *Snapshots) Figures() SnapshotFigures {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SnapshotFigures{
		Answered: int(s.took.TotalCount()), Faults: s.faults, Missed: s.missed, P50: quantile(s.took, 50), P99: quantile(s.took, 99), Why: whyOf(s.why),
	}
}
