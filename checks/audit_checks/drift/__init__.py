"""Do the rows still look as they did?"""
