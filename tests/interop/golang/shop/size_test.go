package shop

import "testing"

func FuzzSize(f *testing.F) {
	for _, seed := range []string{"12x30", "5x40"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := Parse(text)
		if err != nil {
			t.Skip()
		}
		size.Ratio()
		// Bug: "+1x20" is read, too.
		if again := size.String(); again != text {
			t.Errorf("Parse(%q).String() = %q", text, again)
		}
	})
}

func TestString(t *testing.T) {
	t.Log((Size{1, 2}).String())
}
