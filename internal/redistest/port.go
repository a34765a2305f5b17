package redistest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
)

// busOffset is how far the port of the cluster bus lies above the server's.
const busOffset = 10000

// freePort returns a loopback port that is free now, as is the bus port that
// belongs to it. Both lie below the ports that systems give to outgoing
// connections, so that no client can sit on a killed server's port.
func freePort() (int, error) {
	const tries = 100
	for range tries {
		port := 10000 + rand.IntN(10000)
		if isFree(port) && isFree(port+busOffset) {
			return port, nil
		}
	}
	return 0, errors.New("found no free port")
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// makeDir makes a server's folder with the empty configuration file that a
// sentinel insists on.
func makeDir() (string, error) {
	base := os.TempDir()
	// A unix socket's path ends at about 100 bytes; Redis cuts a longer one short.
	if len(base) > 70 {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "rt")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "redis.conf"), nil, 0o600)
}
