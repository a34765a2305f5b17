package redistest

var (
	FindBinary = findBinary
	NeedBinary = needBinary
	StartOn    = start
	FreePort   = freePort
	Poll       = poll
)

func (s *Server) Dir() string { return s.dir }

func (s *Server) Exited() <-chan struct{} { return s.proc.exited }

func (s *Server) Pid() int { return s.proc.cmd.Process.Pid }
