"""Training the encoder: pictures are read once, edited anew each time, and embedded so that copies meet."""
