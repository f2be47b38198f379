// Package shop reads sizes such as "12x30".
package shop

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Size is a width and a height.
type Size struct{ Width, Height int }

// Parse reads a size.
func Parse(text string) (Size, error) {
	fields := strings.Split(text, "x")
	if fields[0] == "" {
		return Size{}, errors.New("no width")
	}
	width, err := strconv.Atoi(fields[0])
	if err != nil {
		return Size{}, err
	}
	// Bug: there may be no second field.
	height, err := strconv.Atoi(fields[1])
	if err != nil {
		return Size{}, err
	}
	return Size{width, height}, nil
}

// Ratio returns the width for each ten of the height.
func (s Size) Ratio() int {
	// Bug: a height below 10 has no ten.
	return s.Width / (s.Height / 10)
}

// String returns the size as Parse reads it.
func (s Size) String() string {
	return fmt.Sprintf("%dx%d", s.Width, s.Height)
}
