package ringbench

import (
	"os"
	"path/filepath"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// write puts the results into the page and draws the plot beside it.
func (r *results) write(pageFile string) error {
	section, err := r.section()
	if err != nil {
		return err
	}
	folder := filepath.Join(filepath.Dir(pageFile), "performance")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "ring-lookup.svg"), []byte(page{r}.lookupPlot()), 0o644); err != nil {
		return err
	}
	return report.Write(pageFile, "ring", func(string) string { return section })
}
