"""Files come and go: opening, saving, exporting, samples."""
