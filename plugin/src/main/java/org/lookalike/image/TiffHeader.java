package org.lookalike.image;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What the first directory of a TIFF says of its pixels; only kinds whose decoding was compared
 * with Pillow's pass.
 */
final class TiffHeader {

  /** What the samples of a pixel are. */
  enum Kind {
    GRAY,
    PALETTE,
    RGB,
    CMYK
  }

  /** What the sample after the colours is. */
  enum Alpha {
    NONE,
    STRAIGHT,
    MULTIPLIED
  }

  static final int JPEG = 7;
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_COUNTS = 279;
  private static final int PLANAR = 284;
  private static final int T4_OPTIONS = 292;
  private static final int T6_OPTIONS = 293;
  private static final int PREDICTOR = 317;
  private static final int COLOUR_MAP = 320;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_COUNTS = 325;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;
  private static final int JPEG_TABLES = 347;
  private static final int YCC_FIRST = 529;
  private static final int XMP = 700;
  private static final int LARGEST_TILE = 1 << 24;

  private final TiffDirectory directory;
  private final int photometric;

  final int width;
  final int height;
  final int bits;
  final int samples;
  final int compression;
  final Kind kind;
  final Alpha alpha;

  TiffHeader(byte[] bytes) throws ImageException {
    directory = TiffDirectory.first(ByteBuffer.wrap(bytes));
    width = number(WIDTH, 0);
    height = number(HEIGHT, 0);
    samples = number(SAMPLES, 1);
    compression = number(COMPRESSION, 1);
    photometric = number(PHOTOMETRIC, -1);
    if (width < 1 || height < 1) {
      throw ImageException.damaged("its first directory has no width or height");
    }
    bits = bits();
    checkSampleFormat();
    kind = kind();
    alpha = alpha();
    checkStorage();
    checkPieces(bytes.length);
  }

  /** Whether it is compressed like a fax. */
  boolean isFax() {
    return compression == 3 || compression == 4;
  }

  ByteBuffer xmp() {
    return directory.bytes(XMP);
  }

  /** Gray of 16 bits with 0 for white, which Pillow takes for black all the same. */
  boolean isInverted16() {
    return kind == Kind.GRAY && bits == 16 && photometric == 0;
  }

  /**
   * The file with a first directory that says no more than how to decode the pixels, and no second
   * one.
   */
  byte[] withoutExtras() {
    return directory.blockWith(
        WIDTH,
        HEIGHT,
        BITS,
        COMPRESSION,
        PHOTOMETRIC,
        FILL_ORDER,
        STRIP_OFFSETS,
        SAMPLES,
        ROWS_PER_STRIP,
        STRIP_COUNTS,
        PLANAR,
        T4_OPTIONS,
        T6_OPTIONS,
        PREDICTOR,
        COLOUR_MAP,
        TILE_WIDTH,
        TILE_HEIGHT,
        TILE_OFFSETS,
        TILE_COUNTS,
        EXTRA_SAMPLES,
        SAMPLE_FORMAT,
        JPEG_TABLES,
        YCC_FIRST,
        YCC_FIRST + 1,
        YCC_FIRST + 2,
        YCC_FIRST + 3);
  }

  Palette palette() {
    double[] map = directory.numbers(COLOUR_MAP);
    int colours = map.length / 3;
    Palette palette = new Palette();
    for (int i = 0; i < Math.min(256, colours); i++) {
      palette.set(
          i, (int) map[i] >> 8, (int) map[colours + i] >> 8, (int) map[2 * colours + i] >> 8);
    }
    return palette;
  }

  /** Bytes of one strip or tile once it is decompressed. */
  long pieceBytes() {
    long rows = Math.min(height, directory.number(ROWS_PER_STRIP, height));
    long pixels = directory.has(TILE_WIDTH) ? tilePixels() : width * rows;
    return Math.ceilDiv(pixels * samples * bits, 8L);
  }

