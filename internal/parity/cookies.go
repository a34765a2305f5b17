package parity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"strings"

	"github.com/ringsession/ringsession/core"
)

const (
	// fold is how a header goes on in the next line.
	fold = "\r\n\t"
	// MaxHead is more than the longest head that the generator makes.
	MaxHead = 1 << 20
)

// A form is one way in which a token travels.
type form struct {
	name    string
	cookie  core.Cookie
	classes []string // of verdicts that its cases must cover
}

var forms = []form{
	{"one cookie", core.Cookie{}, []string{
		"session", "no cookie", "no cookie of the name verifies", "more than eight cookies of the name",
		"two different cookies verify",
	}},
	{"two cookies", core.Cookie{Name: "session_id", MACName: "verification"}, []string{
		"session", "no cookie", "no cookie of the name verifies", "more than eight cookies of the name",
		"two different cookies verify", "one of the two cookies is missing",
	}},
}

// names are those of the form's cookies.
func (f form) names() []string {
	if f.cookie.MACName == "" {
		return []string{"__Host-session"}
	}
	return []string{f.cookie.Name, f.cookie.MACName}
}

// values are two good ones for each of the form's cookies.
func (f form) values() [][]string {
	idA, idB := strings.Repeat("Aa0_", 11), strings.Repeat("Bb1-", 11)
	macA, macB := f.sign(idA), f.sign(idB)
	if f.cookie.MACName == "" {
		return [][]string{{idA + "." + macA, idB + "." + macB}}
	}
	return [][]string{{idA, idB}, {macA, macB}}
}

func (f form) sign(id string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(f.names()[0] + "=" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// spell replaces the letters that stand for names and values.
func (f form) spell(lines []string) (spelled []string) {
	names, values := f.names(), f.values()
	letters := []string{"N", names[0], "A", values[0][0], "B", values[0][1], "F", fold}
	if len(names) == 2 {
		letters = append(letters, "V", names[1], "C", values[1][0], "D", values[1][1])
	}
	for _, line := range lines {
		spelled = append(spelled, strings.NewReplacer(letters...).Replace(line))
	}
	return spelled
}

// takesFold leaves out what no adapter gets to see: a bare carriage return in a header with folds, for which net/http refuses
// the request, while fasthttp drops it.
func takesFold(text string) bool { return !strings.Contains(text, "\r") }

// generate returns the values of the Cookie headers of one case: always the same for the same number.
func generate(f form, number uint64) []string {
	g := &generator{rand.New(rand.NewPCG(14, number)), f.names(), f.values()}
	lines := make([]string, 1+g.IntN(4)*g.IntN(2))
	for i := range lines {
		lines[i] = g.line()
	}
	return lines
}

type generator struct {
	*rand.Rand
	names  []string
	values [][]string
}

// pick is a choice with equal chances.
func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// rarely is true once in n times.
func (g *generator) rarely(n int) bool { return g.IntN(n) == 0 }

func (g *generator) line() string {
	var line strings.Builder
	pairs := g.IntN(6)
	if g.rarely(12) {
		pairs = 9 * len(g.names)
	}
	for range pairs {
		line.WriteString(g.pair())
		line.WriteString(g.separator())
	}
	text := line.String()
	if g.rarely(200) {
		text = strings.Repeat("x=y; ", 1000+g.IntN(4000)) + text
	}
	if g.rarely(20) && len(text) > 0 {
		text = g.damaged(text)
	}
	if g.rarely(20) && takesFold(text) {
		text = strings.Replace(text, "; ", ";"+fold, 1)
	}
	return text
}

func (g *generator) separator() string {
	return g.pick("; ", "; ", "; ", "; ", ";", " ;\t", ";;", "; ; ", ",", " ", "")
}

func (g *generator) pair() string {
	which := g.IntN(len(g.names))
	name, value := g.names[which], g.value(which)
	switch g.IntN(14) {
	case 0:
		name = g.pick("x", "$Version", "", "x"+name, name+"2", strings.ToLower(name), strings.ToUpper(name), `"`+name+`"`, "\t"+name)
	case 1:
		value = g.pick("", "v", name+"="+value, `"`, "\\", "\xff\xfe")
	}
	return name + g.pick("=", "=", "=", "=", "=", "=", "=", "=", " = ", "\t=", "==", "", "= ") + value
}

// value is a value for the form's first or second cookie: good in most cases.
func (g *generator) value(which int) string {
	good := g.values[which]
	value := good[0]
	switch g.IntN(12) {
	case 0, 1:
		value = good[1]
	case 2:
		value = value[:g.IntN(len(value))]
	case 3:
		value = `"` + value + `"`
	case 4:
		value = value[:40] + good[1][40:]
	case 5:
		value = g.damaged(value)
	case 6:
		value = g.pick(value+"A", "A"+value, value+"=", " "+value+"\t", strings.Replace(value, ".", "%2E", 1), "tossed", "")
	}
	return value
}

// damaged puts any byte at any place, except a line feed: that would begin another header.
func (g *generator) damaged(text string) string {
	odd := byte(g.IntN(256))
	if odd == '\n' {
		odd = 0
	}
	i := g.IntN(len(text))
	return text[:i] + string([]byte{odd}) + text[i+g.IntN(2):]
}
