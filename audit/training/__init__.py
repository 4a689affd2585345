"""How a model version comes to be."""
