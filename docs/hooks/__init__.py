"""What the pages get when the site is built: parts of other files, and references made of the code."""
