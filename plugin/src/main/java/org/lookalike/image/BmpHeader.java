package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** What stands before the pixels of a BMP. */
final class BmpHeader {

  private static final int RAW = 0;
  static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BITFIELDS = 3;
  private static final int FILE_HEADER = 14;

  /**
   * Where red, green, blue and alpha lie, as shifts in a little-endian number of 32 bits; alpha -1:
   * there is none.
   */
  private static final Map<String, int[]> LAYOUTS =
      Map.of(
          "00ff0000 0000ff00 000000ff 00000000", new int[] {16, 8, 0, -1},
          "ff000000 00ff0000 0000ff00 00000000", new int[] {24, 16, 8, -1},
          "ff000000 0000ff00 000000ff 00000000", new int[] {24, 8, 0, -1},
          "ff000000 00ff0000 0000ff00 000000ff", new int[] {24, 16, 8, 0},
          "000000ff 0000ff00 00ff0000 ff000000", new int[] {0, 8, 16, 24},
          "00ff0000 0000ff00 000000ff ff000000", new int[] {16, 8, 0, 24},
          "ff000000 0000ff00 000000ff 00ff0000", new int[] {24, 8, 0, 16},
          "00000000 00000000 00000000 00000000", new int[] {16, 8, 0, 24});

  private final ByteBuffer data;
  private final int size;

  final int width;
  final int height;
  final boolean topDown;
  final int bits;
  final int compression;
  int pixels;
  Palette palette;

  /** Shifts of the four samples for 32 bits. */
  int[] layout = {16, 8, 0, -1};

  /** Whether 16 bits are 5, 6 and 5, not 5 each. */
  boolean wideGreen;

  BmpHeader(byte[] bytes) throws ImageException {
    data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    size = data.getInt(FILE_HEADER);
    pixels = data.getInt(10);
    boolean old = size == 12;
    if (!old
        && size != 40
        && size != 52
        && size != 56
        && size != 64
        && size != 108
        && size != 124) {
      throw ImageException.unsupported("a BMP with a header of " + size + " bytes");
    }
    width = old ? data.getShort(18) & 0xFFFF : data.getInt(18);
    int signedHeight = old ? data.getShort(20) & 0xFFFF : data.getInt(22);
    topDown = signedHeight < 0;
    height = Math.abs(signedHeight);
    bits = data.getShort(old ? 24 : 28) & 0xFFFF;
    compression = old ? RAW : data.getInt(30);
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
      throw ImageException.unsupported("a BMP of " + bits + " bits a pixel");
    }
    int end = FILE_HEADER + size;
    if (compression == BITFIELDS) {
      end = readMasks(end);
    } else if (!(compression == RAW
        || compression == RLE8 && bits == 8
        || compression == RLE4 && bits == 4)) {
      throw ImageException.unsupported(
          "a BMP of compression " + compression + " with " + bits + " bits a pixel");
    }
    if (bits <= 8) {
      end = readPalette(end, old);
    }
    if (pixels == 0) {
      pixels = end;
    }
  }

  boolean isRunLengthCoded() {
    return compression == RLE8 || compression == RLE4;
  }

  private int readMasks(int end) throws ImageException {
    int first = FILE_HEADER + 40;
    int alpha = size >= 56 ? data.getInt(first + 12) : 0;
    int red = data.getInt(first);
    int green = data.getInt(first + 4);
    int blue = data.getInt(first + 8);
    if (bits == 32) {
      layout = LAYOUTS.get(String.format("%08x %08x %08x %08x", red, green, blue, alpha));
    } else if (bits == 16 && red == 0xF800 && green == 0x7E0 && blue == 0x1F) {
      wideGreen = true;
    } else if (!(bits == 16 && red == 0x7C00 && green == 0x3E0 && blue == 0x1F)
        && !(bits == 24 && red == 0xFF0000 && green == 0xFF00 && blue == 0xFF)) {
      layout = null;
    }
    if (layout == null) {
      throw ImageException.unsupported("a BMP with an unusual layout of bits");
    }
    return size == 40 ? end + 12 : end;
  }

  private int readPalette(int at, boolean old) throws ImageException {
    int entry = old ? 3 : 4;
    int announced = old ? 0 : data.getInt(46);
    int count = announced == 0 ? 1 << bits : announced;
    if (count < 0 || count > 65536) {
      throw ImageException.damaged("a BMP with a palette of " + (count & 0xFFFFFFFFL) + " colours");
    }
    if (pixels == FILE_HEADER + size) { // some programs forget to count the palette
      pixels += entry * count;
    }
    palette = new Palette();
    for (int i = 0; i < Math.min(count, 256); i++) {
      int from = at + i * entry;
      palette.set(i, data.get(from + 2) & 0xFF, data.get(from + 1) & 0xFF, data.get(from) & 0xFF);
    }
    return at + entry * count;
  }
}
