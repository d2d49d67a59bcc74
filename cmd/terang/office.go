package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/term"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

// officeFlags say who acts on a journal that no server holds.
type officeFlags struct {
	stores.Flags
	As string `help:"Staff account that acts; its password is asked, or read from TERANG_PASSWORD, and its code from TERANG_CODE." placeholder:"USER"`
}

// secondFlags name the other person of an act that takes two.
type secondFlags struct {
	Second string `help:"Another account that agrees, for what takes two people; its password is asked, or read from TERANG_SECOND_PASSWORD, and its code from TERANG_SECOND_CODE." placeholder:"USER"`
}

// office is a journal opened by a command instead of a server.
type office struct {
	stores   *stores.DB
	accounts *proctor.Accounts
	people   *proctor.People
	log      *proctor.Log
	by       proctor.Account
}

// open opens the journal for an act on an exam, or with "" on what is no single exam's.
// Until the first administrator exists, commands act as "setup"; after that somebody has to
// sign in who may do the act there: an account of one exam touches no other.
func (f *officeFlags) open(ctx context.Context, act, exam string) (*office, error) {
	o, err := f.enter(ctx)
	if err != nil {
		return nil, err
	}
	if !o.by.May(act, exam, "", "") {
		what := "--as " + o.by.User + ": this needs a grant that may do " + act + ", as the roles " + rolesThatMay(act) + " may"
		if o.by.User == proctor.Setup {
			what = "say who acts, with --as USER: this takes an account of one of the roles " + rolesThatMay(act) + "; terang staff add makes one. Without --as this is " + proctor.Setup
		}
		if o.by.User == proctor.Setup {
			return nil, errors.Join(errors.New(what), o.stores.Close())
		}
		if o.by.MaySomewhere(act) {
			what = "--as " + o.by.User + ": the account may do this in places only"
		}
		return nil, errors.Join(fmt.Errorf("%s; it is %v", what, o.by.Grants), o.stores.Close())
	}
	return o, nil
}

// rolesThatMay names the roles that may do an act.
func rolesThatMay(act string) string {
	var names []string
	for _, role := range proctor.Roles {
		if proctor.May(role, act) {
			names = append(names, string(role))
		}
	}
	return strings.Join(names, ", ")
}

// enter opens the journal for an act that decides by itself who may do it.
func (f *officeFlags) enter(ctx context.Context) (*office, error) {
	s, err := stores.Open(f.Journal, true)
	if err != nil {
		return nil, err
	}
	o := &office{stores: s, people: proctor.NewPeople(s.Register), log: proctor.NewLog(s.Journal, proctor.Direct(s.Journal))}
	o.accounts = proctor.NewAccounts(s.Register, memstore.New(), o.log, &lateKeys{s, f.KeyPath()})
	if err := o.signIn(ctx, f.As); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return o, nil
}

// sameOnPage says of a journal that a server holds where that server does the same: during an exam nobody
// ends it for a list.
func sameOnPage(err error, page string) error {
	if !errors.Is(err, engine.ErrLocked) {
		return err
	}
	return fmt.Errorf("%w\nThis is recorded, so the server that holds the journal does it: open %s there", err, page)
}

func (o *office) signIn(ctx context.Context, user string) error {
	admin, err := o.accounts.HasAdmin(ctx)
	if err != nil {
		return err
	}
	if !admin && user == "" && o.stores.Site == nil { // a site has the accounts that came with the sitting
		o.by = proctor.SetupAccount()
		return nil
	}
	if user == "" {
		return usage.Errorf("this journal has an administrator: say who acts, with --as USER")
	}
	o.by, err = o.identify(ctx, "--as", user, "TERANG_PASSWORD", "TERANG_CODE")
	return err
}

// identify asks for the password of an account, and for a code if it uses them.
func (o *office) identify(ctx context.Context, flag, user, password, code string) (proctor.Account, error) {
	who := proctor.Second{User: user, Code: os.Getenv(code)}
	var err error
	if who.Password, err = secret(password, "Password of "+user); err != nil {
		return proctor.Account{}, err
	}
	a, err := o.accounts.Verify(ctx, who, "cli", stores.Now())
	if errors.Is(err, proctor.FactorMissing) {
		if who.Code, err = secret(code, "Code of "+user); err != nil {
			return proctor.Account{}, err
		}
		a, err = o.accounts.Verify(ctx, who, "cli", stores.Now())
	}
	switch {
	case errors.Is(err, proctor.BadPassword):
		return proctor.Account{}, fmt.Errorf("%s %s: no account has this name with this password; look at both, and at %s if it is set, or have it reset (terang staff reset): %w", flag, user, password, err)
	case err != nil:
		return proctor.Account{}, fmt.Errorf("%s %s: %w", flag, user, err)
	}
	return a, nil
}

// second is another person at the same desk, who agrees with a password to what only two
// do, at once. Whoever tries it alone is refused, and that is recorded in the stream.
func (o *office) second(ctx context.Context, user, act, right, stream, exam string) (string, error) {
	signs, err := secondPerson(user)
	if err != nil {
		return "", err
	}
	pairs := proctor.NewPairs(o.stores.Register, o.accounts, o.people, nil, stores.Now)
	q := proctor.Proposal{Stream: stream, Act: act, Op: uuid.NewString(), Exam: exam}
	two, err := pairs.Witness(ctx, o.by, signs, &q, right)
	if err != nil {
		if signs == nil {
			return "", fmt.Errorf("this takes two people: name another one who may do it with --second USER: %w", err)
		}
		return "", pairError("--second "+user, err)
	}
	return two, nil
}

