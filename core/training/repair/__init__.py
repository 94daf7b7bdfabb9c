"""The network that corrects what is put where hair was."""
