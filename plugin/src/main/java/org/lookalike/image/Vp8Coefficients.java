package org.lookalike.image;

/** Reading and dequantising the coefficients of one block (RFC 6386, section 13). */
final class Vp8Coefficients {

  static final int LUMA_AFTER_Y2 = 0;
  static final int Y2 = 1;
  static final int CHROMA = 2;
  static final int LUMA = 3;

  private static final int TOKENS = 11;
  private static final int CONTEXTS = 3;
  private static final int BANDS = 8;
  private static final int[] BAND = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

  /** Probabilities of the extra bits of the four largest categories. */
  private static final int[][] EXTRA = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private final int[] probabilities;

  Vp8Coefficients(int[] probabilities) {
    this.probabilities = probabilities;
  }

  /**
   * Adds a block's coefficients to {@code target}, which is zero.
   *
   * @param type which probabilities apply
   * @param context how many of the blocks above and to the left have coefficients
   * @param from where in {@code target} the 16 coefficients lie
   * @return how many positions were read: one more than that of the last coefficient
   */
  int read(
      Vp8Bits bits, int type, int context, int firstStep, int otherStep, int[] target, int from) {
    int position = type == LUMA_AFTER_Y2 ? 1 : 0;
    int node = node(type, position, context);
    while (bits.read(probabilities[node])) { // not the end of the block
      while (!bits.read(probabilities[node + 1])) { // a zero
        if (++position == 16) {
          return 16;
        }
        node = node(type, position, 0);
      }
      boolean one = !bits.read(probabilities[node + 2]);
      int level = one ? 1 : large(bits, node);
      int step = position == 0 ? firstStep : otherStep;
      target[from + ZIGZAG[position]] = (bits.flag() ? -level : level) * step;
      if (++position == 16) {
        return 16;
      }
      node = node(type, position, one ? 1 : 2);
    }
    return position;
  }

  private static int node(int type, int position, int context) {
    return ((type * BANDS + BAND[position]) * CONTEXTS + context) * TOKENS;
  }

  private int large(Vp8Bits bits, int node) {
    if (!bits.read(probabilities[node + 3])) {
      return bits.read(probabilities[node + 4]) ? 3 + bits.bit(probabilities[node + 5]) : 2;
    }
    if (!bits.read(probabilities[node + 6])) {
      if (!bits.read(probabilities[node + 7])) {
        return 5 + bits.bit(159);
      }
      return 7 + 2 * bits.bit(165) + bits.bit(145);
    }
    int high = bits.bit(probabilities[node + 8]);
    int category = 2 * high + bits.bit(probabilities[node + 9 + high]);
    int extra = 0;
    for (int probability : EXTRA[category]) {
      extra = 2 * extra + bits.bit(probability);
    }
    return 3 + (8 << category) + extra;
  }
}
