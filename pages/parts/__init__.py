"""What pages are made of where one file would not do; a folder for each page."""
