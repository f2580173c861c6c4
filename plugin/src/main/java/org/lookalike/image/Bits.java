package org.lookalike.image;

/** Samples of 1, 2, 4, 8 or 16 bits, packed from the highest bit on. */
final class Bits {

  private Bits() {}

  /**
   * Fills {@code samples}, one byte each, from the packed ones at {@code from}. Each is multiplied
   * by {@code scale}; of 16 bits, high byte first, the high byte is taken.
   */
  static void toBytes(byte[] packed, int from, int depth, byte[] samples, int scale) {
    if (depth == 8) {
      System.arraycopy(packed, from, samples, 0, samples.length);
    } else if (depth == 16) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] = packed[from + 2 * i];
      }
    } else {
      int mask = (1 << depth) - 1;
      int perByte = 8 / depth;
      for (int i = 0; i < samples.length; i++) {
        int shift = 8 - depth * (i % perByte + 1);
        samples[i] = (byte) ((packed[from + i / perByte] >> shift & mask) * scale);
      }
    }
  }
}
