package stores

import "testing"

// What is printed for somebody to copy names the journal, and has no password in it.
func TestAJournalIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for journal, want := range map[string]string{
		"sqlite:salinan.db":  "--journal sqlite:salinan.db --keys 'kunci baru'",
		"sqlite:hari ini.db": "--journal 'sqlite:hari ini.db' --keys 'kunci baru'",
		"postgres://terang:rahasia@db/terang2?sslmode=require&password=rahasia": "--journal 'postgres://terang@db/terang2?sslmode=require' --keys 'kunci baru'",
		"postgres://db/terang2": "--journal postgres://db/terang2 --keys 'kunci baru'",
	} {
		s := &DB{name: unsaid(journal)}
		if got := s.NamedFlags(&KeyFile{path: "kunci baru"}); got != want {
			t.Errorf("%s: %s, want %s", journal, got, want)
		}
	}
}
