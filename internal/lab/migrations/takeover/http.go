package takeover

import (
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// Middleware goes outside of that of ringsession. A request whose old session
// is taken over gets the new cookie and 307: the browser sends it again, with
// the same method and body. So a new cookie never meets the headers of another
// response, such as those of a file that caches may store. read and end are
// those of [Bridge.Cookies].
func (b Bridge) Middleware(
	cookie string, read func(*http.Request, *core.Session) error,
	end func(http.ResponseWriter, *http.Request) error,
) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			old, err := r.Cookie(cookie)
			again := core.NextPath(r.RequestURI, "")
			if err != nil || old.Value == "" || again == "" {
				next.ServeHTTP(w, r)
				return
			}
			lines, err := b.Cookies(r.Context(), adapter.NewRequest(r), old.Value,
				func(s *core.Session) error { return read(r, s) },
				func() error { return end(w, r) })
			switch {
			case err != nil:
				b.Sessions.WriteError(w, r, err)
			case lines == nil:
				next.ServeHTTP(w, r)
			default:
				adapter.Headers{SetCookie: lines}.Apply(w.Header())
				w.Header().Set("Location", again)
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		})
	}
}
