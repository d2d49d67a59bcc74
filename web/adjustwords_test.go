package web

import "testing"

func TestALengthOfTimeIsSaidInMinutesAndSeconds(t *testing.T) {
	texts := map[string]string{"exam.minutes": "{n} menit", "exam.seconds": "{n} detik"}
	for span, want := range map[string]string{
		"20m0s": "20 menit", "1h2m3s": "62 menit 3 detik", "30s": "30 detik", "0s": "0 detik", "-5m0s": "-5 menit", "sebentar": "sebentar",
	} {
		if got := spanWords(texts, span); got != want {
			t.Errorf("%s is said as %q, not %q", span, got, want)
		}
	}
}
