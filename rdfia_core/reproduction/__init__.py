"""The printed report, measured again: what it says, what to run, and what comes of it.

`entries` declares what is run, `claims` what the report concludes, `measuring` runs one piece of
it, `kept` keeps what was measured, and `findings` puts the four together. Only `measuring` and what
it loads by address import torch: the report page reads the rest.
"""
