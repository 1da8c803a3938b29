package monitor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Subsz is the document of the index of subscriptions, and of a page of them.
type Subsz struct {
	head
	SublistStats
	Total  int         `json:"total"`
	Offset int         `json:"offset"`
	Limit  int         `json:"limit"`
	Subs   []SubDetail `json:"subscriptions_list,omitempty"`
}

// SublistStats describe the index.
type SublistStats struct {
	NumSubs      int     `json:"num_subscriptions"`
	NumCache     int     `json:"num_cache"`
	NumInserts   uint64  `json:"num_inserts"`
	NumRemoves   uint64  `json:"num_removes"`
	NumMatches   uint64  `json:"num_matches"`
	CacheHitRate float64 `json:"cache_hit_rate"`
	MaxFanout    int     `json:"max_fanout"`
	AvgFanout    float64 `json:"avg_fanout"`
}

// SubDetail is one subscription.
type SubDetail struct {
	Account string `json:"account,omitempty"`
	Subject string `json:"subject"`
	Queue   string `json:"qgroup,omitempty"`
	SID     string `json:"sid"`
	Msgs    uint64 `json:"msgs"`
	Max     uint64 `json:"max,omitempty"`
	CID     uint64 `json:"cid"`
}

func (s *Subscription) detail(cid uint64) SubDetail {
	return SubDetail{Subject: s.Filter.Subject(), Queue: s.Queue, SID: s.SID, Msgs: s.Msgs, Max: s.Max, CID: cid}
}

// SubszOptions say which subscriptions.
type SubszOptions struct {
	Offset        int    `json:"offset"`
	Limit         int    `json:"limit"`
	Subscriptions bool   `json:"subscriptions"`
	Account       string `json:"account,omitempty"`
	Test          string `json:"test,omitempty"` // only those that a message with this subject reaches
}

// subsz makes the document. Subscriptions are in the order of their connections
// and the client's names for them, so that pages do not overlap.
func (m *Monitor) subsz(ctx context.Context, o SubszOptions) (*Subsz, error) {
	if o.Test != "" && !literal(o.Test) {
		return nil, fmt.Errorf("invalid test subject, must be valid publish subject: %s", o.Test)
	}
	z := &Subsz{head: m.head(), Offset: max(o.Offset, 0), Limit: pageSize(o.Limit)}
	if o.Account != "" && o.Account != account {
		return z, nil
	}
	x, err := m.source.Index(ctx)
	if err != nil {
		return nil, err
	}
	z.SublistStats = SublistStats{
		NumSubs: x.Subscriptions, NumCache: x.Cached, NumInserts: x.Inserted, NumRemoves: x.Removed,
		NumMatches: x.Matched, CacheHitRate: x.HitRate, MaxFanout: x.MaxFanout, AvgFanout: x.AvgFanout,
	}
	if !o.Subscriptions {
		return z, nil
	}
	var all []found
	err = m.source.Connections(ctx, func(uint64) bool { return true }, func(list []Connection) {
		for i := range list {
			for _, s := range list[i].List {
				if o.Test == "" || s.Filter.Reaches(o.Test) {
					all = append(all, found{s, list[i].CID})
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.cid, b.cid), cmp.Compare(len(a.SID), len(b.SID)), strings.Compare(a.SID, b.SID))
	})
	z.Total = len(all)
	all = all[min(z.Offset, len(all)):]
	for _, f := range all[:min(z.Limit, len(all))] {
		d := f.detail(f.cid)
		d.Account = account
		z.Subs = append(z.Subs, d)
	}
	return z, nil
}

// found is a subscription and whose it is.
type found struct {
	Subscription
	cid uint64
}

// literal tells whether a subject can be published to: no empty token, no blank
// and no wildcard.
func literal(subject string) bool {
	if strings.ContainsAny(subject, " \t\r\n\f") {
		return false
	}
	for token := range strings.SplitSeq(subject, ".") {
		if token == "" || token == "*" || token == ">" {
			return false
		}
	}
	return true
}

// collide tells whether some subject matches both, which may have wildcards.
func collide(a, b string) bool {
	for more := true; more; {
		var x, y string
		var moreA, moreB bool
		x, a, moreA = strings.Cut(a, ".")
		y, b, moreB = strings.Cut(b, ".")
		switch {
		case x == ">" || y == ">":
			return true
		case x != y && x != "*" && y != "*", moreA != moreB:
			return false
		}
		more = moreA
	}
	return true
}
