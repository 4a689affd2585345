"""Are the rows fit to be measured?"""
