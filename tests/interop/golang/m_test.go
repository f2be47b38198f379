package m

import (
	"fmt"
	"os"
	"testing"
)

func long(data []byte) bool {
	return len(data) > 6 && data[0] > 128
}

// Fails, and can be made smaller.
func FuzzLong(f *testing.F) {
	f.Add([]byte("seed"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if long(data) {
			t.Error("long")
		}
	})
}

func FuzzPanic(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if long(data) {
			panic("too long")
		}
	})
}

func FuzzExit(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if long(data) {
			os.Exit(9)
		}
	})
}

// Needs coverage: no mutation makes three letters at once.
func FuzzLetters(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2 && data[0] == 'a' {
			if data[1] == 'b' {
				if data[2] == 'c' {
					t.Error("abc")
				}
			}
		}
	})
}

// Notes its arguments in a file and ends the process, when it has been called often enough. Only one
// worker does so.
func FuzzNote(f *testing.F) {
	calls := 0
	f.Fuzz(func(t *testing.T, a, b []byte, c string) {
		calls++
		if calls < 2345 {
			return
		}
		note, err := os.OpenFile(os.Getenv("NOTE"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0666)
		if err != nil {
			return
		}
		fmt.Fprintf(note, "%x,%x,%x", a, b, c)
		note.Close()
		os.Exit(7)
	})
}

func FuzzFail(f *testing.F) {
	if os.Args[1] == "-test.fuzzworker" {
		f.Fail()
	}
	f.Fuzz(func(t *testing.T, data []byte) {})
}
