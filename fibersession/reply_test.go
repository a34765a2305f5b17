package fibersession_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/ringsession/ringsession/internal/chaintest"
)

// A reply is a response whose body was read.
type reply struct {
	*http.Response
	body string
}

// get sends a request with the cookies of an earlier reply, if any; header is names and values in turn.
func get(t *testing.T, app *fiber.App, path string, earlier *reply, header ...string) *reply {
	t.Helper()
	var cookies []*http.Cookie
	if earlier != nil {
		cookies = earlier.Cookies()
	}
	answer, err := app.Test(chaintest.Request(path, cookies, header...), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &reply{answer, string(body)}
}
