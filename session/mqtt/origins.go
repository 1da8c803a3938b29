package mqtt

import "github.com/isthmus-mq/isthmus/hub"

// origin is through which subscriptions a message came to a session, as far as
// that matters after they may have changed.
type origin struct {
	share hub.Share // of a group; zero: of none
	ids   string    // Subscription Identifier properties, one behind the other
}

// origins numbers those of one window; most have none. 0 is the plain one: of no
// group and without identifiers. So is one too many to have a number, of which
// there are 65535: a window that holds more messages than that, each from
// another, forgets the identifiers of the last.
type origins struct {
	list []origin
	at   map[origin]uint16 // number in list, once that is long
}

const (
	// originsIndexed is the length from which on origins are looked up in a map.
	originsIndexed = 16
	maxOrigins     = 1<<16 - 1
)

// of returns the origin with a number.
func (o *origins) of(n uint16) origin {
	if n == 0 {
		return origin{}
	}
	return o.list[n-1]
}

// number finds or gives the number of an origin.
func (o *origins) number(share hub.Share, ids []byte) uint16 {
	if share.Name == "" && len(ids) == 0 {
		return 0
	}
	if o.at != nil {
		if n, ok := o.at[origin{share, string(ids)}]; ok {
			return n
		}
	} else {
		for i := range o.list {
			if o.list[i].share == share && o.list[i].ids == string(ids) {
				return uint16(i) + 1
			}
		}
	}
	if len(o.list) == maxOrigins {
		return 0
	}
	o.list = append(o.list, origin{share, string(ids)})
	n := uint16(len(o.list))
	switch {
	case o.at != nil:
		o.at[o.list[n-1]] = n
	case n == originsIndexed:
		o.at = make(map[origin]uint16, 2*n)
		for i := range o.list {
			o.at[o.list[i]] = uint16(i) + 1
		}
	}
	return n
}

// clear forgets all and keeps a little memory.
func (o *origins) clear() {
	clear(o.list)
	o.list = o.list[:0]
	if cap(o.list) > originsIndexed {
		o.list = nil
	}
	o.at = nil
}
