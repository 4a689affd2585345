"""Words as people and machines write them wrong."""
