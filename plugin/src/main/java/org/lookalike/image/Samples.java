package org.lookalike.image;

/**
 * From stored samples to opaque RGB, with Pillow's arithmetic: no colour profile, transparency laid
 * on white.
 */
final class Samples {

  private Samples() {}

  static byte[] grayToRgb(byte[] gray) {
    byte[] rgb = new byte[3 * gray.length];
    for (int i = 0, to = 0; i < gray.length; i++) {
      rgb[to++] = gray[i];
      rgb[to++] = gray[i];
      rgb[to++] = gray[i];
    }
    return rgb;
  }

  /** Interleaved CMYK, 255 being full ink. */
  static byte[] cmykToRgb(byte[] cmyk) {
    byte[] rgb = new byte[cmyk.length / 4 * 3];
    for (int i = 0, to = 0; i + 3 < cmyk.length; i += 4) {
      int light = 255 - (cmyk[i + 3] & 0xFF);
      for (int ink = 0; ink < 3; ink++) {
        rgb[to++] = (byte) Math.max(0, light - product(cmyk[i + ink] & 0xFF, light));
      }
    }
    return rgb;
  }

  /** One level with the given opacity on white. */
  static byte onWhite(int level, int alpha) {
    int sum = 255 * (255 - alpha) + level * alpha + 128;
    return (byte) ((sum >> 8) + sum >> 8);
  }

  /** {@code a * b / 255}, rounded. */
  private static int product(int a, int b) {
    int product = a * b + 128;
    return (product >> 8) + product >> 8;
  }
}
