package org.lookalike.image;

/**
 * A prefix code of VP8L: codes of up to 15 bits, of which those of up to 8 bits are looked up at
 * once and longer ones found length by length.
 */
final class Vp8lCode {

  private static final int LONGEST = 15;
  private static final int LOOKED_UP = 8;

  private final int tableBits;

  /** By the next bits: symbol times 16 plus length of its code; 0 where the code is longer. */
  private final char[] table;

  private final char[] sorted;
  private final int[] counts = new int[LONGEST + 1];

  /** A code of one symbol, which takes no bits. */
  Vp8lCode(int symbol) {
    tableBits = 0;
    table = new char[] {(char) (symbol << 4)};
    sorted = table;
  }

  /** The canonical code with these lengths; 0: the symbol has none. */
  static Vp8lCode of(byte[] lengths) throws ImageException {
    int used = 0;
    int last = 0;
    int room = 1 << LONGEST;
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        used++;
        last = symbol;
        room -= 1 << LONGEST - lengths[symbol];
      }
    }
    if (used == 1) {
      return new Vp8lCode(last);
    }
    if (room != 0) {
      throw ImageException.damaged("one of its prefix codes is not complete");
    }
    return new Vp8lCode(lengths, used);
  }

  private Vp8lCode(byte[] lengths, int used) {
    int longest = 0;
    for (byte length : lengths) {
      counts[length]++;
      longest = Math.max(longest, length);
    }
    counts[0] = 0;
    int[] next = new int[LONGEST + 2];
    for (int length = 1; length <= LONGEST; length++) {
      next[length + 1] = next[length] + counts[length];
    }
    sorted = new char[used];
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        sorted[next[lengths[symbol]]++] = (char) symbol;
      }
    }
    tableBits = Math.min(LOOKED_UP, longest);
    table = new char[1 << tableBits];
    fillTable();
  }

  private void fillTable() {
    int code = 0;
    int index = 0;
    for (int length = 1; length <= tableBits; length++) {
      for (int i = 0; i < counts[length]; i++, code++, index++) {
        int reversed = Integer.reverse(code) >>> 32 - length;
        for (int at = reversed; at < table.length; at += 1 << length) {
          table[at] = (char) (sorted[index] << 4 | length);
        }
      }
      code <<= 1;
    }
  }

  /** Entries in the table, for a limit on memory. */
  int size() {
    return table.length + sorted.length;
  }

  int read(Vp8lBits bits) throws ImageException {
    int entry = table[bits.peek(tableBits)];
    if (entry != 0 || tableBits == 0) {
      bits.skip(entry & 0xF);
      return entry >> 4;
    }
    return readLong(bits);
  }

  private int readLong(Vp8lBits bits) throws ImageException {
    int ahead = bits.peek(LONGEST);
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      code = code << 1 | ahead >> length - 1 & 1;
      first <<= 1;
      if (code - first < counts[length]) {
        bits.skip(length);
        return sorted[index + code - first];
      }
      index += counts[length];
      first += counts[length];
    }
    throw ImageException.damaged("its compressed data is broken");
  }
}
