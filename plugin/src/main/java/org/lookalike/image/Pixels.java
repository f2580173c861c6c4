package org.lookalike.image;

/**
 * 8-bit RGB pixels, row by row from the top, interleaved: {@code rgb.length == width * height * 3}.
 * The array is not copied; nobody changes it once it is wrapped.
 */
public record Pixels(byte[] rgb, int width, int height) {

  public Pixels {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "expected 3 bytes for each of "
              + width
              + " x "
              + height
              + " pixels, found "
              + rgb.length);
    }
  }

  /**
   * This picture at another size, as Pillow's {@code resize} with {@code BILINEAR} gives it, to the
   * last bit.
   */
  public Pixels resized(int width, int height) {
    return width == this.width && height == this.height
        ? this
        : BilinearResize.resize(this, width, height);
  }

  /**
   * This picture smaller by a whole factor: each pixel the rounded mean of a square block, smaller
   * blocks at the right and lower edge.
   */
  public Pixels reduced(int factor) {
    return factor == 1
        ? this
        : new Pixels(
            BlockMean.reduce(rgb, width, height, 3, factor),
            Math.ceilDiv(width, factor),
            Math.ceilDiv(height, factor));
  }

  /** The part whose upper left corner is {@code x}, {@code y}. */
  public Pixels cropped(int x, int y, int width, int height) {
    if (x < 0
        || y < 0
        || width < 1
        || height < 1
        || x + (long) width > this.width
        || y + (long) height > this.height) {
      throw new IllegalArgumentException(
          "box "
              + width
              + " x "
              + height
              + " at "
              + x
              + ", "
              + y
              + " leaves "
              + this.width
              + " x "
              + this.height);
    }
    byte[] part = new byte[3 * width * height];
    for (int row = 0; row < height; row++) {
      System.arraycopy(rgb, 3 * ((y + row) * this.width + x), part, 3 * row * width, 3 * width);
    }
    return new Pixels(part, width, height);
  }

  /** Mirrored, left to right. */
  public Pixels flipped() {
    return moved(width, height, 3 * (width - 1), -3, 3 * width);
  }

  /** Turned clockwise by quarters; any number, negative too. */
  public Pixels rotated(int quarterTurns) {
    int last = 3 * (width * height - 1);
    return switch (Math.floorMod(quarterTurns, 4)) {
      case 1 -> moved(height, width, 3 * width * (height - 1), -3 * width, 3);
      case 2 -> moved(width, height, last, -3, -3 * width);
      case 3 -> moved(height, width, 3 * (width - 1), 3 * width, -3);
      default -> this;
    };
  }

  /**
   * Upright, given the EXIF orientation with which it was stored; numbers without a meaning change
   * nothing.
   */
  Pixels turnedBy(int orientation) {
    return switch (orientation) {
      case 2 -> flipped();
      case 3 -> rotated(2);
      case 4 -> flipped().rotated(2);
      case 5 -> flipped().rotated(3);
      case 6 -> rotated(1);
      case 7 -> flipped().rotated(1);
      case 8 -> rotated(3);
      default -> this;
    };
  }

  /**
   * The same pixels in another order: a walk from {@code start} with one stride per column and one
   * per row.
   */
  private Pixels moved(int width, int height, int start, int perColumn, int perRow) {
    byte[] target = new byte[rgb.length];
    int to = 0;
    for (int row = 0; row < height; row++) {
      int from = start + row * perRow;
      for (int column = 0; column < width; column++, from += perColumn, to += 3) {
        target[to] = rgb[from];
        target[to + 1] = rgb[from + 1];
        target[to + 2] = rgb[from + 2];
      }
    }
    return new Pixels(target, width, height);
  }
}
