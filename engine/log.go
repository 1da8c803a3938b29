package engine

import (
	"fmt"
	"log/slog"
)

// gnetLogger passes gnet's own messages on. They are about its loops, never
// about clients, and anything above a warning is worth an operator's look.
type gnetLogger struct{ to *slog.Logger }

func (g gnetLogger) Debugf(format string, args ...any) {
	g.to.Debug("gnet: " + fmt.Sprintf(format, args...))
}

func (g gnetLogger) Infof(format string, args ...any) {
	g.to.Debug("gnet: " + fmt.Sprintf(format, args...))
}

func (g gnetLogger) Warnf(format string, args ...any) {
	g.to.Warn("gnet: " + fmt.Sprintf(format, args...))
}

func (g gnetLogger) Errorf(format string, args ...any) {
	g.to.Error("gnet: " + fmt.Sprintf(format, args...))
}

// Fatalf only reports: a library does not end the process.
func (g gnetLogger) Fatalf(format string, args ...any) {
	g.to.Error("gnet: " + fmt.Sprintf(format, args...))
}
