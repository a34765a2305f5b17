package takeover

import (
	"reflect"
	"strconv"
)

// User returns the name of a user whose id is a number or a text. It is empty
// for 0, for an empty text and for other types.
func User(id any) string {
	switch v := reflect.ValueOf(id); {
	case !v.IsValid() || v.IsZero():
		return ""
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.CanFloat(): // from JSON; fmt.Sprint writes 1e+06
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case v.Kind() == reflect.String:
		return v.String()
	}
	return ""
}
