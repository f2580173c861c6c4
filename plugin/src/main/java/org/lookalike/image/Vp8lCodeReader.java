package org.lookalike.image;

/** Reading the prefix codes of VP8L, whose lengths are themselves coded. */
final class Vp8lCodeReader {

  private static final int[] LENGTH_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };
  private static final int REPEAT = 16;
  private static final int FEW_ZEROS = 17;

  private final Vp8lBits bits;

  Vp8lCodeReader(Vp8lBits bits) {
    this.bits = bits;
  }

  /** The next code, of symbols below {@code alphabet}. */
  Vp8lCode read(int alphabet) throws ImageException {
    return bits.flag() ? simple(alphabet) : Vp8lCode.of(lengths(alphabet));
  }

  private Vp8lCode simple(int alphabet) throws ImageException {
    boolean two = bits.flag();
    int first = bits.read(bits.flag() ? 8 : 1);
    int second = two ? bits.read(8) : first;
    if (first >= alphabet || second >= alphabet) {
      throw ImageException.damaged("one of its prefix codes has an impossible symbol");
    }
    byte[] lengths = new byte[alphabet];
    lengths[first] = 1;
    lengths[second] = 1;
    return Vp8lCode.of(lengths);
  }

  private byte[] lengths(int alphabet) throws ImageException {
    byte[] lengthLengths = new byte[LENGTH_ORDER.length];
    int count = 4 + bits.read(4);
    for (int i = 0; i < count; i++) {
      lengthLengths[LENGTH_ORDER[i]] = (byte) bits.read(3);
    }
    Vp8lCode code = Vp8lCode.of(lengthLengths);
    int left = bits.flag() ? 2 + bits.read(2 + 2 * bits.read(3)) : alphabet;
    byte[] lengths = new byte[alphabet];
    int previous = 8;
    for (int symbol = 0; symbol < alphabet && left > 0; left--) {
      int length = code.read(bits);
      if (length < REPEAT) {
        lengths[symbol++] = (byte) length;
        previous = length > 0 ? length : previous;
        continue;
      }
      int times =
          length == REPEAT
              ? 3 + bits.read(2)
              : length == FEW_ZEROS ? 3 + bits.read(3) : 11 + bits.read(7);
      if (symbol + times > alphabet) {
        throw ImageException.damaged("one of its prefix codes is too long");
      }
      java.util.Arrays.fill(
          lengths, symbol, symbol + times, (byte) (length == REPEAT ? previous : 0));
      symbol += times;
    }
    return lengths;
  }
}
