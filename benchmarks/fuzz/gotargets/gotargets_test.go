// The functions of targets.py, bytes_targets.py and text_targets.py that one would write like that
// in Go too, under the same names.
package gotargets

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func FuzzNestedBytes(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 6 {
			return
		}
		if data[0] == 0x66 {
			if data[1] == 0x75 {
				if data[2] == 0x7A {
					if data[3] == 0x7A {
						if data[4] == 0x21 {
							if data[5] == 0x00 {
								panic("found")
							}
						}
					}
				}
			}
		}
	})
}

func FuzzAndChain(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 8 && data[0] == 1 && data[1] == 254 && data[2] == 3 && data[3] == 0x80 &&
			data[4] == 5 && data[5] == 0x7F && data[6] == 7 && data[7] == 0xC8 {
			panic("found")
		}
	})
}

func FuzzTextEnds(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		if strings.HasPrefix(text, "BEGIN:") && strings.HasSuffix(text, ":END") &&
			strings.Contains(text, "magic") {
			panic("found")
		}
	})
}

func FuzzTwoMagics(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 8 {
			return
		}
		if binary.LittleEndian.Uint32(data) == 0xDEADBEEF {
			if binary.LittleEndian.Uint32(data[4:]) == 0x0BADF00D {
				panic("found")
			}
		}
	})
}

func FuzzKeyValue(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		for _, part := range strings.Split(text, ";") {
			key, value, _ := strings.Cut(part, "=")
			if key == "count" {
				number, err := strconv.Atoi(value)
				if err != nil {
					return
				}
				if number == 31337 {
					panic("found")
				}
			}
		}
	})
}

func FuzzPngLike(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 8 || !bytes.Equal(data[:8], []byte("\x89PNG\r\n\x1a\n")) {
			return
		}
		if len(data) < 16 {
			return
		}
		if crc32.ChecksumIEEE(data[12:]) == binary.BigEndian.Uint32(data[8:12]) {
			panic("found")
		}
	})
}

var versionForm = regexp.MustCompile(`^v(\d+)\.(\d+)-rc$`)

func FuzzVersion(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		if match := versionForm.FindStringSubmatch(text); match != nil {
			if number, err := strconv.Atoi(match[1]); err == nil && number == 7 {
				panic("found")
			}
		}
	})
}

func FuzzMachine(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		state := 0
		for _, b := range data {
			if int(b) == (state*37+11)%256 {
				state++
			} else {
				state = 0
			}
			if state == 12 {
				panic("found")
			}
		}
	})
}

func FuzzDocument(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		var found map[string]any
		if json.Unmarshal([]byte(text), &found) != nil {
			return
		}
		if level, ok := found["level"].(float64); ok && found["type"] == "admin" && level > 41 {
			panic("found")
		}
	})
}

func FuzzXorCheck(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 6 {
			return
		}
		check := byte(0)
		for _, b := range data[:len(data)-1] {
			check ^= b
		}
		if check == data[len(data)-1] && bytes.HasPrefix(data, []byte("$GP")) {
			panic("found")
		}
	})
}

var code = []byte{7, 13, 2, 250, 99, 99, 31, 180, 5, 64, 128, 200, 17, 3}

func FuzzLock(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		step := 0
		for _, b := range data {
			if b != code[step] {
				return
			}
			step++
			if step == len(code) {
				panic("found")
			}
		}
	})
}

func FuzzByteSum(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 4 &&
			(int(data[0])*3+int(data[1])*5+int(data[2])*7+int(data[3]))%1009 == 1000 {
			if data[0]^data[3] == 0x5A {
				panic("found")
			}
		}
	})
}
