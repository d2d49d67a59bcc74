package engine

// asideMost is how many attempts at once are read again: a database that has just come back
// is not asked for all of them in one moment.
const asideMost = 8

// aside does what may wait for the journal on a goroutine of its own: whoever acknowledges
// everybody's answers may not. Run waits for it.
func (w *Writer) aside(do func()) {
	w.mu.Lock()
	w.beside++
	w.mu.Unlock()
	go func() {
		w.slots <- struct{}{}
		do()
		<-w.slots
		w.mu.Lock()
		w.beside--
		w.mu.Unlock()
		w.rouse()
	}()
}

// rouse lets Run look at what waits.
func (w *Writer) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
