package redistest

var (
	FindBinary = findBinary
	NeedBinary = needBinary
	Decide     = decide
	StartOn    = start
	FreePort   = freePort
	Poll       = poll
)

const (
	Run  = run
	Skip = skip
	Fail = fail
)

func (s *Server) Dir() string { return s.dir }

func (s *Server) Exited() <-chan struct{} { return s.proc.exited }

func (s *Server) Pid() int { return s.proc.cmd.Process.Pid }
