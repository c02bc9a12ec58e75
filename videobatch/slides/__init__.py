"""Reading what stands on slides, on this machine: the extra `ocr`."""
