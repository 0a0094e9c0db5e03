"""Data sets: drawn, brought by the student, or downloaded."""
