"""How a thing looks: pure functions from plain data to HTML or text.

Nothing in here knows of models or requests, nor, but for `surfaces`, of notebooks. HTML that leaves this package is
safe to put into a page: every value is escaped by its template, and what a model wrote passes an allow-list
(`sanitise`).
"""
