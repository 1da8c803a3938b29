package engine

import "net"

// slim makes the addresses of a connection, which live as long as it does, hold
// no more memory than they need: each lies in a larger value of the system
// call's, and the local ones are nearly all the same.
func (l *listener) slim(socket *net.TCPConn) {
	if to, ok := socket.LocalAddr().(*net.TCPAddr); ok {
		seen := l.local.Load()
		if seen == nil || !seen.Equal(to.IP) {
			fresh := exact(to.IP)
			seen = &fresh
			l.local.Store(seen)
		}
		to.IP = *seen
	}
	if from, ok := socket.RemoteAddr().(*net.TCPAddr); ok {
		from.IP = exact(from.IP)
	}
}

func exact(ip net.IP) net.IP {
	b := make(net.IP, len(ip))
	copy(b, ip)
	return b
}
