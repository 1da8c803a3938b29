package main

import (
	"bytes"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// look is how a curve is drawn where that is not as usual: with a logarithmic x
// axis and a linear y axis from 0.
type look struct {
	linearX, logY, bytes bool
	title                string
}

var looks = map[string]look{
	"subscriptions":      {title: "Cost of a message against subscriptions"},
	"fan-out":            {title: "Cost of a delivery against fan-out"},
	"connections":        {title: "Cost of a message against sessions"},
	"payload":            {title: "Cost of a message against its payload", logY: true, bytes: true},
	"lanes":              {title: "Cost of a delivery against lanes", linearX: true},
	"match":              {title: "The trie alone"},
	"connection-bytes":   {title: "Memory of a session, in process"},
	"subscription-bytes": {title: "Memory of a subscription, in process"},
	"live-bytes":         {title: "Resident memory of a real connection"},
	"live-idle":          {title: "CPU while nobody says anything"},
	"live-cost":          {title: "Cost of a message, real connections"},
}

const (
	width, height = 20 * vg.Centimeter, 10 * vg.Centimeter
	margin        = 8
	legendWidth   = 6.6 * vg.Centimeter
)

func text(size vg.Length) draw.TextStyle {
	f := font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size)
	return draw.TextStyle{Color: ink.color(), Font: f, Handler: plot.DefaultTextHandler}
}

// svg draws the curve.
func (c curve) svg(m machine) ([]byte, error) {
	l, ok := looks[c.Name]
	if !ok {
		return nil, fmt.Errorf("bench/plot/chart.go does not say how to draw it")
	}
	p := plot.New()
	p.BackgroundColor = nil
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = l.title, c.X, c.Y
	p.Title.TextStyle, p.Title.Padding = text(11), 8
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Tick.Color = ink.color(), ink.color()
		rotation, x, y := a.Label.TextStyle.Rotation, a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign
		a.Label.TextStyle = text(9)
		a.Label.TextStyle.Rotation, a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign = rotation, x, y
		x, y = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		a.Tick.Label = text(8)
		a.Tick.Label.XAlign, a.Tick.Label.YAlign = x, y
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = faint.color(), nil
	p.Add(grid)
	legend := plot.NewLegend()
	legend.TextStyle, legend.Top, legend.Left = text(8), true, true
	legend.ThumbnailWidth, legend.Padding = 18, 3
	if err := c.lines(p, &legend); err != nil {
		return nil, err
	}
	c.axes(p, l)

	canvas := vgsvg.New(width, height)
	all := draw.New(canvas)
	all.SetColor(paper.color())
	all.Fill(all.Rectangle.Path())
	all = draw.Crop(all, margin, -margin, margin, -margin)
	caption := text(7)
	all.FillText(caption, vg.Point{X: all.Min.X, Y: all.Min.Y}, fmt.Sprintf(
		"%s · %s · %d cores of %s · %s · commit %s · load average %s",
		c.command(), m.Date.Format("2006-01-02"), m.Cores, m.CPU, m.Go, m.Commit, c.Load))
	p.Draw(draw.Crop(all, 0, -legendWidth, 14, 0))
	legend.Draw(draw.Crop(all, all.Size().X-legendWidth+10, 0, 0, -24))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	return themed(b.Bytes())
}

// lines adds the medians, and the range of the rounds where there is one.
func (c curve) lines(p *plot.Plot, legend *plot.Legend) error {
	shapes := []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}
	if len(c.Series) > len(strokes) {
		return fmt.Errorf("%d series, and colours for %d", len(c.Series), len(strokes))
	}
	for i, s := range c.Series {
		var bars ranges
		for _, q := range s.Points {
			bars.XYs = append(bars.XYs, plotter.XY{X: q.X, Y: q.Y})
			bars.YErrors = append(bars.YErrors, struct{ Low, High float64 }{q.Y - q.Least, q.Most - q.Y})
		}
		line, points, err := plotter.NewLinePoints(bars.XYs)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		line.Color, line.Width = strokes[i].color(), 1.2
		points.Color, points.Radius, points.Shape = strokes[i].color(), 2.2, shapes[i]
		spread, err := plotter.NewYErrorBars(bars)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		spread.Color, spread.Width, spread.CapWidth = strokes[i].color(), 0.5, 3
		p.Add(spread, line, points)
		legend.Add(s.Name, line, points)
	}
	return nil
}

// ranges is medians with how far the rounds were from them.
type ranges struct {
	plotter.XYs
	plotter.YErrors
}

// axes sets scales and ticks: on the x axis where something was measured.
func (c curve) axes(p *plot.Plot, l look) {
	var at []plot.Tick
	for _, x := range c.xs() {
		at = append(at, plot.Tick{Value: x, Label: short(x, l.bytes)})
	}
	p.X.Tick.Marker = plot.ConstantTicks(at)
	if !l.linearX {
		p.X.Scale = plot.LogScale{}
	}
	if !l.logY {
		p.Y.Min, p.Y.Max = 0, p.Y.Max*1.05
		if p.Y.Max == 0 {
			p.Y.Max = 1
		}
		return
	}
	p.Y.Scale = plot.LogScale{}
	p.Y.Min = math.Pow(10, math.Floor(math.Log10(p.Y.Min)))
	p.Y.Max *= 1.2
	var ticks []plot.Tick
	for y := p.Y.Min; y <= p.Y.Max; y *= 10 {
		ticks = append(ticks, plot.Tick{Value: y, Label: short(y, false)})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
}

// short is a number for an axis: 100, 15k, 1M; of bytes 64Ki.
func short(v float64, bytes bool) string {
	switch {
	case bytes && v >= 1<<10:
		return fmt.Sprintf("%gKi", v/(1<<10))
	case v >= 1e6:
		return fmt.Sprintf("%gM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%gk", v/1e3)
	}
	return fmt.Sprintf("%g", v)
}
