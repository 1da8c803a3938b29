package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// epollSet returns the descriptor of the epoll set in which a server watches
// the connection. Each lane of isthmus has one, so it tells lanes apart from
// outside.
func epollSet(pid int, c *conn) (int, error) {
	inode, err := serverInode(pid, c)
	if err != nil {
		return 0, err
	}
	proc := fmt.Sprintf("/proc/%d", pid)
	links, err := filepath.Glob(proc + "/fd/*")
	if err != nil {
		return 0, err
	}
	socket := ""
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == "socket:["+inode+"]" {
			socket = filepath.Base(link)
		}
	}
	if socket == "" {
		return 0, fmt.Errorf("the server does not hold socket %s", inode)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || to != "anon_inode:[eventpoll]" {
			continue
		}
		set := filepath.Base(link)
		text, err := os.ReadFile(proc + "/fdinfo/" + set)
		if err != nil {
			return 0, err
		}
		for line := range bytes.Lines(text) {
			if f := bytes.Fields(line); len(f) > 1 && string(f[0]) == "tfd:" && string(f[1]) == socket {
				return strconv.Atoi(set)
			}
		}
	}
	return 0, fmt.Errorf("the server watches descriptor %s in no epoll set", socket)
}

// serverInode returns the inode of the server's end of a connection.
func serverInode(pid int, c *conn) (string, error) {
	name, err := unix.Getsockname(c.fd)
	if err != nil {
		return "", err
	}
	client, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return "", errors.New("the connection is not IPv4")
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		return "", err
	}
	const local, remote, inode = 1, 2, 9
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) <= inode || !strings.HasSuffix(f[remote], fmt.Sprintf(":%04X", client.Port)) {
			continue
		}
		// The other end of the connection has the two ports exchanged, and
		// those of other servers have other local ports.
		if peer, err := unix.Getpeername(c.fd); err != nil {
			return "", err
		} else if at, ok := peer.(*unix.SockaddrInet4); ok && strings.HasSuffix(f[local], fmt.Sprintf(":%04X", at.Port)) {
			return f[inode], nil
		}
	}
	return "", fmt.Errorf("the server has no connection from port %d", client.Port)
}
