package redistest

import "os"

// Pause halts the server with SIGSTOP: connections stay open, new ones are still
// accepted by the kernel, and nothing is answered. It returns once the server
// stands still (on systems other than Linux, perhaps a moment before).
func (s *Server) Pause() { s.signal("pause", pause) }

// Resume ends a Pause with SIGCONT. What clients sent in between is carried out.
func (s *Server) Resume() { s.signal("resume", resume) }

// Kill ends the server with SIGKILL and returns when it is gone: connections are
// reset, new ones are refused. Killing a killed server does nothing.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc.kill()
}

// Restart starts the server again with the same port, folder and options, and
// returns once it answers. A server that still runs is killed first. The data is
// gone unless the options of [Start] say that it is kept.
func (s *Server) Restart() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc.kill()
	if err := s.run(); err != nil {
		s.t.Errorf("redistest: restart %s: %v", s.Addr(), err)
	}
}

func (s *Server) signal(name string, send func(*os.Process) error) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := send(s.proc.cmd.Process); err != nil {
		s.t.Errorf("redistest: %s %s: %v", name, s.Addr(), err)
	}
}
