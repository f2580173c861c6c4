package org.lookalike.image;

/** Samples of 1, 2, 4, 8 or 16 bits, packed from the highest bit on, one byte each. */
final class Bits {

  private Bits() {}

  /**
   * Fills {@code samples}; each is multiplied by {@code scale}. Of 16 bits (high byte first) the
   * high byte is taken.
   */
  static void toBytes(byte[] packed, int depth, byte[] samples, int scale) {
    if (depth == 8) {
      System.arraycopy(packed, 0, samples, 0, samples.length);
    } else if (depth == 16) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] = packed[2 * i];
      }
    } else {
      int mask = (1 << depth) - 1;
      int perByte = 8 / depth;
      for (int i = 0; i < samples.length; i++) {
        int shift = 8 - depth * (i % perByte + 1);
        samples[i] = (byte) ((packed[i / perByte] >> shift & mask) * scale);
      }
    }
  }
}
