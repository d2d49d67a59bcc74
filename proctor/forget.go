package proctor

// Forget drops an exam that was removed from the journal, with all that the desk, the
// station and the hall remember of it.
func (d *Desk) Forget(exam string) {
	def := d.people.Exam(exam)
	if def == nil {
		return
	}
	var attempts, sittings []string
	for _, p := range d.people.All(exam) {
		attempts = append(attempts, p.Attempt)
	}
	for _, s := range def.Sittings {
		sittings = append(sittings, exam+"."+s.Code)
	}
	d.people.forget(exam)
	d.station.forget(attempts, sittings)
	d.hall.Forget(attempts, sittings)
}

func (p *People) forget(exam string) {
	p.index(exam, nil, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.exams, exam)
	delete(p.formations, exam)
}

func (s *Station) forget(attempts, sittings []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range attempts {
		delete(s.attempts, id)
	}
	for _, id := range sittings {
		delete(s.incidents, id)
		s.floor.forget(id)
		delete(s.stirs, id)
	}
}
