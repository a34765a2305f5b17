package main

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func echoSite(middleware echo.MiddlewareFunc, w work[echo.Context]) site {
	e := echo.New()
	if middleware != nil {
		e.Use(middleware)
	}
	for _, path := range paths {
		e.GET(path, func(c echo.Context) error {
			buffer := buffers.Get().(*[]byte)
			page, err := w.page(path, c, func() string { return c.QueryParam("n") }, (*buffer)[:0])
			if err != nil {
				return err
			}
			err = c.Blob(http.StatusOK, textPlain, page)
			*buffer = page
			buffers.Put(buffer)
			return err
		})
	}
	return httpSite{e}
}
