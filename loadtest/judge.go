package loadtest

// busy is the share of a core from which on a worker is taken for the limit.
const busy = 0.9

// judge says why a run has failed, and what its figures do not mean.
func (f *flow) judge(r *Run, all, slow *Counts) {
	if r.Lost > 0 {
		if f.stage.o.AllowLoss {
			r.note("%s of %s messages were lost, which --allow-loss allows", whole(r.Lost), whole(r.Expected))
		} else {
			r.fail("%s of %s messages were lost", whole(r.Lost), whole(r.Expected))
		}
	}
	if f.requests && f.responders > 1 && r.Reordered > 0 {
		r.note("%s answers came out of order, as may be with several responders", whole(r.Reordered))
	}
	for _, bad := range []struct {
		n    uint64
		what string
	}{
		{r.Duplicated, "messages came twice"},
		{f.disorder(r), "messages came out of order"},
		{r.Damaged, "messages came with another payload than they were sent with"},
		{r.TooOld, "messages came when so many were missing that nobody knows whether they had come before"},
		{r.Unacked, "messages were never acknowledged"},
		{r.NoResponders, "requests had no responders"},
		{r.Refused, "messages were refused by the server"},
		{all.Dropped, "connections were closed by the server"},
	} {
		if bad.n > 0 {
			r.fail("%s %s", whole(bad.n), bad.what)
		}
	}
	if f.Subscribers == 0 && !f.requests && f.QoS == 0 && !f.stage.stopped && f.confirmed < int64(len(f.publishers)) {
		r.fail("%d of %d publishers got no answer to the ping behind their last message", int64(len(f.publishers))-f.confirmed, len(f.publishers))
	}
	if r.Published == 0 && len(f.publishers) > 0 {
		r.fail("nothing was published")
	}
	if r.Foreign > 0 {
		r.note("%s deliveries were not of this run: others use the same topics", whole(r.Foreign))
	}
	if r.Unheard > 0 {
		r.note("the server says of %s messages that nobody is subscribed", whole(r.Unheard))
	}
	if all.Skewed > 0 {
		r.note("%s messages came before they were sent: the clocks of the two machines differ, and latencies mean nothing", whole(all.Skewed))
	}
	switch {
	case f.Rate == 0 && f.requests && f.window == 1:
		r.note("each requester waits for an answer before it asks again, so a slow server is asked less often and looks better than it is: use --rate to measure what users would see")
	case f.Rate == 0 && (f.Subscribers > 0 || f.requests):
		r.note("flat out, latency is mostly the waiting of a full window: use --rate to measure what users would see")
	}
	f.judgeRate(r)
	r.judgeSelf(f.stage.o)
}

// judgeRate compares what was sent with what was to be sent.
func (f *flow) judgeRate(r *Run) {
	if f.Rate == 0 || r.Published == 0 {
		return
	}
	const tolerated = 0.01
	if share := float64(r.SentLate) / float64(r.Published); share > tolerated {
		r.note("THIS TOOL MISSED SEND TIMES: %.1f %% of the messages were sent more than 1 ms late, and not for the server's sake; latencies include that. Use --workers, a lower --rate, or a machine that has a core free", 100*share)
	}
	if share := float64(r.HeldBack) / float64(r.Published); share > tolerated {
		r.note("the server held messages back: %.1f %% waited for room in a socket or for acknowledgements (--window); latencies include that", 100*share)
	}
	if r.Unsent > 0 {
		r.note("%s messages that were due were not sent before the end: the rate was not reached", whole(r.Unsent))
	}
}

// judgeSelf says whether the tool or its machine was the limit.
func (r *Run) judgeSelf(o *Options) {
	for i, cores := range r.Usage.Workers {
		if cores >= busy && !o.Spin {
			r.note("THIS TOOL IS THE BOTTLENECK: worker %d used %.0f %% of a core. Use --workers %d, or several machines", i, 100*cores, 2*len(r.Usage.Workers))
		}
	}
	const scarce = 0.03
	if r.Usage.Idle < scarce {
		r.note("this machine had no CPU left (%.0f %% idle): whatever else runs on it took part in the result", 100*r.Usage.Idle)
	}
}

// disorder is how many messages came out of order that should not have.
func (f *flow) disorder(r *Run) uint64 {
	if f.requests && f.responders > 1 {
		return 0
	}
	return r.Reordered
}
