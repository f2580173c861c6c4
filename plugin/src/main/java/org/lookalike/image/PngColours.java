package org.lookalike.image;

import java.nio.ByteBuffer;

/**
 * From a PNG's samples, one byte each, to RGB on white.
 *
 * <p>A single transparent colour is compared as Pillow compares it: the low bytes in the file with
 * the samples after scaling to 8 bits, and not at all for 16-bit gray.
 */
final class PngColours {

  private final PngHeader header;
  private final Palette palette;
  private final int[] transparent;

  PngColours(PngHeader header) throws ImageException {
    this.header = header;
    this.palette = header.colourType == 3 ? palette(header.palette, header.transparency) : null;
    this.transparent = transparent();
  }

  /** What each sample must be multiplied by before it comes here. */
  int scale() {
    return header.colourType == 3 || header.depth >= 8 ? 1 : 255 / ((1 << header.depth) - 1);
  }

  /**
   * Writes the pixels of {@code samples} to {@code rgb} from {@code to} on, {@code apart} bytes
   * from each other.
   */
  void toRgb(byte[] samples, byte[] rgb, int to, int apart) {
    int channels = header.channels();
    for (int from = 0; from < samples.length; from += channels, to += apart) {
      switch (header.colourType) {
        case 3 -> palette.copy(samples[from] & 0xFF, rgb, to);
        case 0, 2 -> opaque(samples, from, rgb, to);
        case 4 -> onWhite(samples[from], samples[from], samples[from], samples[from + 1], rgb, to);
        default ->
            onWhite(
                samples[from], samples[from + 1], samples[from + 2], samples[from + 3], rgb, to);
      }
    }
  }

  private void opaque(byte[] samples, int from, byte[] rgb, int to) {
    int coloured = header.colourType == 2 ? 1 : 0;
    byte red = samples[from];
    byte green = samples[from + coloured];
    byte blue = samples[from + 2 * coloured];
    boolean clear =
        transparent != null
            && (red & 0xFF) == transparent[0]
            && (green & 0xFF) == transparent[coloured]
            && (blue & 0xFF) == transparent[2 * coloured];
    rgb[to] = clear ? -1 : red;
    rgb[to + 1] = clear ? -1 : green;
    rgb[to + 2] = clear ? -1 : blue;
  }

  private static void onWhite(byte red, byte green, byte blue, byte alpha, byte[] rgb, int to) {
    int opacity = alpha & 0xFF;
    rgb[to] = Samples.onWhite(red & 0xFF, opacity);
    rgb[to + 1] = Samples.onWhite(green & 0xFF, opacity);
    rgb[to + 2] = Samples.onWhite(blue & 0xFF, opacity);
  }

  private int[] transparent() {
    boolean gray16 = header.colourType == 0 && header.depth == 16;
    if (header.transparency == null || header.colourType > 2 || gray16) {
      return null;
    }
    int[] colour = new int[header.channels()];
    for (int i = 0; i < colour.length; i++) {
      colour[i] = header.transparency.getShort(2 * i) & 0xFF;
    }
    return colour;
  }

  private static Palette palette(ByteBuffer colours, ByteBuffer alphas) {
    Palette palette = new Palette();
    for (int i = 0; i < Math.min(256, colours.limit() / 3); i++) {
      palette.set(
          i,
          colours.get(3 * i) & 0xFF,
          colours.get(3 * i + 1) & 0xFF,
          colours.get(3 * i + 2) & 0xFF);
    }
    for (int i = 0; alphas != null && i < Math.min(256, alphas.limit()); i++) {
      palette.setAlpha(i, alphas.get(i) & 0xFF);
    }
    return palette;
  }
}
