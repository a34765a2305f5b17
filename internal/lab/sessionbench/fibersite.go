package main

import (
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

type appSite struct{ *fiber.App }

func (s appSite) serve(ln net.Listener) error { return s.Listener(ln) }

func (s appSite) call(path, query, cookie string) (func(), *answer) {
	var ctx fasthttp.RequestCtx
	ctx.Init(new(fasthttp.Request), nil, nil)
	ctx.Request.SetRequestURI(path + query)
	ctx.Request.Header.SetMethod(fasthttp.MethodGet)
	ctx.Request.Header.SetHost("localhost")
	if cookie != "" {
		ctx.Request.Header.Set("Cookie", cookie)
	}
	handler, answer := s.Handler(), new(answer)
	return func() {
		ctx.Response.Reset()
		ctx.ResetUserValues()
		handler(&ctx)
		answer.status, answer.body = ctx.Response.StatusCode(), ctx.Response.Body()
		for _, line := range ctx.Response.Header.Cookies() {
			answer.cookie = string(line)
		}
	}, answer
}

func fiberSite(middleware fiber.Handler, w work[*fiber.Ctx]) site {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	if middleware != nil {
		app.Use(middleware)
	}
	for _, path := range paths {
		app.Get(path, func(c *fiber.Ctx) error {
			buffer := buffers.Get().(*[]byte)
			page, err := w.page(path, c, func() string { return c.Query("n") }, (*buffer)[:0])
			if err != nil {
				return err
			}
			c.Response().Header.SetContentType(textPlain)
			c.Response().SetBody(page)
			*buffer = page
			buffers.Put(buffer)
			return nil
		})
	}
	return appSite{app}
}
