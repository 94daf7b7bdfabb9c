"""The window in which an artist does the whole job by hand. Imports no torch: the engine runs elsewhere."""
