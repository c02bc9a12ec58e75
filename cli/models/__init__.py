"""`videobatch models`: the speech models of this machine."""
