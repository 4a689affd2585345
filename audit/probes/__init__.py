"""What is done to inputs: noise, missing values, wrong units, swaps, masking."""
