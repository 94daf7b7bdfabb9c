"""Item models that show the document in list views."""
