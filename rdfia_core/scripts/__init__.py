"""Exported scripts: a run as one file that needs PyTorch and nothing of ours.

A lab has a *program*: modules that are never imported, whose sections (`# %% Title`) are what a
student reads: settings, data, network, training. They import our definitions as any module does. A
*recipe* says which values the program's constants take for one config. From the two, `bundle`
makes the file: what the settings decide is decided (`folding`), and our definitions that are still
needed are copied from their source text (`sources`), so the script computes what the lab computes.
Everything here reads text; nothing imports torch.
"""
