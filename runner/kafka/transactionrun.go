package kafka

// message is a record of a transaction on its way.
type message struct {
	*pending
	// with is sent when the broker has this one; second says that this one is such.
	with   *message
	second bool
}

// bytes is the room that is let go when nothing of the message is under way.
func (m *message) bytes() int64 {
	if m.with != nil {
		return m.with.size
	}
	return m.size
}

// run sends what is written, until the transaction is lost.
func (t *Transaction) run() {
	defer close(t.done)
	for t.take() {
		if err := insist(t.ctx, lostAfter, func() error { return t.writer.round(t.finish) }); err != nil {
			t.fail(access{id: t.producer.id, writes: t.writer.topics()}.explain(err))
		}
	}
	for _, m := range t.writer.rest() {
		t.finish(m, ErrWindow)
	}
}

// take gives the writer what came, and waits for it where that has nothing else to do. False: the transaction is lost.
func (t *Transaction) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.failed == nil && len(t.waiting) == 0 && t.writer.idle() {
		t.changed.Wait()
	}
	t.writer.add(t.waiting)
	t.waiting = nil
	return t.failed == nil
}

// finish takes up what became of a message.
func (t *Transaction) finish(m *message, err error) {
	if err != nil && m.second {
		t.fail(err) // the first one must not be committed
	}
	m.acked(err)
	t.memory.writing.Release(m.size)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case m.with == nil:
	case err == nil && t.failed == nil:
		t.waiting = append(t.waiting, m.with)
		return // still pending
	default:
		t.memory.writing.Release(m.with.size)
	}
	if t.pending--; t.pending == 0 {
		t.changed.Broadcast()
	}
}
