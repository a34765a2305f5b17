// Package streams has WebSockets that end with their session, in four frameworks,
// as docs/streams.md explains them.
package streams

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	fiberws "github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

// Role is what the sockets tell their clients.
const Role core.Key[string] = "role"

// Codes with which a socket is closed. Those from 4000 to 4999 are the application's.
const (
	Reconnect = 4000 // at once: the browser has a new cookie
	SignIn    = 4401
)

// follow sends the role now and whenever it changes, until the session is over or the
// connection is, and returns why the socket is to be closed.
func follow(ctx context.Context, session *core.Session, send func(role string) error) (code int, reason string) {
	for {
		role, _ := Role.Get(session)
		if send(role) != nil {
			return int(websocket.StatusGoingAway), ""
		}
		switch err := session.Wait(ctx); {
		case err == nil: // the role may have changed
		case errors.Is(err, core.ErrRenewed):
			return Reconnect, "connect again"
		case errors.Is(err, core.ErrGone), errors.Is(err, core.ErrLocked):
			return SignIn, "sign in"
		default: // ctx is done
			return int(websocket.StatusGoingAway), ""
		}
	}
}

// Serve is a WebSocket on net/http.
func Serve(w http.ResponseWriter, r *http.Request) { serve(w, r, nethttpsession.From(r)) }

func serve(w http.ResponseWriter, r *http.Request, session *core.Session) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	ctx := conn.CloseRead(r.Context()) // is done when the connection is
	code, reason := follow(ctx, session, func(role string) error {
		return conn.Write(ctx, websocket.MessageText, []byte(role))
	})
	_ = conn.Close(websocket.StatusCode(code), reason)
}

// ServeGin is a WebSocket on Gin.
func ServeGin(c *gin.Context) { serve(c.Writer, c.Request, ginsession.From(c)) }

// ServeEcho is a WebSocket on Echo.
func ServeEcho(c echo.Context) error {
	serve(c.Response(), c.Request(), echosession.From(c))
	return nil
}

// ServeFiber returns a WebSocket on Fiber, for pages of the origins.
func ServeFiber(origins ...string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		session := fibersession.From(c) // the socket's function runs when c is another request's
		return fiberws.New(func(conn *fiberws.Conn) {
			ctx, closed := context.WithCancel(context.Background())
			go func() {
				defer closed()
				for {
					if _, _, err := conn.ReadMessage(); err != nil {
						return
					}
				}
			}()
			code, reason := follow(ctx, session, func(role string) error {
				return conn.WriteMessage(fiberws.TextMessage, []byte(role))
			})
			end := time.Now().Add(time.Second)
			_ = conn.WriteControl(fiberws.CloseMessage, fiberws.FormatCloseMessage(code, reason), end)
			_ = conn.SetReadDeadline(end) // for the client's answer
			<-ctx.Done()                  // conn is another socket's when this function has returned
		}, fiberws.Config{Origins: origins})(c)
	}
}
