package translate

import "fmt"

// Mode says how MQTT topics are spelled as subjects. One process has one
// mode: two of them in one trie would give one name two meanings.
type Mode uint8

const (
	// ModeIsthmus escapes what a subject cannot hold. Total and reversible.
	ModeIsthmus Mode = iota
	// ModeEMQX exchanges '.' and '/' and nothing else, as EMQX's gateway
	// does. Neither total nor reversible: topics that would be no valid
	// subject are refused, and the topics "a.b" and "a/b" become one name.
	ModeEMQX
)

// ParseMode reads the value of the configuration option.
func ParseMode(text string) (Mode, error) {
	switch text {
	case "", "isthmus":
		return ModeIsthmus, nil
	case "emqx":
		return ModeEMQX, nil
	}
	return 0, fmt.Errorf("naming mode %q: want isthmus or emqx", text)
}

// String returns the spelling that ParseMode reads.
func (m Mode) String() string {
	if m == ModeEMQX {
		return "emqx"
	}
	return "isthmus"
}

// Names translates names in one mode. The zero value is mode isthmus.
type Names struct {
	mode Mode

	// StrictUTF8 makes AppendTopic refuse subjects whose topic holds control
	// or noncharacters, for which strict MQTT clients close the connection.
	// It is to be what mqtt.Limits.StrictUTF8 is.
	StrictUTF8 bool
}

// NewNames returns the translator of a mode.
func NewNames(mode Mode) Names { return Names{mode: mode} }

// Mode returns the mode chosen at NewNames.
func (n Names) Mode() Mode { return n.mode }
