"""Finding, measuring and parsing faces; small networks through onnxruntime."""
