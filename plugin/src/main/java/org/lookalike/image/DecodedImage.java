package org.lookalike.image;

/**
 * One picture, decoded once for every use.
 *
 * @param upright the picture as it is viewed; a large JPEG may come at reduced scale
 * @param width pixels of the whole picture as it is viewed, even when {@code upright} is smaller
 * @param format as Python names it: jpeg, png, webp, gif, bmp or tiff
 */
public record DecodedImage(Pixels upright, int width, int height, String format, ExifFacts exif) {}
