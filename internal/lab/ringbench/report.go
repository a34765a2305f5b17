package ringbench

import (
	"os"
	"path/filepath"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// write puts the results into the page and draws the plots beside it.
func (r *results) write(pageFile string) error {
	section, err := r.section()
	if err != nil {
		return err
	}
	folder := filepath.Join(filepath.Dir(pageFile), "performance")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, drawing := range map[string]string{
		"ring-lookup.svg":  page{r}.lookupPlot(),
		"ring-balance.svg": page{r}.balancePlot(),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(drawing), 0o644); err != nil {
			return err
		}
	}
	return report.Write(pageFile, "ring", func(string) string { return section })
}
