package load

import "errors"

// apart returns a naming that puts subscribers on one lane and publishers on the
// other.
func (p *placement) apart(f *Flow) naming {
	return func(subscriber bool, id string) (string, error) {
		lane, protocol := 0, f.From
		if subscriber {
			lane, protocol = 1, f.To
		}
		if protocol == "mqtt" {
			return p.mqtt(id, lane), nil
		}
		return id, p.nats(lane)
	}
}

// areApart is an error if a publisher shares the lane of a subscriber.
func (s *stream) areApart(pid int) error {
	lanes := make(map[int]bool)
	for _, sub := range s.subscribers {
		set, err := epollSet(pid, sub.conn)
		if err != nil {
			return err
		}
		lanes[set] = true
	}
	for _, pub := range s.publishers {
		set, err := epollSet(pid, pub.conn)
		if err != nil {
			return err
		}
		if lanes[set] {
			return errors.New("publisher and subscriber are on one lane")
		}
	}
	return nil
}
