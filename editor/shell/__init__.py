"""The main window: it puts canvas, panels, tools and actions together."""
