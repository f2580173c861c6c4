package org.lookalike.image;

/**
 * 256 colours, laid on white where they are transparent. Entries nobody set are gray, as in Pillow.
 */
final class Palette {

  private final byte[] rgb = new byte[3 * 256];

  /** Every index its own gray. */
  static Palette gray() {
    Palette palette = new Palette();
    for (int i = 0; i < 256; i++) {
      palette.set(i, i, i, i);
    }
    return palette;
  }

  void set(int index, int red, int green, int blue) {
    rgb[3 * index] = (byte) red;
    rgb[3 * index + 1] = (byte) green;
    rgb[3 * index + 2] = (byte) blue;
  }

  /** Lays an entry on white; once for each, after {@link #set}. */
  void setAlpha(int index, int alpha) {
    for (int i = 3 * index; i < 3 * index + 3; i++) {
      rgb[i] = Samples.onWhite(rgb[i] & 0xFF, alpha);
    }
  }

  void copy(int index, byte[] target, int at) {
    target[at] = rgb[3 * index];
    target[at + 1] = rgb[3 * index + 1];
    target[at + 2] = rgb[3 * index + 2];
  }
}
