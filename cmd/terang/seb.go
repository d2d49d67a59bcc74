package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/proctor/seb"
	"terang/web"
)

type examSEB struct {
	stores.Flags
	Exam string `help:"Code of an exam of the journal." placeholder:"CODE"`
	File string `help:"Exam file (JSON) of an exam that is not made yet." type:"existingfile"`
	URL  string `help:"What people type, as in terang serve --url: it stands in the configuration." placeholder:"https://HOST"`
	Out  string `help:"Write the configuration here." type:"path" placeholder:"FILE.seb"`
	Of   string `help:"Show the Config Key of this configuration, and write nothing." type:"existingfile" placeholder:"FILE.seb"`
}

// Run writes the Safe Exam Browser configuration of an exam, and shows its Config Key. The
// same exam at the same address always gets the same file.
func (c *examSEB) Run(ctx context.Context) error {
	if c.Of != "" {
		if c.Exam != "" || c.File != "" || c.URL != "" || c.Out != "" {
			return usage.Errorf("--of stands alone: it shows the Config Key of a file that is there")
		}
		return showConfigKey(c.Of)
	}
	if (c.Exam == "") == (c.File == "") {
		return usage.Errorf("give one of --exam CODE, --file exam.json and --of FILE.seb")
	}
	base, err := baseURL(c.URL)
	if err != nil {
		return err
	}
	if base == nil {
		return usage.Errorf("--url is what people type, as https://ujian.example.go.id: it stands in the configuration")
	}
	if c.Out == "" {
		return usage.Errorf("--out FILE.seb says where the configuration is written")
	}
	def, err := c.definition(ctx)
	if err != nil {
		return err
	}
	config := web.SEBFor(def, base).Config()
	if err := output.Public(c.Out, output.Bytes(config.Plist())); err != nil {
		return err
	}
	fmt.Printf("%s: configuration of %s at %s\nConfig Key: %s\n", c.Out, def.Code, config.Get("startURL"), seb.ConfigKey(config))
	if !def.Policy.SEB.Required {
		fmt.Println("The exam does not ask for Safe Exam Browser: its file has to say \"policy\": {\"seb\": {\"required\": true}}.")
	}
	return nil
}

func showConfigKey(path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	config, err := seb.Parse(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Printf("Config Key: %s\n", seb.ConfigKey(config))
	if start, _ := config.Get("startURL").(string); start != "" {
		fmt.Printf("Starts at:  %s\n", start)
	}
	if sends, _ := config.Get("sendBrowserExamKey").(bool); !sends {
		return fmt.Errorf("%s: sendBrowserExamKey is not on: SEB will send neither key; switch on \"Use Browser Exam Key and Configuration Key\"", path)
	}
	return nil
}

func (c *examSEB) definition(ctx context.Context) (*engine.Definition, error) {
	if c.File != "" {
		file, err := readText(c.File)
		if err != nil {
			return nil, err
		}
		return engine.ParseDefinition(file)
	}
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return nil, err
	}
	people := proctor.NewPeople(s.Register)
	if err := errors.Join(people.LoadAll(ctx), s.Close()); err != nil {
		return nil, err
	}
	def := people.Exam(c.Exam)
	if def == nil {
		return nil, fmt.Errorf("exam %q: there is none; see terang exam status", c.Exam)
	}
	return def, nil
}

// baseURL reads --url; nil where it is not given.
func baseURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no address is a valid one: whatever people came by
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
		return nil, usage.Errorf("--url %q: write what people type, as https://ujian.example.go.id", text)
	}
	return u, nil
}

// browsers looks at the exams that ask for Safe Exam Browser.
func (c *doctorCmd) browsers(people *proctor.People) []finding {
	base, err := baseURL(c.URL)
	if err != nil {
		return []finding{{false, err.Error(), "give the --url of terang serve"}}
	}
	var out []finding
	for _, def := range people.Exams() {
		p := &def.Policy.SEB
		if !p.Required {
			continue
		}
		what := "Safe Exam Browser: exam " + def.Code + " asks for it"
		if base == nil {
			out = append(out, finding{false, what + ", and this check knows no address", "give --url here as to terang serve: keys are made of it, and without it the server lets nobody in"})
			continue
		}
		if len(p.ConfigKeys) == 0 {
			what += fmt.Sprintf("; Config Key at %s: %s", base, seb.ConfigKey(web.SEBFor(def, base).Config()))
		} else {
			what += fmt.Sprintf("; %d Config Keys of the committee", len(p.ConfigKeys))
		}
		out = append(out, finding{true, fmt.Sprintf("%s; %d Browser Exam Keys", what, len(p.BrowserExamKeys)), ""})
	}
	return out
}
