"""Quality of the recipes beside baselines (docs/methods/quality.md): fixed pairs, protocols, measures, intervals,
plots, sheets."""
