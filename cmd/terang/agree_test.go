package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
)

// told is a result as one of the places says it that have to agree.
type told struct {
	Scores string // in the order of the sections
	Total  int
	Status string
}

// resultTold is what a candidate's own page is told.
type resultTold struct {
	T        string
	Rescored int
	Sections []struct{ Score int }
	Total    int
	Status   string
	Decision string
	Code     string `json:"results_code"`
}

func (r *resultTold) told() told {
	scores := make([]int, len(r.Sections))
	for i, s := range r.Sections {
		scores[i] = s.Score
	}
	return told{fmt.Sprint(scores), r.Total, r.Status}
}

// onPage is somebody who sits the exam through the calls and frames of a page.
type onPage struct {
	create.Credential
	node   *living
	client *http.Client
	device string
	worth  func(q int) []int // of the options, for who answers everything as well as can be; nil: anyhow
}

// result says hello, and with answers to give gives them and finishes; it returns what the
// page is told in the end.
func (s *onPage) result(ctx context.Context, answers int) (r resultTold, err error) {
	dialer := websocket.Dialer{Subprotocols: []string{web.Subprotocol}, Jar: s.client.Jar}
	conn, resp, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(s.node.http.URL, "http")+"/exam/ws", http.Header{"Origin": {s.node.http.URL}})
	if err != nil {
		return r, fmt.Errorf("%s: %w", s.Number, err)
	}
	_ = resp.Body.Close()
	defer func() { _ = conn.Close() }()
	say := func(frame map[string]any) {
		if err == nil {
			err = conn.WriteJSON(frame)
		}
	}
	say(map[string]any{"t": "hello", "device": s.device, "have": 0})
	for err == nil {
		var frame struct {
			resultTold
			Items []struct {
				Q       int
				Options []struct{ C string }
			}
		}
		if err = conn.ReadJSON(&frame); err != nil {
			break
		}
		switch {
		case frame.T == "result":
			return frame.resultTold, nil
		case frame.T == "welcome" && len(frame.Items) > 0:
			if s.worth != nil {
				for _, it := range frame.Items {
					worth := s.worth(it.Q)
					say(map[string]any{"t": "answer", "op": uuid.NewString(), "q": it.Q, "c": it.Options[slices.Index(worth, slices.Max(worth))].C})
				}
				answers = 0
			}
			for n := range answers {
				it := frame.Items[(n*41+len(s.PIN)+int(s.PIN[5]))%len(frame.Items)]
				say(map[string]any{"t": "answer", "op": uuid.NewString(), "q": it.Q, "c": it.Options[(n+int(s.PIN[0]))%len(it.Options)].C})
			}
			say(map[string]any{"t": "finish", "op": uuid.NewString()})
		}
	}
	return r, fmt.Errorf("%s: %w", s.Number, err)
}

// The board's row after the finish, the candidate's own page, the export, the explanation,
// the certificate and the printed list are of one score: for everybody, before an item is
// annulled and after.
func TestEverybodyIsToldTheSameScoreEverywhere(t *testing.T) {
	t.Parallel()
	candidates := 300
	if testing.Short() {
		candidates = 60
	}
	dir := t.TempDir()
	s := &shared{T: t, dsn: "sqlite:" + filepath.Join(dir, "t.db")}
	var err error
	s.keys, err = stores.OpenKeys(filepath.Join(dir, "keys"))
	s.must(err)
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, candidates, time.Now(), true))
	s.must(st.Close())
	node := s.open(true)
	people, _, err := node.OpenSample(t.Context())
	s.must(err)
	if len(people) != candidates {
		t.Fatalf("%d of %d have a PIN", len(people), candidates)
	}
	pagesOf := make([]*onPage, candidates)
	pages := make([]resultTold, candidates)
	each := func(do func(ctx context.Context, i int) error) {
		t.Helper()
		g, ctx := errgroup.WithContext(t.Context())
		g.SetLimit(16)
		for i := range pagesOf {
			g.Go(func() error { return do(ctx, i) })
		}
		s.must(g.Wait())
	}
	each(func(ctx context.Context, i int) (err error) {
		x := &onPage{Credential: people[i], node: node, client: browser(t), device: uuid.NewString()}
		pagesOf[i] = x
		in := map[string]string{"number": x.Number, "pin": x.PIN, "device": x.device}
		for _, call := range []string{"signin", "confirm"} {
			if status := node.call(x.client, http.MethodPost, "/api/v1/exam/"+call, in, nil); status != http.StatusOK {
				return fmt.Errorf("%s: %s: %d", x.Number, call, status)
			}
		}
		pages[i], err = x.result(ctx, 3+i%9)
		return err
	})
	waitFor(t, patience, "the board to show all finishes", func() bool {
		v, _ := node.Exams.Find(stores.SampleCode).Boards.View(stores.SampleCode)
		return v.Counts.Finished == candidates
	})
	s.agree(node, pages, people, 0)

	s.must(twoAnnul(t, node, "wakil", rightItem(t, node, people)))
	waitFor(t, patience, "the board to say that it was made anew", func() bool {
		v, _ := node.Exams.Find(stores.SampleCode).Boards.View(stores.SampleCode)
		return v.Rescored.Version == 1
	})
	each(func(ctx context.Context, i int) (err error) {
		pages[i], err = pagesOf[i].result(ctx, 0)
		return err
	})
	if changed := s.agree(node, pages, people, 1); changed == 0 {
		t.Error("the annulment changed nobody, so this shows nothing")
	}
}

