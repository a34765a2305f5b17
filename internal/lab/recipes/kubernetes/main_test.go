package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

// start runs the program on shards a, b, …, and returns how it will end.
func start(t *testing.T, servers ...*redistest.Server) (*recipetest.Visitor, chan error) {
	t.Helper()
	var all []string
	for i, s := range servers {
		all = append(all, fmt.Sprintf("%s?name=%c", s.URL(), 'a'+i))
	}
	ended := make(chan error, 1)
	main := func() { ended <- run() }
	return recipetest.Run(t, main, "REDIS_SHARDS", strings.Join(all, ",")), ended
}

func terminate(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// A program that lacks some of its shards is ready, one that lacks all of them is alive.
func TestReadinessAsksRedisAndLivenessDoesNot(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	v, ended := start(t, a, b)
	for _, step := range []struct {
		when         string
		do           func()
		ready, alive int
	}{
		{"at the start", func() {}, 200, 200},
		{"with one shard of two", a.Pause, 200, 200},
		{"without Redis", b.Pause, 503, 200},
		{"with Redis again", func() { a.Resume(); b.Resume() }, 200, 200},
	} {
		step.do()
		if got := v.Get("/readyz"); got.Status != step.ready {
			t.Errorf("%s: readiness is %s, want %d", step.when, got, step.ready)
		}
		if got := v.Get("/livez"); got.Status != step.alive {
			t.Errorf("%s: liveness is %s, want %d", step.when, got, step.alive)
		}
	}
	terminate(t)
	if err := <-ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

// A request that is in flight at SIGTERM is answered and stored. Redis stands still
// meanwhile, so that it is in flight; it has to go on within a second, so a machine that
// is busy gets more than one try.
func TestTheEndLosesNoRequest(t *testing.T) {
	server := redistest.Start(t)
	const tries = 5
	got := ""
	for range tries {
		if got = endInFlight(t, server); got == "200 visit 2" {
			return
		}
	}
	t.Errorf("the request in flight got %s", got)
}

func endInFlight(t *testing.T, server *redistest.Server) string {
	t.Helper()
	v, ended := start(t, server)
	first := v.Get("/")
	cookie, _, _ := strings.Cut(first.Header.Get("Set-Cookie"), ";") // a jar keeps it for HTTPS
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Cookie", cookie)
	server.Pause()
	answer := make(chan string, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer func() { _ = response.Body.Close() }()
		text, _ := io.ReadAll(response.Body)
		answer <- fmt.Sprintf("%d %s", response.StatusCode, text)
	}()
	time.Sleep(100 * time.Millisecond) // for the request to arrive
	terminate(t)
	for deadline := time.Now().Add(time.Minute); v.Listens() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	select {
	case <-ended:
		t.Error("the program ended before the request")
	default:
	}
	server.Resume()
	if err := <-ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
	return <-answer
}

// The manifest names the paths and variables of the program.
func TestTheManifestIsThatOfTheProgram(t *testing.T) {
	text, err := os.ReadFile("shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct {
					Grace      int `yaml:"terminationGracePeriodSeconds"`
					Containers []struct {
						Env []struct {
							Name      string
							Value     string
							ValueFrom struct {
								Ref struct{ Name, Key string } `yaml:"secretKeyRef"`
							} `yaml:"valueFrom"`
						}
						Liveness, Readiness probe
						Lifecycle           struct {
							PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
						}
					}
				}
			}
		}
	}
	manifest := strings.NewReplacer("livenessProbe", "liveness", "readinessProbe", "readiness").Replace(string(text))
	if err := yaml.NewDecoder(strings.NewReader(manifest)).Decode(&deployment); err != nil {
		t.Fatal(err)
	}
	pod := deployment.Spec.Template.Spec
	container := pod.Containers[0]
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, variable := range container.Env {
		names = append(names, variable.Name)
		if !strings.Contains(string(source), fmt.Sprintf("os.Getenv(%q)", variable.Name)) {
			t.Errorf("the program does not read %s", variable.Name)
		}
		key := variable.ValueFrom.Ref.Key
		if variable.Value == "" && !strings.Contains(string(text), "--from-literal="+key+"=") {
			t.Errorf("%s has the key %q of a secret without it", variable.Name, key)
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"ADDR", "REDIS_SHARDS", "SESSION_SECRET"}) {
		t.Errorf("the manifest has the variables %v", names)
	}
	for _, probe := range []probe{container.Liveness, container.Readiness} {
		if !strings.Contains(string(source), `"GET `+probe.HTTPGet.Path+`"`) || probe.HTTPGet.Port != 8080 {
			t.Errorf("the program has not %+v", probe.HTTPGet)
		}
	}
	if stop := container.Lifecycle.PreStop.Sleep.Seconds + 20; pod.Grace <= stop {
		t.Errorf("the pod has %d s to end, and needs %d", pod.Grace, stop)
	}
}

type probe struct {
	HTTPGet struct {
		Path string
		Port int
	} `yaml:"httpGet"`
}
