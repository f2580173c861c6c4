package org.lookalike.image;

/**
 * One picture, decoded once for every use.
 *
 * @param upright the picture as it is viewed; a large JPEG may come at reduced scale
 * @param width pixels of the whole picture as it is viewed, even when {@code upright} is smaller
 * @param format as Python names it: jpeg, png, webp, gif, bmp or tiff
 */
public record DecodedImage(Pixels upright, int width, int height, String format, ExifFacts exif) {

  /**
   * A part of the picture, resized to a square of {@code side} pixels.
   *
   * @param box in pixels of the whole picture, inside it
   */
  public Pixels square(Box box, int side) {
    int left = scaled(box.x(), width, upright.width());
    int right = scaled(box.x() + box.width(), width, upright.width());
    int top = scaled(box.y(), height, upright.height());
    int bottom = scaled(box.y() + box.height(), height, upright.height());
    Pixels part =
        left == 0 && top == 0 && right == upright.width() && bottom == upright.height()
            ? upright
            : upright.cropped(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
    return part.resized(side, side);
  }

  /** A position on {@code length} pixels, rounded on fewer of them. */
  private static int scaled(int position, int length, int pixels) {
    return (int) ((2L * position * pixels + length) / (2L * length));
  }
}