  /** Beyond 31 bits, the largest or smallest one. */
  private int number(int tag, int otherwise) {
    return Math.clamp(directory.number(tag, otherwise), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private int bits() throws ImageException {
    double[] all = directory.has(BITS) ? directory.numbers(BITS) : new double[] {1};
    if (all.length == 0
        || Arrays.stream(all).distinct().count() != 1
        || all.length != 1 && all.length != samples) {
      throw ImageException.unsupported("a TIFF with samples of different sizes");
    }
    return (int) all[0];
  }

  private void checkSampleFormat() throws ImageException {
    for (double format : directory.numbers(SAMPLE_FORMAT)) {
      boolean integer = format == 1 || format == 4 || format == 2 && bits == 8;
      if (!integer && bits <= 32) {
        throw noFixedWhite(format == 3 ? "floating-point" : "signed");
      }
    }
    if (bits == 32) {
      throw noFixedWhite("32-bit");
    }
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
      throw ImageException.unsupported(
          "a TIFF of " + bits + "-bit samples; expected 1, 2, 4, 8 or 16");
    }
  }

  private static ImageException noFixedWhite(String samples) {
    return ImageException.unsupported(
        samples + " samples have no fixed white; convert it to 8 or 16 bits");
  }

  private Kind kind() throws ImageException {
    boolean whole = bits >= 8;
    boolean gray = photometric == 0 || photometric == 1;
    if (gray && (samples == 1 || samples == 2 && bits == 8)) {
      return Kind.GRAY;
    }
    if (photometric == 3 && samples == 1 && bits <= 8) {
      return Kind.PALETTE;
    }
    if (photometric == 2 && whole && (samples == 3 || samples == 4)) {
      return Kind.RGB;
    }
    if (photometric == 5 && whole && samples == 4) {
      return Kind.CMYK;
    }
    if (photometric == 6 && bits == 8 && samples == 3) {
      return Kind.RGB; // the decoder converts it
    }
    throw ImageException.unsupported(
        "a TIFF of photometric interpretation "
            + photometric
            + " with "
            + samples
            + " samples of "
            + bits
            + " bits");
  }

  private Alpha alpha() throws ImageException {
    int colours = kind == Kind.RGB ? 3 : kind == Kind.CMYK ? 4 : 1;
    if (samples == colours) {
      return Alpha.NONE;
    }
    return switch ((int) directory.number(EXTRA_SAMPLES, kind == Kind.RGB ? 2 : -1)) {
      case 0 -> Alpha.NONE;
      case 2, 999 -> Alpha.STRAIGHT;
      case 1 -> {
        if (kind == Kind.GRAY) {
          throw ImageException.unsupported("a gray TIFF with premultiplied alpha");
        }
        yield Alpha.MULTIPLIED;
      }
      default -> throw ImageException.unsupported("a TIFF with samples of unknown meaning");
    };
  }

  private void checkStorage() throws ImageException {
    boolean known =
        switch (compression) {
          case 1, 3, 4, 5, JPEG, 8, 32946, 32773 -> true;
          default -> false;
        };
    if (!known) {
      throw ImageException.unsupported(
          "a TIFF of compression "
              + compression
              + "; expected none, CCITT (T.4 or T.6), LZW, JPEG, Deflate or PackBits");
    }
    long predictor = directory.number(PREDICTOR, 1);
    if (predictor != 1 && (predictor != 2 || bits != 8)) {
      throw ImageException.unsupported(
          "a TIFF with predictor " + predictor + " for samples of " + bits + " bits");
    }
    if (directory.number(FILL_ORDER, 1) != 1) {
      throw ImageException.unsupported("a TIFF with reversed bits");
    }
  }

  /** Every strip or tile must lie in the file, and none may be absurdly large. */
  private void checkPieces(int length) throws ImageException {
    boolean tiled = directory.has(TILE_WIDTH);
    if (tiled && (tilePixels() < 1 || tilePixels() > LARGEST_TILE)) {
      throw ImageException.damaged("its tiles have an absurd size");
    }
    double[] offsets = directory.numbers(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    double[] counts = directory.numbers(tiled ? TILE_COUNTS : STRIP_COUNTS);
    if (offsets.length == 0 || counts.length != offsets.length) {
      throw ImageException.damaged("it does not say where its pixels are");
    }
    double sum = 0;
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] + counts[i] > length) {
        throw ImageException.truncated();
      }
      sum += counts[i];
    }
    if (compression == 1 && sum < Math.ceilDiv((long) width * samples * bits, 8L) * height) {
      throw ImageException.truncated();
    }
  }

  private long tilePixels() {
    long across = Math.min(1 << 28, directory.number(TILE_WIDTH, 0));
    return across * Math.min(1 << 28, directory.number(TILE_HEIGHT, 0));
  }
}
