"""Which features a decision rests on: shap and captum behind one interface."""
