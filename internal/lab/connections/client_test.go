package connections_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ringsession/ringsession/examples/site"
)

// patience is for one answer of a busy machine.
const patience = time.Minute

// A client is a connection and the user who is signed in over it. While it idles it needs neither a goroutine nor a buffer.
type client struct {
	conn   net.Conn
	user   string
	cookie string
}

// connect opens a connection and reads the login page over it, so that the server has done for it what it does for any.
func connect(addr, user string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, user: user}
	answer, _, err := c.ask("GET /login", "")
	if err == nil && (answer.StatusCode != http.StatusOK || len(answer.Cookies()) > 0) {
		err = fmt.Errorf("%s got %s and %d cookies", user, answer.Status, len(answer.Cookies()))
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// signIn signs the user in over the connection.
func (c *client) signIn() error {
	answer, _, err := c.ask("POST /login", "name="+c.user+"&password="+site.Password)
	if err != nil {
		return err
	}
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		return fmt.Errorf("login of %s: %s with %d cookies", c.user, answer.Status, len(cookies))
	}
	c.cookie = cookies[0].Name + "=" + cookies[0].Value
	return nil
}

// send sends a request such as "GET /", with the client's cookie.
func (c *client) send(line, form string) error {
	text := line + " HTTP/1.1\r\nHost: " + c.conn.RemoteAddr().String() + "\r\n"
	if c.cookie != "" {
		text += "Cookie: " + c.cookie + "\r\n"
	}
	if form != "" {
		text += fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(form))
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := io.WriteString(c.conn, text+"\r\n"+form)
	return err
}

func (c *client) ask(line, form string) (answer *http.Response, body string, err error) {
	if err := c.send(line, form); err != nil {
		return nil, "", err
	}
	if answer, err = http.ReadResponse(bufio.NewReaderSize(c.conn, 1<<10), nil); err != nil {
		return nil, "", fmt.Errorf("%s of %s: %w", line, c.user, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, string(text), err
}

// check asks over the connection whether the user is still signed in.
func (c *client) check() error {
	answer, body, err := c.ask("GET /whoami", "")
	if err == nil && (answer.StatusCode != http.StatusOK || !strings.HasPrefix(body, isUser(c.user))) {
		err = fmt.Errorf("%s was told %s, %s", c.user, answer.Status, body)
	}
	return err
}

// isUser is how what /whoami and /events tell begins.
func isUser(name string) string { return fmt.Sprintf(`{"user":%q,`, name) }
