"""Do explanations tell what the model does?"""
