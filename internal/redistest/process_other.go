//go:build !linux

package redistest

import "os/exec"

func spawn(cmd *exec.Cmd) error { return cmd.Start() }

func stopped(int) error { return nil }
