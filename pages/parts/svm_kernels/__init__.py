"""The views of the SVM page, one module each."""
