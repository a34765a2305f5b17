package fibertest

import (
	"bufio"
	"bytes"

	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/parity"
)

// Party is a party whose requests fasthttp reads.
func Party(name string, app func(m *core.Manager, use func(*core.Session)) fasthttp.RequestHandler) parity.Party {
	return parity.Party{Name: name, New: func(m *core.Manager, use func(*core.Session)) parity.Asker {
		handle := app(m, use)
		var ctx fasthttp.RequestCtx
		ctx.Init(new(fasthttp.Request), nil, nil)
		in := bufio.NewReaderSize(nil, parity.MaxHead)
		return func(r parity.Request) (cookies []string, reached bool) {
			ctx.Request.Reset()
			ctx.Response.Reset()
			ctx.ResetUserValues()
			in.Reset(bytes.NewReader(r.Raw))
			if ctx.Request.Header.Read(in) != nil {
				return nil, false
			}
			handle(&ctx)
			ctx.Response.Header.VisitAllCookie(func(_, line []byte) { cookies = append(cookies, string(line)) })
			return cookies, true
		}
	}}
}
