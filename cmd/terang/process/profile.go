package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"
)

// ProfileEnv names the folder in which every process leaves profiles of where its processor time
// goes, one for each ProfileEvery: a process that is killed loses the last of them only. One that
// is started by another leaves them too.
const (
	ProfileEnv   = "TERANG_CPUPROFILE"
	ProfileEvery = 5 * time.Second
)

// Profiled begins to leave profiles if that is asked for. end writes the last one.
func Profiled() (end func() error, err error) {
	dir := os.Getenv(ProfileEnv)
	if dir == "" {
		return func() error { return nil }, nil
	}
	last, err := profile(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: name a folder that this user may write", ProfileEnv, err)
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		tick := time.NewTicker(ProfileEvery)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-tick.C:
				whole := last()
				if last, err = profile(dir, n); errors.Join(whole, err) != nil {
					stopped <- errors.Join(whole, err)
					return
				}
			case <-stop:
				stopped <- last()
				return
			}
		}
	}()
	return func() error {
		close(stop)
		return <-stopped
	}, nil
}

// profile begins one.
func profile(dir string, n int) (end func() error, err error) {
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%d-%d.pb.gz", os.Getpid(), n)))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
