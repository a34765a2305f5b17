package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
)

// A Page is an answer in HTML.
type Page struct {
	HTML []byte
	// Policy is the Content-Security-Policy: all that the page may load and do.
	Policy string
}

// SetHeaders sets what the browser must know to show the page safely. set is the framework's way to set a header.
func (p Page) SetHeaders(set func(name, value string)) {
	set("Content-Security-Policy", p.Policy)
	set("X-Content-Type-Options", "nosniff")
	set("Referrer-Policy", "same-origin")
	// The page of somebody who has signed out must not come back with the back button.
	set("Cache-Control", "no-store")
}

// strict forbids everything but a page's own forms, and pictures within the page, such as the empty icon.
const strict = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src data:"

// Policy returns a policy that allows no more than the sources, such as "script-src 'self'".
func Policy(sources ...string) string {
	policy := strict
	for _, s := range sources {
		policy += "; " + s
	}
	return policy
}

// hash returns the source that allows this text as an inline style.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func render(t *template.Template, name string, data any) []byte {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates and their data are both in this package
	}
	return b.Bytes()
}
