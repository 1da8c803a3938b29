package trie

// Ref names one subscription. The trie compares Refs and reads Opens; the other
// fields mean something to the caller only.
type Ref struct {
	Lane  uint16
	Flags uint16
	Slot  uint32
	Gen   uint32
	Owner uint32
	// Opens has bit k set if the filter of this subscription opens level k by a
	// wildcard that a guard may forbid. 0: never guarded.
	Opens uint32
}

func (r Ref) key() Ref { return r }

// GroupKind says by whose rules the members of a group share messages.
type GroupKind uint8

const (
	GroupNone  GroupKind = iota // not in a group
	GroupQueue                  // NATS queue group
	GroupShare                  // MQTT shared subscription
)

// Group is the group that a subscription belongs to; the zero value is none.
// With GroupNone the name is ignored.
type Group struct {
	Kind GroupKind
	Name string
}

// normal returns g with the name that it is compared by.
func (g Group) normal() Group {
	if g.Kind == GroupNone {
		return Group{}
	}
	return g
}
