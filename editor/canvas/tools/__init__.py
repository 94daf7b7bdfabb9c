"""What the pointer does on the canvas: painting, selecting, placing and looking around, one class per tool."""
