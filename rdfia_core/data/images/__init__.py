"""Image sets: official ones, embedded ones, and the students' own; kept once, shared by all.

Light to import: the interface process uses it too.
"""
