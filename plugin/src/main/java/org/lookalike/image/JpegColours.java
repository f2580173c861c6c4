package org.lookalike.image;

/**
 * From a JPEG's samples to RGB, with the integer arithmetic of libjpeg (YCbCr) and Pillow (CMYK).
 *
 * <p>Four-component files are taken as Adobe writes them, inverted, as Pillow takes them.
 */
final class JpegColours {

  private static final int HALF = 1 << 15;
  private static final int[] RED_OF_CR = new int[256];
  private static final int[] BLUE_OF_CB = new int[256];
  private static final int[] GREEN_OF_CR = new int[256];
  private static final int[] GREEN_OF_CB = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int chroma = i - 128;
      RED_OF_CR[i] = (fixed(1.40200) * chroma + HALF) >> 16;
      BLUE_OF_CB[i] = (fixed(1.77200) * chroma + HALF) >> 16;
      GREEN_OF_CR[i] = -fixed(0.71414) * chroma;
      GREEN_OF_CB[i] = -fixed(0.34414) * chroma + HALF;
    }
  }

  private JpegColours() {}

  /** Interleaved RGB; the samples' own array is used where it is large enough. */
  static byte[] toRgb(byte[] samples, JpegHeader.Colours colours) {
    return switch (colours) {
      case RGB -> samples;
      case GRAY -> Samples.grayToRgb(samples);
      case YCC -> {
        yccToRgb(samples, 3);
        yield samples;
      }
      case CMYK -> Samples.cmykToRgb(inverted(samples));
      case YCCK -> {
        yccToRgb(samples, 4);
        // What libjpeg calls CMYK is the complement of this RGB, and Adobe's inversion takes the
        // complement back.
        for (int i = 3; i < samples.length; i += 4) {
          samples[i] = (byte) ~samples[i];
        }
        yield Samples.cmykToRgb(samples);
      }
    };
  }

  private static byte[] inverted(byte[] samples) {
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) ~samples[i];
    }
    return samples;
  }

  private static void yccToRgb(byte[] samples, int stride) {
    for (int i = 0; i + 2 < samples.length; i += stride) {
      int y = samples[i] & 0xFF;
      int cb = samples[i + 1] & 0xFF;
      int cr = samples[i + 2] & 0xFF;
      samples[i] = level(y + RED_OF_CR[cr]);
      samples[i + 1] = level(y + (GREEN_OF_CB[cb] + GREEN_OF_CR[cr] >> 16));
      samples[i + 2] = level(y + BLUE_OF_CB[cb]);
    }
  }

  private static byte level(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << 16) + 0.5);
  }
}
