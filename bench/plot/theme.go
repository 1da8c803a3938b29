package main

import (
	"bytes"
	"fmt"
	"image/color"
	"strings"
)

// shade is a colour on paper, which stands in the SVG itself, and in the dark,
// which a style sheet in it puts in its place.
type shade struct{ light, dark uint32 }

var (
	paper = shade{0xFFFFFF, 0x0D1117}
	ink   = shade{0x24292F, 0xE6EDF3}
	faint = shade{0xD0D7DE, 0x30363D}
)

// strokes are those of series, in their order. Each can be told from the others,
// and read, on either paper.
var strokes = []shade{
	{0x0969DA, 0x58A6FF}, {0xCF222E, 0xFF7B72}, {0x1A7F37, 0x3FB950},
	{0x8250DF, 0xBC8CFF}, {0xBC4C00, 0xF0883E}, {0x59636E, 0x9198A1},
}

func (s shade) color() color.Color {
	return color.NRGBA{R: uint8(s.light >> 16), G: uint8(s.light >> 8), B: uint8(s.light), A: 0xFF}
}

// family is what readers have of the font by whose measures gonum sets text.
const family = "'Liberation Sans',Arial,Helvetica,sans-serif"

// themed makes an SVG of gonum follow the reader's colour scheme, the paper
// included: it does not depend on what the page around it does.
func themed(svg []byte) ([]byte, error) {
	var style strings.Builder
	style.WriteString("<style>@media (prefers-color-scheme: dark) {\n")
	for _, s := range append([]shade{paper, ink, faint}, strokes...) {
		for _, property := range []string{"fill", "stroke"} {
			fmt.Fprintf(&style, "[style*=\"%s:#%06X\"] { %s: #%06X !important }\n", property, s.light, property, s.dark)
		}
	}
	style.WriteString("}</style>\n")
	head, body, ok := bytes.Cut(svg, []byte("<g "))
	if !ok {
		return nil, fmt.Errorf("the SVG has no group")
	}
	svg = fmt.Appendf(nil, "%s%s<g %s", head, style.String(), body)
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans"), []byte("font-family:"+family)), nil
}
