package org.lookalike.image;

/** From a TIFF's samples to RGB on white. */
final class TiffColours {

  private final TiffHeader header;
  private final Palette palette;
  private final byte[] four = new byte[4];

  TiffColours(TiffHeader header) {
    this.header = header;
    this.palette = header.kind == TiffHeader.Kind.PALETTE ? header.palette() : null;
  }

  /**
   * Writes one row of interleaved samples to {@code rgb} from {@code to} on; the samples are
   * changed.
   */
  void toRgb(int[] row, byte[] rgb, int to) {
    if (header.kind != TiffHeader.Kind.PALETTE) {
      toEightBits(row);
    }
    for (int from = 0; from < row.length; from += header.samples, to += 3) {
      switch (header.kind) {
        case PALETTE -> palette.copy(row[from], rgb, to);
        case GRAY -> onWhite(row[from], row[from], row[from], row, from, rgb, to);
        case RGB -> onWhite(row[from], row[from + 1], row[from + 2], row, from, rgb, to);
        case CMYK -> {
          for (int i = 0; i < 4; i++) {
            four[i] = (byte) row[from + i];
          }
          System.arraycopy(Samples.cmykToRgb(four), 0, rgb, to, 3);
        }
      }
    }
  }

  private void toEightBits(int[] row) {
    int inverted = header.isInverted16() ? 0xFFFF : 0;
    // In a JPEG, as Adobe writes it, full ink is 0.
    int invertedInk =
        header.kind == TiffHeader.Kind.CMYK && header.compression == TiffHeader.JPEG ? 0xFF : 0;
    int scale = header.bits < 8 ? 255 / ((1 << header.bits) - 1) : 1;
    int shift = header.bits == 16 ? 8 : 0;
    for (int i = 0; i < row.length; i++) {
      row[i] = ((row[i] ^ inverted) >> shift) * scale ^ invertedInk;
    }
  }

  private void onWhite(int red, int green, int blue, int[] row, int from, byte[] rgb, int to) {
    int alpha = header.alpha == TiffHeader.Alpha.NONE ? 255 : row[from + header.samples - 1];
    rgb[to] = onWhite(red, alpha);
    rgb[to + 1] = onWhite(green, alpha);
    rgb[to + 2] = onWhite(blue, alpha);
  }

  private byte onWhite(int level, int alpha) {
    boolean multiplied = header.alpha == TiffHeader.Alpha.MULTIPLIED && alpha > 0;
    return Samples.onWhite(multiplied ? Math.min(255, 255 * level / alpha) : level, alpha);
  }
}
