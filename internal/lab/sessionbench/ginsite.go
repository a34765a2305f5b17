package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func ginSite(middleware gin.HandlerFunc, w work[*gin.Context]) site {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	if middleware != nil {
		r.Use(middleware)
	}
	for _, path := range paths {
		r.GET(path, func(c *gin.Context) {
			buffer := buffers.Get().(*[]byte)
			page, err := w.page(path, c, func() string { return c.Query("n") }, (*buffer)[:0])
			if err != nil {
				c.String(http.StatusInternalServerError, "%v", err)
				return
			}
			c.Data(http.StatusOK, textPlain, page)
			*buffer = page
			buffers.Put(buffer)
		})
	}
	return httpSite{r}
}
