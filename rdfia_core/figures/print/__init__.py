"""Figures for paper: matplotlib, light, the same bytes for the same run."""
