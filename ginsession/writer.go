package ginsession

import (
	"bufio"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core/adapter"
)

// writer passes everything that sends bytes to the Response. Methods that send
// nothing, as WriteHeader in Gin, go to Gin's own writer.
type writer struct {
	gin.ResponseWriter
	response *adapter.Response
}

func (w *writer) Write(p []byte) (int, error)           { return w.response.Write(p) }
func (w *writer) WriteString(text string) (int, error)  { return w.response.WriteString(text) }
func (w *writer) ReadFrom(src io.Reader) (int64, error) { return w.response.ReadFrom(src) }
func (w *writer) Flush()                                { w.response.Flush() }
func (w *writer) FlushError() error                     { return w.response.FlushError() }
func (w *writer) Unwrap() http.ResponseWriter           { return w.response.Unwrap() }

func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.response.Hijack()
}

func (w *writer) WriteHeaderNow() {
	if w.response.Commit() == nil {
		w.ResponseWriter.WriteHeaderNow()
	}
}
