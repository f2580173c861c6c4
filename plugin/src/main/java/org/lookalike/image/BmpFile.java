package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A BMP of 1 to 32 bits a pixel, run-length coded or not; transparency is laid on white. */
final class BmpFile implements PictureFile {

  private final byte[] bytes;
  private final BmpHeader header;

  BmpFile(byte[] bytes) throws ImageException {
    this.bytes = bytes;
    this.header = new BmpHeader(bytes);
  }

  @Override
  public int width() {
    return header.width;
  }

  @Override
  public int height() {
    return header.height;
  }

  @Override
  public ByteBuffer exif() {
    return null;
  }

  @Override
  public ByteBuffer xmp() {
    return null;
  }

  /** The pixels and, if they are run-length coded, their indices. */
  @Override
  public long memoryBytes() {
    return (header.isRunLengthCoded() ? 4L : 3L) * header.width * header.height + 2L * header.width;
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    boolean runs = header.isRunLengthCoded();
    byte[] source = runs ? new BmpRuns(bytes, header).indices(deadline) : bytes;
    int from = runs ? 0 : header.pixels;
    int bits = runs ? 8 : header.bits;
    long stride = runs ? header.width : ((long) header.width * bits + 31) / 32 * 4;
    if (from < 0 || from + stride * header.height > source.length) {
      throw ImageException.truncated();
    }
    byte[] rgb = new byte[3 * header.width * header.height];
    byte[] indices = new byte[header.width];
    for (int row = 0; row < header.height; row++, from += (int) stride) {
      deadline.check();
      int y = header.topDown ? row : header.height - 1 - row;
      int to = 3 * y * header.width;
      switch (bits) {
        case 16 -> sixteen(from, rgb, to);
        case 24 -> twentyFour(from, rgb, to);
        case 32 -> thirtyTwo(from, rgb, to);
        default -> {
          Bits.toBytes(source, from, bits, indices, 1);
          for (int x = 0; x < header.width; x++) {
            header.palette.copy(indices[x] & 0xFF, rgb, to + 3 * x);
          }
        }
      }
    }
    return new Pixels(rgb, header.width, header.height);
  }

  private void sixteen(int from, byte[] rgb, int to) {
    int greenBits = header.wideGreen ? 6 : 5;
    for (int x = 0; x < header.width; x++, from += 2, to += 3) {
      int value = bytes[from] & 0xFF | (bytes[from + 1] & 0xFF) << 8;
      rgb[to] = widened(value >> 5 + greenBits, 5);
      rgb[to + 1] = widened(value >> 5, greenBits);
      rgb[to + 2] = widened(value, 5);
    }
  }

  private static byte widened(int value, int bits) {
    int most = (1 << bits) - 1;
    return (byte) ((value & most) * 255 / most);
  }

  private void twentyFour(int from, byte[] rgb, int to) {
    for (int x = 0; x < header.width; x++, from += 3, to += 3) {
      rgb[to] = bytes[from + 2];
      rgb[to + 1] = bytes[from + 1];
      rgb[to + 2] = bytes[from];
    }
  }

  private void thirtyTwo(int from, byte[] rgb, int to) {
    int[] at = header.layout;
    for (int x = 0; x < header.width; x++, from += 4, to += 3) {
      int alpha = at[3] < 0 ? 255 : bytes[from + at[3] / 8] & 0xFF;
      for (int i = 0; i < 3; i++) {
        rgb[to + i] = Samples.onWhite(bytes[from + at[i] / 8] & 0xFF, alpha);
      }
    }
  }
}
