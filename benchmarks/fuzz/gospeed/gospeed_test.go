package gospeed

import (
	"encoding/json"
	"testing"
)

func FuzzEmpty(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {})
}

func FuzzJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var value any
		_ = json.Unmarshal(data, &value)
	})
}
