"""The canvas: how a document is drawn, how the pointer reaches the tools, and where a picture sits on the screen."""
