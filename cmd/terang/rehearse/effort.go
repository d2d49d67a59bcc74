package rehearse

// effort is the processor time that one message takes, in microseconds: of the server's
// process and of the crowd's. What a machine does beside it changes it little, other than a
// rate: of two servers that use the same processors, the efforts' ratio is what the ratio of
// their rates would be if nothing but processors were scarce.
type effort struct {
	Server float64 `json:"server_us"`
	Crowd  float64 `json:"crowd_us"`
}

// efforts are those of the baseline, before and after.
type efforts []effort

// effort is what each of so many messages took in the window.
func (w window) effort(messages float64) effort {
	if messages <= 0 {
		return effort{}
	}
	each := w.at.Seconds() * 1e6 / messages
	return effort{Server: round(w.server * each), Crowd: round(w.own * each)}
}

// mean is the middle of them.
func (e efforts) mean() (mean effort) {
	for _, one := range e {
		mean.Server += one.Server / float64(len(e))
		mean.Crowd += one.Crowd / float64(len(e))
	}
	return effort{round(mean.Server), round(mean.Crowd)}
}

// effort is that of the measured time, nil if one process did not serve all of it.
func (p *performance) effort() *effort {
	p.gauges.mu.Lock()
	defer p.gauges.mu.Unlock()
	if p.gauges.whole == nil || p.gauges.whole.acked == 0 {
		return nil
	}
	return new(p.gauges.whole.effort(p.gauges.whole.acked))
}
