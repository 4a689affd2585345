"""Does the model hold when its inputs are not what they should be?"""
