package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One directory of a TIFF file or an EXIF block: numbers and text by tag. Entries that cannot be
 * read count as absent, because cameras and editors write much nonsense; directories it points to
 * are not followed by itself.
 */
final class TiffDirectory {

  private static final int ASCII = 2;
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

  private final ByteBuffer block;
  private final Map<Integer, Entry> entries = new HashMap<>();

  private record Entry(int type, int count, int at) {}

  private TiffDirectory(ByteBuffer block, long offset) {
    this.block = block;
    if (offset < 8 || offset > block.limit() - 2) {
      return;
    }
    int count = block.getShort((int) offset) & 0xFFFF;
    for (int at = (int) offset + 2; count > 0 && at <= block.limit() - 12; at += 12, count--) {
      add(at);
    }
  }

  /** The first directory of a block that begins with a TIFF header; empty if it does not. */
  static TiffDirectory first(ByteBuffer block) {
    ByteBuffer ordered = block.slice();
    if (ordered.limit() < 8) {
      return new TiffDirectory(ordered, 0);
    }
    ordered.order(ordered.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    boolean known =
        ordered.get(0) == ordered.get(1) && (ordered.get(0) == 'I' || ordered.get(0) == 'M');
    return new TiffDirectory(
        ordered, known && ordered.getShort(2) == 42 ? ordered.getInt(4) & 0xFFFFFFFFL : 0);
  }

  /** The directory that a tag of this one points to; empty if there is none. */
  TiffDirectory child(int tag) {
    return new TiffDirectory(block, number(tag, 0));
  }

  boolean has(int tag) {
    return entries.containsKey(tag);
  }

  /** A single number, or {@code otherwise} if the tag is absent or holds several. */
  long number(int tag, long otherwise) {
    Entry entry = entries.get(tag);
    if (entry == null || entry.count != 1 || entry.type == ASCII) {
      return otherwise;
    }
    double number = value(entry.type, entry.at);
    return number == Math.rint(number) ? (long) number : otherwise;
  }

  /** All numbers of a tag; a ratio with denominator zero is NaN. */
  double[] numbers(int tag) {
    Entry entry = entries.get(tag);
    if (entry == null || entry.type == ASCII) {
      return new double[0];
    }
    double[] numbers = new double[entry.count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = value(entry.type, entry.at + i * SIZES[entry.type]);
    }
    return numbers;
  }

  /** Text without NULs and surrounding space; empty if the tag is absent or no text. */
  String text(int tag) {
    Entry entry = entries.get(tag);
    if (entry == null || entry.type != ASCII && SIZES[entry.type] != 1) {
      return "";
    }
    byte[] bytes = new byte[entry.count];
    block.get(entry.at, bytes);
    var charset = entry.type == ASCII ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    return new String(bytes, charset).replace("\0", "").strip();
  }

  /** The bytes of a tag, or null. */
  ByteBuffer bytes(int tag) {
    Entry entry = entries.get(tag);
    return entry == null ? null : block.slice(entry.at, entry.count * SIZES[entry.type]);
  }

  /**
   * The whole block with another first directory, which holds those of {@code tags} (ascending)
   * that this one has.
   */
  byte[] blockWith(int... tags) {
    int[] kept = Arrays.stream(tags).filter(entries::containsKey).toArray();
    int at = block.limit() + block.limit() % 2;
    ByteBuffer copy = ByteBuffer.allocate(at + 2 + 12 * kept.length + 4).order(block.order());
    copy.put(block.duplicate().rewind()).putInt(4, at);
    copy.position(at).putShort((short) kept.length);
    for (int tag : kept) {
      Entry entry = entries.get(tag);
      copy.putShort((short) tag).putShort((short) entry.type).putInt(entry.count);
      int bytes = entry.count * SIZES[entry.type];
      if (bytes > 4) {
        copy.putInt(entry.at);
      } else {
        copy.put(block.slice(entry.at, bytes)).put(new byte[4 - bytes]);
      }
    }
    return copy.array();
  }

  private void add(int at) {
    int type = block.getShort(at + 2) & 0xFFFF;
    long count = block.getInt(at + 4) & 0xFFFFFFFFL;
    if (type == 0 || type >= SIZES.length || count == 0) {
      return;
    }
    long bytes = count * SIZES[type];
    long from = bytes <= 4 ? at + 8 : block.getInt(at + 8) & 0xFFFFFFFFL;
    if (from + bytes <= block.limit()) {
      entries.put(block.getShort(at) & 0xFFFF, new Entry(type, (int) count, (int) from));
    }
  }

  private double value(int type, int at) {
    return switch (type) {
      case 1, 7 -> block.get(at) & 0xFF;
      case 3 -> block.getShort(at) & 0xFFFF;
      case 4, 13 -> block.getInt(at) & 0xFFFFFFFFL;
      case 5 -> ratio(block.getInt(at) & 0xFFFFFFFFL, block.getInt(at + 4) & 0xFFFFFFFFL);
      case 6 -> block.get(at);
      case 8 -> block.getShort(at);
      case 9 -> block.getInt(at);
      case 10 -> ratio(block.getInt(at), block.getInt(at + 4));
      case 11 -> block.getFloat(at);
      default -> block.getDouble(at);
    };
  }

  private static double ratio(double numerator, double denominator) {
    return denominator == 0 ? Double.NaN : numerator / denominator;
  }
}
