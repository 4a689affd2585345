"""How much each feature added to an output: captum and shap behind one interface."""
