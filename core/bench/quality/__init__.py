"""Quality of the recipes beside baselines (METHODS E): fixed pairs, protocols, measures, intervals, plots, sheets."""
