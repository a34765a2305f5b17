package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.noteTraffic(event)
	report := func(format string, values ...any) { b.reports = append(b.reports, fmt.Sprintf(format, values...)) }
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			report("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		report("console: %s %v", e.Type, e.Args)
	case *runtime.EventExceptionThrown:
		report("exception: %v", e.ExceptionDetails)
	case *audits.EventIssueAdded:
		report("issue: %s", e.Issue.Code)
	}
}

// expect accepts reports that have the text.
func (b *tab) expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

// complain fails t for what the browser reported.
func (b *tab) complain(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
reports:
	for _, report := range b.reports {
		for _, text := range b.expected {
			if strings.Contains(report, text) {
				continue reports
			}
		}
		t.Errorf("the browser reported %s", report)
	}
	b.reports, b.expected = nil, nil
}
