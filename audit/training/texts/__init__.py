"""How a model of texts comes to be: fine-tuning with transformers."""
