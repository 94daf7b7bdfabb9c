"""The methods an artist can pick. Recipes never import each other."""
