package shop

import (
	"os"
	"testing"
)

func FuzzExit(f *testing.F) {
	f.Fuzz(func(t *testing.T, number int8, data []byte) {
		if number == 7 && len(data) > 2 {
			os.Exit(3)
		}
	})
}
