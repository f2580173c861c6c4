package org.lookalike.embed;

import org.lookalike.image.Box;

/** A part of a picture and its embedding. */
public record EmbeddedRegion(Box box, float[] vector) {}
