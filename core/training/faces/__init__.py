"""The networks that read faces: landmarks and regions."""
