"""What do many questions about the same content cost, cached and not?"""