// rightItem is an item, by its id in the bank, that somebody has answered right: its full
// points change nothing for them, and something for others.
func rightItem(t *testing.T, node *living, people []create.Credential) (id string) {
	t.Helper()
	x := node.Exams.Find(stores.SampleCode)
	for _, p := range people {
		node.Hall.Attempt(node.People.Find(p.Number, stores.SampleCode)[0].Attempt).View(func(a *engine.Attempt, terms *engine.Terms) {
			for i, r := range a.Responses {
				if r.C != "" && x.Worth(p.Number, i+1)[r.C[0]-'a'] == 5 {
					place, _ := terms.Form.Place(i + 1)
					id = place.Item.ID
				}
			}
		})
		if id != "" {
			return id
		}
	}
	t.Fatal("nobody has answered anything right")
	return ""
}

// agree compares the pages with the public board, the export, the explanations and what is printed, and
// returns how many scores the annulments changed.
func (s *shared) agree(node *living, pages []resultTold, people []create.Credential, version int) (changed int) {
	s.Helper()
	board := make(map[string]told)
	for offset := 0; ; offset += 500 {
		var page struct {
			Rescored struct{ Version int }
			Rows     []struct {
				Number string
				Scores map[string]int
				Total  int
				Status string
			}
		}
		body := getBody(s, fmt.Sprintf("%s/api/v1/boards/%s?offset=%d&limit=500", node.http.URL, stores.SampleCode, offset))
		s.must(json.Unmarshal([]byte(body), &page))
		if page.Rescored.Version != version {
			s.Fatalf("the board is of version %d, want %d", page.Rescored.Version, version)
		}
		for _, r := range page.Rows {
			board[r.Number] = told{fmt.Sprint([]int{r.Scores["TWK"], r.Scores["TIU"], r.Scores["TKP"]}), r.Total, r.Status}
		}
		if len(page.Rows) == 0 {
			break
		}
	}
	reader, err := stores.Open(s.dsn, false)
	s.must(err)
	defer func() { _ = reader.Close() }()
	folded, err := stores.FoldExam(s.Context(), reader, s.keys, stores.SampleCode, stores.LatestVersion)
	s.must(err)
	file := exportOf(folded)
	exports := make(map[string]told)
	for _, r := range file.Results {
		exports[r.Number] = told{fmt.Sprint([]int{r.Scores["TWK"], r.Scores["TIU"], r.Scores["TKP"]}), *r.Total, r.Status}
	}
	for _, r := range folded.Boards.Results() {
		if r.Raw != r.Points {
			changed++
		}
	}
	listed, err := proctor.NewPeople(reader.Register).Read(s.Context(), stores.SampleCode)
	s.must(err)
	l, err := folded.Listing(folded.Boards.Results(), listed.Formations())
	s.must(err)
	s.must(l.Shortlist())
	words := map[string]string{scoring.Meets: "Memenuhi nilai ambang batas", scoring.Misses: "Tidak memenuhi nilai ambang batas"}
	wrong := 0
	for i, p := range people {
		page := pages[i].told()
		said := strings.Join(l.Explain(l.Find(p.Number)).Indonesian, "\n")
		var scores [3]int
		for n, code := range []string{"TWK", "TIU", "TKP"} {
			_, rest, _ := strings.Cut(said, code+": ")
			_, _ = fmt.Sscan(rest, &scores[n])
		}
		_, rest, _ := strings.Cut(said, "Jumlah: ")
		explained := told{Scores: fmt.Sprint(scores), Status: page.Status}
		_, _ = fmt.Sscan(rest, &explained.Total)
		if !strings.Contains(said, "\n"+words[page.Status]) {
			explained.Status = "another"
		}
		if board[p.Number] != page || exports[p.Number] != page || explained != page || pages[i].Rescored != version {
			if wrong++; wrong <= 5 {
				s.Errorf("%s: page %+v (version %d), board %+v, export %+v, explained %+v", p.Number, page, pages[i].Rescored, board[p.Number], exports[p.Number], explained)
			}
		}
	}
	s.printed(reader, newPrinting(folded, listed.Formations(), "Panitia Seleksi", engine.InstantOf(time.Now())), func(number string) told { return board[number] })
	if wrong > 0 {
		s.Errorf("%d of %d are told different scores", wrong, len(people))
	}
	return changed
}
