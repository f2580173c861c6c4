"""Tissue: from a few slides to the regions that look like a marked one."""
