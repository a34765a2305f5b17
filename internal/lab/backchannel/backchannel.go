// Package backchannel ends sessions when an identity provider says so: OpenID
// Connect Back-Channel Logout 1.0, as docs/federated-logout.md explains it.
package backchannel

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/ringsession/ringsession/core"
)

// logoutEvent is the claim that makes a token one of a logout.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// Handler is the client's back-channel logout URI. The verifier, from
// oidc.Provider.Verifier with the client's id, checks the token's signature, its
// issuer, its audience and its expiry.
func Handler(sessions *core.Manager, verifier *oidc.IDTokenVerifier) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		login, user, err := loggedOut(r.Context(), verifier, r.FormValue("logout_token"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if login.ID != "" {
			_, err = sessions.EndExternal(r.Context(), login)
		} else {
			_, err = sessions.EndAll(r.Context(), user)
		}
		if partial := (*core.PartialError)(nil); errors.As(err, &partial) && partial.Ordered {
			return // the rest ends when its shard answers again
		}
		if err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
	}
}

// loggedOut returns whose login has ended: that of one session at the provider, or
// all of a user, who is known here by their subject at the provider.
func loggedOut(
	ctx context.Context, verifier *oidc.IDTokenVerifier, token string,
) (login core.External, user string, err error) {
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		return login, "", err
	}
	var claims struct {
		Events map[string]any `json:"events"`
		SID    string         `json:"sid"`
		Nonce  *string        `json:"nonce"`
	}
	if err := verified.Claims(&claims); err != nil {
		return login, "", err
	}
	switch _, ok := claims.Events[logoutEvent]; {
	case !ok:
		return login, "", errors.New("the token is none of a logout")
	case claims.Nonce != nil: // which makes it an ID token
		return login, "", errors.New("a logout token has no nonce")
	case claims.SID != "":
		return core.External{Issuer: verified.Issuer, ID: claims.SID}, "", nil
	case verified.Subject == "":
		return login, "", errors.New("the token has neither sid nor sub")
	}
	return login, verified.Subject, nil
}

// Login logs the user of an ID token in, under the name that the provider gives to
// the login. Call it where the token was verified.
func Login(s *core.Session, token *oidc.IDToken) error {
	var claims struct {
		SID string `json:"sid"`
	}
	if err := token.Claims(&claims); err != nil {
		return fmt.Errorf("claims: %w", err)
	}
	login := core.Login{User: token.Subject}
	if claims.SID != "" {
		login.External = core.External{Issuer: token.Issuer, ID: claims.SID}
	}
	s.LoginWith(login)
	return nil
}
