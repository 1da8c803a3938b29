package monitor

import (
	"html/template"
	"net/http"
)

var root = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Name}}</title>
<style>body { font-family: sans-serif; margin: 2em } a { display: block; padding: 0.2em 0 }</style>
</head>
<body>
<h1>Isthmus</h1>
<p>{{.Name}}, version {{.Version}}</p>
{{range .Pages}}<a href="{{.Path}}">{{.Title}}</a>
{{end}}</body>
</html>
`))

// writeRoot writes a page of links to the documents.
func (m *Monitor) writeRoot(w http.ResponseWriter) {
	type link struct{ Path, Title string }
	var links []link
	for _, p := range paths {
		if p.title != "" {
			links = append(links, link{"." + p.path, p.title})
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = root.Execute(w, struct {
		Name, Version string
		Pages         []link
	}{m.o.Name, m.o.Version, links})
}