// act does something on accounts that decides by itself who may, and says what a refusal
// asks for.
func (f *officeFlags) act(ctx context.Context, do func(*office, proctor.Signers) error) error {
	o, err := f.enter(ctx)
	if err != nil {
		return sameOnPage(err, "/staf")
	}
	return errors.Join(remedied(do(o, proctor.Signers{By: o.by})), o.stores.Close())
}

// deed does an act on accounts, or proposes it where it takes two and nobody signs with it.
func (f *officeFlags) deed(ctx context.Context, second secondFlags, a proctor.AccountAct) error {
	return f.act(ctx, func(o *office, _ proctor.Signers) error {
		password := ""
		var err error
		if a.Deed == proctor.DeedCreate || a.Deed == proctor.DeedPassword {
			who := a.User
			if a.Account != nil {
				who = a.Account.User
			}
			if password, err = secret("TERANG_NEW_PASSWORD", "New password of "+who); err != nil {
				return err
			}
		}
		if a, err = o.accounts.Deed(a, password); err != nil {
			return err
		}
		signs, err := secondPerson(second.Second)
		if err != nil {
			return err
		}
		if err := o.people.LoadAll(ctx); err != nil {
			return err
		}
		acts := proctor.NewOffice(o.stores.Register, o.accounts, proctor.NewPairs(o.stores.Register, o.accounts, o.people, nil, stores.Now))
		answer, err := acts.Account(ctx, o.by, a, proctor.Signing{Op: uuid.NewString(), Second: signs, Propose: true})
		switch {
		case err != nil:
			return err
		case answer.Proposal != "":
			return printAnswer(proctor.Response{Proposal: answer.Proposal})
		case answer.Code == "":
			fmt.Println("done:", a.Deed, a.User)
		default:
			fmt.Printf("invitation: user=%s code=%s until=%s\nHand it over; the owner opens /undangan on the server, and sets a password.\n", a.User, answer.Code, answer.Until)
		}
		if a.Account != nil || a.Grant != nil {
			return o.sayAstray(ctx)
		}
		return nil
	})
}

// remedied adds to a refusal what to do about it.
func remedied(err error) error {
	return withRemedy(err, map[engine.Code]string{
		engine.SecondPerson: "this takes two people: name another one who may do it with --second USER. Whoever has chosen the other's password is no other, nor is an account that one person has made alone before somebody else vouches for it (staff list, staff vouch)",
		proctor.NobodyElse:  "this takes two people, and no other account could agree: add a second administrator first, with an identity number (staff invite --person), who chooses the own password, or open the one that you disabled (staff enable); the owner's recovery codes are another way in",
		engine.NotAllowed:   "the account's grants do not reach this; see terang staff list",
		proctor.LastAdmin:   "fewer administrators would be left than two people need: add another first; staff disable closes an account meanwhile",
		engine.WrongState:   "nothing waits here for that",
	})
}

// acceptRemedies are what a refused invitation asks for.
var acceptRemedies = map[engine.Code]string{
	proctor.InviteVoid:    "it was used, is over, or never was: ask whoever invited you for another (staff reset USER --invite)",
	proctor.PersonDiffers: "the invitation was made for another identity number: give yours with --person, or ask whoever invited you",
	proctor.BadLength:     "take a longer one",
}

// withRemedy adds the words that stand for a refusal's code.
func withRemedy(err error, remedies map[engine.Code]string) error {
	for code, remedy := range remedies {
		if errors.Is(err, code) {
			return fmt.Errorf("%w: %s", err, remedy)
		}
	}
	return err
}

// lateKeys is the key file of a command that mostly does without: it is opened, or made
// beside a new journal, when something has to be sealed. Who seals looks before whether it can.
type lateKeys struct {
	stores *stores.DB
	path   string
}

func (k *lateKeys) Seal(use string, plain []byte) []byte {
	keys, err := k.stores.OpenKeys(context.Background(), k.path)
	if err != nil {
		panic("keys: " + err.Error())
	}
	return keys.Seal(use, plain)
}

func (k *lateKeys) Open(use string, sealed []byte) ([]byte, error) {
	keys, err := k.stores.ReadKeys(context.Background(), k.path)
	if err != nil {
		return nil, err
	}
	return keys.Open(use, sealed)
}

// secret reads a password from the environment, or from the terminal without echo.
func secret(env, prompt string) (string, error) {
	if v := os.Getenv(env); v != "" {
		return v, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", usage.Errorf("no terminal to ask on: set %s", env)
	}
	fmt.Fprint(os.Stderr, prompt+": ")
	v, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(v), err
}

// counter does the acts of an office without a hall.
func (o *office) counter() *proctor.Office {
	return proctor.NewOffice(o.stores.Register, o.accounts, proctor.NewPairs(o.stores.Register, o.accounts, o.people, nil, stores.Now))
}
