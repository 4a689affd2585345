"""Reading tables of any engine, and counting their rows where they lie."""
