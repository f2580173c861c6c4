package org.lookalike.image;

import java.io.IOException;
import java.util.HexFormat;

/**
 * One entropy-coded image inside a VP8L stream: the pixels themselves, or the parameters of a
 * transform or of the coding, which are stored as images, too. Pixels are alpha, red, green, blue
 * from the highest byte on.
 */
final class Vp8lImage {

  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;
  private static final int HASH = 0x1E35A7BD;

  /**
   * How large tables of prefix codes may grow: so many entries, and so many more for each pixel.
   */
  private static final int TABLE_ENTRIES = 1 << 16;

  static final int TABLE_ENTRIES_PER_PIXEL = 4;

  /**
   * The nearest pixels, by code: rows up in the high digit, 8 minus columns to the left in the low
   * one.
   */
  private static final byte[] NEAREST =
      HexFormat.of()
          .parseHex(
              "1807171928062729161a262a38053739151b363a252b48044749141c353b464a242c58454b343c03"
                  + "5759131d565a232d444c555b333d68026769121e666a222e545c434d656b323e78017779535d111f"
                  + "646c424e767a212f757b313f636d525e00747c414f1020626e30737d515f40727e616f50717f6070");

  private final Vp8lBits bits;
  private final Deadline deadline;
  private final int width;
  private final int height;

  private int cacheBits;
  private int[] cache = {};

  /** Which group of codes each block of pixels uses; null: there is one group. */
  private int[] groupOf;

  private int blockBits;
  private int blocksAcross;

  /**
   * Codes for green (with lengths and cached colours), red, blue, alpha and distances, group by
   * group.
   */
  private Vp8lCode[][] groups;

  Vp8lImage(Vp8lBits bits, int width, int height, Deadline deadline) {
    this.bits = bits;
    this.width = width;
    this.height = height;
    this.deadline = deadline;
  }

  /** The pixels; only the outermost image may use several groups of codes. */
  int[] read(boolean outermost) throws IOException, ImageException {
    cacheBits = bits.flag() ? bits.read(4) : 0;
    if (cacheBits > 11) {
      throw ImageException.damaged("its colour cache is too large");
    }
    cache = new int[cacheBits > 0 ? 1 << cacheBits : 0];
    int count = outermost && bits.flag() ? readGroups() : 1;
    readCodes(count);
    return readPixels();
  }

  private int readGroups() throws IOException, ImageException {
    blockBits = 2 + bits.read(3);
    blocksAcross = Math.ceilDiv(width, 1 << blockBits);
    groupOf =
        new Vp8lImage(bits, blocksAcross, Math.ceilDiv(height, 1 << blockBits), deadline)
            .read(false);
    int most = 0;
    for (int i = 0; i < groupOf.length; i++) {
      groupOf[i] = groupOf[i] >> 8 & 0xFFFF;
      most = Math.max(most, groupOf[i]);
    }
    return most + 1;
  }

  private void readCodes(int count) throws IOException, ImageException {
    Vp8lCodeReader reader = new Vp8lCodeReader(bits);
    int[] alphabets = {256 + LENGTHS + cache.length, 256, 256, 256, DISTANCES};
    groups = new Vp8lCode[count][alphabets.length];
    long most = TABLE_ENTRIES + (long) TABLE_ENTRIES_PER_PIXEL * width * height;
    long entries = 0;
    for (Vp8lCode[] group : groups) {
      deadline.check();
      for (int i = 0; i < alphabets.length; i++) {
        group[i] = reader.read(alphabets[i]);
        entries += group[i].size();
      }
      if (entries > most) {
        throw ImageException.damaged("it has absurdly many prefix codes");
      }
    }
  }

  private int[] readPixels() throws IOException, ImageException {
    int[] pixels = new int[width * height];
    int mask = groupOf == null ? -1 : (1 << blockBits) - 1;
    Vp8lCode[] group = groups[0];
    for (int at = 0, x = 0, y = 0, checked = 0; at < pixels.length; ) {
      if (groupOf != null && ((x & mask) == 0 || at == 0)) {
        group = groupAt(x, y);
      }
      int symbol = group[0].read(bits);
      int count = 1;
      if (symbol < 256) {
        int red = group[1].read(bits);
        int blue = group[2].read(bits);
        pixels[at] = group[3].read(bits) << 24 | red << 16 | symbol << 8 | blue;
      } else if (symbol < 256 + LENGTHS) {
        count = number(symbol - 256);
        int distance = distance(number(group[4].read(bits)));
        if (distance > at || count > pixels.length - at) {
          throw ImageException.damaged("it repeats pixels that it does not have");
        }
        for (int i = at; i < at + count; i++) {
          pixels[i] = pixels[i - distance];
        }
      } else {
        pixels[at] = cache[symbol - 256 - LENGTHS];
      }
      remember(pixels, at, count);
      at += count;
      x += count;
      if (x >= width) {
        y += x / width;
        x %= width;
        if (y != checked) {
          deadline.check();
          checked = y;
        }
      }
      if (count > 1 && groupOf != null && at < pixels.length) {
        group = groupAt(x, y);
      }
    }
    return pixels;
  }

  private Vp8lCode[] groupAt(int x, int y) {
    return groups[groupOf[(y >> blockBits) * blocksAcross + (x >> blockBits)]];
  }

  private void remember(int[] pixels, int from, int count) {
    for (int i = from; cacheBits > 0 && i < from + count; i++) {
      cache[HASH * pixels[i] >>> 32 - cacheBits] = pixels[i];
    }
  }

  /** A length or distance, of which the symbol gives the magnitude and more bits the rest. */
  private int number(int symbol) throws ImageException {
    if (symbol < 4) {
      return symbol + 1;
    }
    int extra = symbol - 2 >> 1;
    return (2 + (symbol & 1) << extra) + bits.read(extra) + 1;
  }

  /** How far back in scan order; the smallest numbers mean pixels that are near in the plane. */
  private int distance(int number) {
    if (number > NEAREST.length) {
      return number - NEAREST.length;
    }
    int near = NEAREST[number - 1];
    return Math.max(1, (near >> 4) * width + 8 - (near & 0xF));
  }
}
