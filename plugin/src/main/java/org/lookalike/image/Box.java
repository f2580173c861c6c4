package org.lookalike.image;

/** A rectangle in pixels of a picture as it is viewed; the origin is the top left corner. */
public record Box(int x, int y, int width, int height) {}
